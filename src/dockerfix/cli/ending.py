"""An end that was asked for: SIGTERM ends a command as Ctrl-C does, so that it can put things in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["ended_in_order"]


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM while the block runs; a second one ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread, which alone hears signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
