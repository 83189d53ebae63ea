"""Writes the repaired files, one after the other; Ctrl-C waits until the one in hand is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dockerfix.cli.files.targets import Target
from dockerfix.errors import DockerfixError
from dockerfix.fix import Outcome, write
from dockerfix.report.model import Failure, FileReport
from dockerfix.run import shown
from dockerfix.syntax import parse

__all__ = ["write_report"]


def write_report(report: FileReport, target: Target) -> Failure | None:
    """Put one repaired Dockerfile and the other files it changes in place, or say why that failed."""
    outcome = Outcome(parse(report.before), parse(report.after), report.files)
    try:
        with _uninterrupted():
            write(outcome, report.root, target.path)
    except DockerfixError as error:
        return _failure(str(error), report)
    return None


def _failure(message: str, report: FileReport) -> Failure:
    """The writer names the path itself; it is shown as all others are."""
    from pathlib import Path

    path, colon, what = message.partition(": ")
    return Failure(shown(Path(path)), what) if colon else Failure(report.place.label, message)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        pending.append(number)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pending:
        raise KeyboardInterrupt
