"""Access to data/base_images.toml: read when first asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.tables import table as read_table

__all__ = ["Entry", "entry", "entry_keys", "fits", "fitting_key", "table"]

Entry = Mapping[str, Any]

_FILE = Path(__file__).parents[1] / "data" / "base_images.toml"
_PROCESSORS = ("amd64/", "arm32v5/", "arm32v6/", "arm32v7/", "arm64v8/", "i386/", "ppc64le/", "riscv64/", "s390x/")


@cache
def table(name: str) -> Entry:
    """A top-level table of the data file other than the images."""
    rows: Entry = _data()[name]
    return rows


def entry(key: str) -> Entry:
    """The section [images.KEY].

    Raises:
        KeyError: there is none.
    """
    return _images()[key]


def entry_keys() -> tuple[str, ...]:
    """The keys of all image sections, in the order of the file."""
    return tuple(_images())


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
def _data() -> dict[str, Any]:
    return read_table(_FILE)


def _images() -> dict[str, Entry]:
    images: dict[str, Entry] = _data()["images"]
    return images


@cache
def _names() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Exact names, and patterns in the order of the file."""
    exact: dict[str, str] = {}
    patterns: list[tuple[str, str]] = []
    for key, row in _images().items():
        for name in row["names"]:
            if "*" in name:
                patterns.append((name, key))
            else:
                exact.setdefault(name, key)
    return exact, patterns
