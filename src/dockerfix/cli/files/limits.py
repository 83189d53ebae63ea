"""Limits for the work on one file of a stranger, in this process: time of the processor and memory."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dockerfix.errors import DockerfixError

__all__ = ["LimitError", "limited"]

_SECONDS = 30  # of the processor; the largest contexts that people build take a tenth
_MEMORY = 4 * 1024**3  # bytes of address space


class LimitError(DockerfixError):
    """The work took more time or memory than any real file needs."""


class _TooLong(BaseException):
    """Raised wherever the work stands; no `except Exception` on the way may take it for its own."""


@contextmanager
def limited(seconds: float = _SECONDS, memory: int = _MEMORY) -> Iterator[None]:
    """Ends what stands in it when it takes too much; what was there before holds again behind it.

    Waiting costs no time here. Where the system has no such limits (Windows), and for time in another thread than the
    main one, nothing is limited.

    Args:
        seconds: of the processor.
        memory: bytes of address space that this process may have; less where less is allowed already.
    Raises:
        LimitError: a limit was reached.
    """
    try:
        with _time(seconds), _memory(memory):
            yield
    except _TooLong:
        raise LimitError(f"looking at it takes more than {seconds:g} seconds, so it was given up") from None
    except MemoryError:
        raise LimitError(f"looking at it takes more than {memory >> 30} GiB of memory, so it was given up") from None


@contextmanager
def _time(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1)  # again each second, should a destructor have swallowed it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLong


@contextmanager
def _memory(most: int) -> Iterator[None]:
    try:
        import resource
    except ImportError:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = [limit for limit in (soft, hard, most) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(allowed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
