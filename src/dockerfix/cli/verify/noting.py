"""`dockerfix verify --observe`: the notes of a run, in a file beside the Dockerfile."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from dockerfix.errors import FileError
from dockerfix.project.context.told import OBSERVED_FILE, Seen, seen_in
from dockerfix.regular import content_of

__all__ = ["note"]

_LIMIT = 256 * 1024
_HEAD = """\
# What a run of the image has shown, by `dockerfix verify --observe`. Commit it, and dockerfix takes it as evidence.
# Another run may do more; say what you know for sure in the settings (docs/configuration.md).
"""


def note(dockerfile: Path, seen: Seen) -> Path:
    """Write what was seen of a Dockerfile; what the file says of others stays. Returns the file.

    Raises:
        FileError: it cannot be written, or is there and holds something else.
    """
    place = dockerfile.with_name(OBSERVED_FILE)
    known = _known(place)
    entries = known | {dockerfile.name: seen}
    text = _HEAD + "".join(_entry(name, one) for name, one in sorted(entries.items()))
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"{place}: cannot be written ({error.strerror})") from error
    return place


def _known(place: Path) -> dict[str, Seen]:
    if not place.exists():
        return {}
    text = content_of(place, _LIMIT).decode("utf-8", "replace")
    try:
        images = tomllib.loads(text).get("images", {})
    except (ValueError, RecursionError) as error:
        raise FileError(f"{place}: is no file of notes ({error})") from error
    found = {name: seen_in(text, name) for name in images} if isinstance(images, dict) else {}
    return {name: one for name, one in found.items() if one is not None}


def _entry(name: str, seen: Seen) -> str:
    return f"""
[images.{_text(name)}]
date = {seen.day}
image = {_text(seen.image)}
writes = [{_list(seen.writes)}]
ports = [{", ".join(map(str, seen.ports))}]
programs = [{", ".join(map(_text, seen.programs))}]
env-files = [{", ".join(map(_text, seen.env_files))}]
home = {"true" if seen.home else "false"}
"""


def _list(paths: tuple[str, ...]) -> str:
    return "".join(f"\n    {_text(path)}," for path in paths) + ("\n" if paths else "")


def _text(value: str) -> str:
    """A text of TOML: JSON's signs for quotes and controls are TOML's, too."""
    return json.dumps(value.replace("\x7f", "?"), ensure_ascii=False)
