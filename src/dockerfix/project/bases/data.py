"""Access to data/base_images.toml: read when first asked, one section at a time.

tomllib is pure Python and takes 20 ms for the whole file, under 1 ms for one section; a Dockerfile needs two or three.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Entry", "entry", "entry_keys", "fits", "fitting_key", "table"]

Entry = Mapping[str, Any]

_FILE = Path(__file__).parents[1] / "data" / "base_images.toml"
_PROCESSORS = ("amd64/", "arm32v5/", "arm32v6/", "arm32v7/", "arm64v8/", "i386/", "ppc64le/", "riscv64/", "s390x/")


@cache
def table(name: str) -> Entry:
    """A top-level table of the data file other than the images."""
    rows: Entry = _tables()[name]
    return rows


@cache
def entry(key: str) -> Entry:
    """The section [images.KEY].

    Raises:
        KeyError: there is none.
    """
    return tomllib.loads(_sections()[key])


def entry_keys() -> tuple[str, ...]:
    """The keys of all image sections, in the order of the file."""
    return tuple(_sections())


def fitting_key(name: str) -> str | None:
    """The key of the entry for a familiar image name: the one that names it, else the longest pattern that fits."""
    exact, patterns = _names()
    found = exact.get(name)
    if found is None:  # Docker Hub has each official image once more per processor, under these names
        official = next((name.removeprefix(prefix) for prefix in _PROCESSORS if name.startswith(prefix)), None)
        found = exact.get(official) if official else None
    if found is None:
        found = max(((len(p), key) for p, key in patterns if fits(p, name)), default=(0, None))[1]
    return found


def fits(pattern: str, text: str) -> bool:
    """Whether a pattern fits a whole text; `*` stands for any characters, also for slashes."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    if not text.startswith(first) or not text.endswith(rest[-1]):
        return False
    place, end = len(first), len(text) - len(rest[-1])
    for part in rest[:-1]:
        place = text.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return place <= end


@cache
def _parts() -> tuple[str, dict[str, str]]:
    head, *images = _FILE.read_text(encoding="utf-8").split("\n[images.")
    return head, dict(chunk.split("]\n", 1) for chunk in images)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(_parts()[0])


def _sections() -> dict[str, str]:
    return _parts()[1]


@cache
def _names() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Exact names, and patterns in the order of the file. In each section `names` is the first line."""
    exact: dict[str, str] = {}
    patterns: list[tuple[str, str]] = []
    for key, section in _sections().items():
        for name in tomllib.loads(section[: section.index("\n")])["names"]:
            if "*" in name:
                patterns.append((name, key))
            else:
                exact.setdefault(name, key)
    return exact, patterns
