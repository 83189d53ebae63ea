"""Where two sides that are measured at the same time meet: what one wrote, the other is asked for."""

from __future__ import annotations

import threading
from typing import Self

__all__ = ["Meeting"]


class Meeting:
    """One side leaves the paths that its processes wrote, the other one waits for them before it starts."""

    def __init__(self, *, waits: bool) -> None:
        self._waits = waits
        self._left = threading.Event()
        self._paths: tuple[str, ...] = ()
        self._other: Meeting | None = None

    @classmethod
    def pair(cls) -> tuple[Self, Self]:
        """For the side that leaves its paths, and for the one that waits."""
        leaves, waits = cls(waits=False), cls(waits=True)
        waits._other = leaves
        return leaves, waits

    @classmethod
    def of(cls, paths: tuple[str, ...]) -> Self:
        """For a side whose other one was measured before."""
        known, alone = cls(waits=False), cls(waits=True)
        known.leave(paths)
        alone._other = known
        return alone

    def leave(self, paths: tuple[str, ...] | None) -> None:
        """Say what was written; None where nobody knows."""
        self._paths = paths or ()
        self._left.set()

    def close(self) -> None:
        """Nobody waits any more for a side that ended in whatever way."""
        self._left.set()

    def wanted(self) -> tuple[str, ...]:
        """What the other side wrote, once it has."""
        if not self._waits or self._other is None:
            return ()
        self._other._left.wait()
        return self._other._paths
