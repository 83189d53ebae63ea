"""Which releases of well-known images are kept up, from `data/releases.toml`."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.frozen import frozen
from dockerfix.tables import table

__all__ = ["DATA", "Releases", "checked", "end_of", "releases", "seen", "successor"]

DATA = Path(__file__).parents[1] / "data" / "releases.toml"


@frozen
class Releases:
    """The releases of one image.

    `newest` is the newest that is kept up; `stable` the newest with long-term support, or that the project calls
    stable, where it is another one; `ends` when each is given up, where that is known.
    """

    newest: str
    stable: str | None = None
    ends: dict[str, date] = field(default_factory=dict, hash=False)

    def line_of(self, tag_version: str, *, stable: bool) -> str | None:
        """The newest release of a line ("8" or "", which is any); None where none is known.

        Args:
            stable: take the one with long-term support, or that the project calls stable.
        """
        first = (self.stable,) if stable and self.stable else ()
        lines = dict.fromkeys((*first, self.newest, *((self.stable,) if self.stable else ()), *self.ends))
        prefix = tag_version.removeprefix("v")
        return next((one for one in lines if not prefix or one == prefix or one.startswith(f"{prefix}.")), None)


@cache
def _data() -> dict[str, Any]:
    return table(DATA)


def checked() -> date:
    """The day that the data file speaks of."""
    day: date = _data()["checked"]
    return day


def seen() -> date:
    """The day on which the releases were read: newer ones may be out."""
    day: date = _data()["date"]
    return day


def successor(image: str) -> str | None:
    """The image that continues one which gets no further releases."""
    row = _data().get(image)
    return row.get("superseded") if isinstance(row, dict) else None


def releases(image: str) -> Releases | None:
    """What is known of an image by its familiar name ("nginx"); None where it is not in the data file."""
    row = _data().get(image)
    return (
        Releases(row["newest"], row.get("stable"), row.get("ends", {}))
        if isinstance(row, dict) and "newest" in row
        else None
    )


def end_of(image: str, version: str) -> date | None:
    """When a release ("3.19", "18.20.4") was given up; None where it is kept up, or nothing is known of it."""
    known = releases(image)
    parts = version.removeprefix("v").split(".")
    lines = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    end = next((known.ends[line] for line in lines if line in known.ends), None) if known is not None else None
    return end if end is not None and end <= checked() else None
