"""Private keys that a RUN makes: the programs that make them let nobody but the owner read them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from dockerfix.image.commands import RunCommand

__all__ = ["key_for_root"]


def key_for_root(item: RunCommand, later: tuple[RunCommand, ...]) -> bool:
    """Whether a command writes a private key that no `chmod` or `chown` behind it opens."""
    words = [value or "" for value in item.program.argv]
    record = _record(words)
    if record is None or set(words) & set(record.get("public", ())):
        return False
    if "needs" in record and record["needs"] not in words:
        return False
    made = [file for name, file in pairwise(words) if name in record["files"]]
    if not made:
        return bool(record.get("default"))
    return any(not _is_opened(file, later) for file in made if file != "/dev/null")


def _is_opened(file: str, later: tuple[RunCommand, ...]) -> bool:
    """Whether a later command gives a file, or a folder above it, another mode or owner."""
    opening = [one.program.argv for one in later if one.program.name in ("chmod", "chown")]
    given = {(value or "").rstrip("/*") for argv in opening for value in argv[1:]}
    return any(one and (file == one or file.startswith(f"{one}/")) for one in given)


def _record(words: list[str]) -> Mapping[str, Any] | None:
    known = _makers().get(words[0].rpartition("/")[2]) if words else None
    if known is None or "files" in known:
        return known
    return known.get(words[1]) if len(words) > 1 else None


@cache
def _makers() -> Mapping[str, Any]:
    return tomllib.loads(files("dockerfix.project").joinpath("data/private_keys.toml").read_text("utf-8"))
