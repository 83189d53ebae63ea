"""What nobody can read in the files: what a person declared in the settings, and what a run of the image has shown.

A declared fact proves as much as code does. One that was seen is named as that, with its date: another run may do more.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import date

from dockerfix.frozen import frozen

__all__ = ["NOTHING_TOLD", "OBSERVED_FILE", "Missing", "Seen", "Told", "seen_in", "told_by"]

OBSERVED_FILE = "dockerfix.observed.toml"


@frozen
class Missing:
    """What an image that was repaired and tried lacked: paths to write to, programs or libraries, files of the context.

    Found by a failure that named it (`verify.evidence`), for the next try.
    """

    writes: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def __or__(self, other: Missing) -> Missing:
        return Missing(
            tuple(dict.fromkeys((*self.writes, *other.writes))),
            tuple(dict.fromkeys((*self.programs, *other.programs))),
            tuple(dict.fromkeys((*self.files, *other.files))),
        )

    def __str__(self) -> str:
        parts = (("it may not write ", self.writes), ("it lacks ", self.programs), ("it misses ", self.files))
        return "; ".join(words + ", ".join(found) for words, found in parts if found)


@frozen
class Told:
    """What the settings declare; None where they do not say.

    Attributes:
        writes: absolute paths in the image, all that its programs write to; one that ends with a slash is a folder.
        reads_env: whether something reads `.env` and its like from the image or the context.
        needs: programs that the image has to have, all of them.
        keep: paths of the context that no ignore file may hide.
        place: the file that says so, for people.
        missing: what an earlier try of the repair lacked.
        on_trial: what is repaired is built and started before it counts, so that what was seen may be relied on.
    """

    writes: tuple[str, ...] | None = None
    reads_env: bool | None = None
    needs: tuple[str, ...] | None = None
    keep: tuple[str, ...] = ()
    place: str = "the configuration"
    on_trial: bool = False
    missing: Missing = Missing()


NOTHING_TOLD = Told()


@frozen
class Seen:
    """What one run of an image has shown: `day` is when, in ISO 8601; other attributes as in the file."""

    day: str
    image: str = ""
    writes: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    programs: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    home: bool = False

    def __str__(self) -> str:
        return f"seen in a run of {self.day}, not proven"


def told_by(rules: Mapping[str, Mapping[str, object]], place: str) -> Told:
    """What the options of rules declare; values of another kind are the rules' own to complain of."""
    user, ignore, tag = (rules.get(name, {}) for name in ("root-user", "missing-ignore-file", "latest-tag"))
    reads_env = ignore.get("reads-env")
    return Told(
        _texts(user.get("writes")),
        reads_env if isinstance(reads_env, bool) else None,
        _texts(tag.get("needs")),
        _texts(ignore.get("keep")) or (),
        place,
    )


def seen_in(text: str, name: str) -> Seen | None:
    """What a file of notes says of one Dockerfile; None where it says nothing, or is no such file.

    Args:
        name: the Dockerfile's path as seen from the file.
    """
    import tomllib

    try:
        images = tomllib.loads(text).get("images")
    except (ValueError, RecursionError):
        return None
    entry = images.get(name) if isinstance(images, dict) else None
    if not isinstance(entry, dict) or not isinstance(entry.get("date"), date | str):
        return None
    return Seen(
        str(entry["date"])[:10],
        str(entry.get("image", "")),
        tuple(path for path in _texts(entry.get("writes")) or () if posixpath.isabs(path)),
        tuple(port for port in entry.get("ports") or () if isinstance(port, int)),
        _texts(entry.get("programs")) or (),
        _texts(entry.get("env-files")) or (),
        entry.get("home") is True,
    )


def _texts(value: object) -> tuple[str, ...] | None:
    is_list = isinstance(value, list | tuple) and all(isinstance(item, str) and item for item in value)
    return tuple(value) if is_list and isinstance(value, list | tuple) else None
