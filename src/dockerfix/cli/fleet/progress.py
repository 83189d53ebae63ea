"""How far a fleet is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING

from dockerfix.bot.fleet import End

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["FleetProgress", "summary"]

_QUIET = 60.0  # seconds between two lines where nobody looks at a terminal
_WORDS = (
    (End.OPENED, "opened"),
    (End.UPDATED, "updated"),
    (End.UNCHANGED, "up to date"),
    (End.CLOSED, "closed"),
    (End.CLEAN, "clean"),
    (End.LEFT_ALONE, "left alone"),
    (End.POSTPONED, "postponed"),
    (End.FAILED, "failed"),
)


class FleetProgress(AbstractContextManager["FleetProgress"]):
    """Shows counts on standard error.

    Args:
        is_terminal: a person looks at standard error.
        clock: seconds that only grow.
    """

    def __init__(self, *, is_terminal: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_terminal = is_terminal
        self._clock = clock
        self._said = clock()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def show(self, counts: dict[End, int]) -> None:
        """Tell how many repositories came to which end until now."""
        if self._is_terminal:
            self._draw(counts)
        elif self._clock() - self._said >= _QUIET:
            self._said = self._clock()
            total = sum(counts.values())
            sys.stderr.write(f"{total - counts.get(End.WAITING, 0)} of {total}: {summary(counts)}\n")
            sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _draw(self, counts: dict[End, int]) -> None:
        if self._progress is None:
            self._progress, self._task = _started()
        assert self._task is not None  # made with the bar
        total = sum(counts.values())
        done = total - counts.get(End.WAITING, 0)
        self._progress.update(self._task, total=total, completed=done, ends=summary(counts))


def summary(counts: dict[End, int]) -> str:
    """The counts in words, without those that are 0."""
    return ", ".join(f"{counts[end]} {word}" for end, word in _WORDS if counts.get(end)) or "nothing done yet"


def _started() -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("repositories"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[ends]}", markup=False),
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=4,
    )
    task = bar.add_task("", ends="")
    bar.start()
    return bar, task
