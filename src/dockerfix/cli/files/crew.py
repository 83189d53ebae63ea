"""Many Dockerfiles at once: in several processes, with a progress bar, in an order that is always the same."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from dockerfix import looks
from dockerfix.cli.files.work import Task, again, forget, work
from dockerfix.report.model import Failure, FileReport

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from rich.progress import Progress, TaskID

__all__ = ["default_jobs", "work_through"]

Result = FileReport | Failure
_MANY = 100  # files from which on starting processes pays
_CHUNK = 16
_PATIENCE = 0.4  # seconds before a progress bar is worth showing


def default_jobs(count: int) -> int:
    """How many processes are used for this many files when nobody says."""
    return (os.cpu_count() or 1) if count > _MANY else 1


def work_through(tasks: Sequence[Task], jobs: int, *, progress: bool) -> list[Result]:
    """The result of each task, in the order of the tasks.

    Dockerfiles that share a build context see what the first of them changes in it (a `.dockerignore` is written
    once, not by each of them). The first of each context therefore goes first; where others change the same file
    too, they are done again one after the other.
    """
    forget()
    if len(tasks) > _MANY:
        _collect_rarely()
    with _Bar(len(tasks), wanted=progress) as bar, _Crew(jobs, bar.advance) as crew:
        results: dict[int, Result] = {}
        first: dict[object, int] = {}
        for number, task in enumerate(tasks):
            first.setdefault(_folder_of(task, number), number)
        results.update(crew.done({number: tasks[number] for number in first.values()}))
        rest = {
            number: _informed(task, results[first[_folder_of(task, number)]])
            for number, task in enumerate(tasks)
            if number not in results
        }
        results.update(crew.done(rest))
    _settle([rest.get(number, task) for number, task in enumerate(tasks)], results)
    return [results[number] for number in range(len(tasks))]


def _folder_of(task: Task, number: int) -> object:
    """Where the build context is looked for first, which is not yet read."""
    return number if task.target.root is None else looks.real_path(os.fspath(task.target.root))


def _collect_rarely() -> None:
    """Spare the garbage collector what is imported, for good, and most of its rounds over values that go at once."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def _context_of(result: Result, number: int) -> str:
    """The build context that a result came from; one of its own where none is known."""
    root = result.root if isinstance(result, FileReport) else None
    return f"#{number}" if root is None else looks.real_path(os.fspath(root))


def _informed(task: Task, first: Result) -> Task:
    """A task that knows what another one changes in its build context, for the case that both have the same."""
    changes = _changes(first)
    return again(task, _context_of(first, 0), changes) if changes else task


def _changes(result: Result) -> dict[str, bytes]:
    return {change.path: change.after for change in result.files} if isinstance(result, FileReport) else {}


def _settle(tasks: Sequence[Task], results: dict[int, Result]) -> None:
    """Do again, in order, what would change a file that an earlier one changes too, and that it has not seen so."""
    overlays: dict[str, dict[str, bytes]] = {}
    for number, task in enumerate(tasks):
        context = _context_of(results[number], number)
        overlay = overlays.setdefault(context, {})
        seen = dict(task.overlay) if task.overlaid == context else {}
        if any(path in overlay and seen.get(path) != overlay[path] for path in _changes(results[number])):
            results[number] = work(again(task, context, overlay))
        overlay.update(_changes(results[number]))


class _Crew:
    """Workers that take tasks; with one job the work is done right here."""

    def __init__(self, jobs: int, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Crew:
        return self

    def done(self, tasks: dict[int, Task]) -> Iterator[tuple[int, Result]]:
        """Each number with its result."""
        chunk = max(1, min(_CHUNK, len(tasks) // (self._jobs * 4)))
        alone = self._jobs == 1 or len(tasks) <= 1
        results = (
            map(work, tasks.values()) if alone else self._started(len(tasks)).map(work, tasks.values(), chunksize=chunk)
        )
        for number, result in zip(tasks, results, strict=True):
            self._tell()
            yield number, result

    def _started(self, most: int) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            looks.given_up()
            # A fork shares what is imported already; no thread is running yet that it could catch half-way.
            method = "fork" if sys.platform == "linux" else None
            self._pool = ProcessPoolExecutor(
                min(self._jobs, most), multiprocessing.get_context(method), _ignore_interrupts
            )
        return self._pool

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal; the workers finish what they have in hand and are told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Bar:
    """A progress bar on standard error that only appears when the work takes a while."""

    def __init__(self, total: int, *, wanted: bool) -> None:
        self._total = total
        self._wanted = wanted and total > 1
        self._done = 0
        self._started = self._drawn = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> _Bar:
        return self

    def advance(self) -> None:
        """One more file is done."""
        self._done += 1
        now = time.monotonic()
        if not self._wanted or now - self._started < _PATIENCE or now - self._drawn < 0.1:
            return
        self._drawn = now
        progress = self._shown()
        assert self._task is not None  # `_shown` adds it
        progress.update(self._task, completed=self._done)
        progress.refresh()

    def _shown(self) -> Progress:
        if self._progress is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (TextColumn("Dockerfiles"), BarColumn(), MofNCompleteColumn())
            # No thread redraws it: worker processes may still be forked.
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
            self._task = self._progress.add_task("", total=self._total)
            self._progress.start()
        return self._progress

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()
