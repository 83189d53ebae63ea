"""A function called in a process of its own: what a hostile repository makes slow, large or broken ends with it."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import TypeVar, cast

from dockerfix.errors import DockerfixError

__all__ = ["IsolationError", "UnwantedError", "isolated", "prepare"]

T = TypeVar("T")
_MEMORY = 4 * 1024**3  # bytes of address space
_LONGEST = 74  # characters of a temporary folder in which a forking server's socket has room: 107, less the two names
_GLANCE = 0.1  # seconds between two questions whether the answer is still wanted
_prepared = False


class IsolationError(DockerfixError):
    """The process took too long, or ended before it had an answer."""


class UnwantedError(IsolationError):
    """Nobody wanted the answer any more, and the process was ended."""


def prepare(modules: Sequence[str]) -> None:
    """Name modules that each process will need: they are imported once, before the first one starts."""
    global _prepared
    _prepared = True
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.get_context("forkserver").set_forkserver_preload(list(modules))


def _always() -> bool:
    return True


def isolated(call: Callable[..., T], *values: object, seconds: float, wanted: Callable[[], bool] = _always) -> T:
    """What a function returns that is called in a new process.

    Args:
        call, values: a function of a module and its arguments, as pickle takes them.
        seconds: how long it may take, wall clock.
        wanted: asked again and again in this process; once it says no, the other one is ended.
    Raises:
        UnwantedError: `wanted` said no.
        IsolationError: it took longer, or the process died; or what `call` raised besides dockerfix's own errors.
        DockerfixError: as `call` raised it.
    """
    receiver, sender = _context().Pipe(duplex=False)
    process = _context().Process(target=_answer, args=(sender, call, values), daemon=True)
    with receiver:
        process.start()
        sender.close()
        try:
            _wait(receiver, seconds, wanted)
            return cast(T, _opened(receiver.recv()))
        except EOFError:
            process.join(5)
            raise IsolationError(f"the process that looked at it died ({process.exitcode})") from None
        finally:
            process.kill()
            process.join()
            process.close()


def _wait(receiver: Connection, seconds: float, wanted: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    glance = seconds if wanted is _always else _GLANCE
    while not receiver.poll(max(0.0, min(glance, end - time.monotonic()))):
        if time.monotonic() >= end:
            raise IsolationError(f"it took longer than {seconds:g} seconds")
        if not wanted():
            raise UnwantedError("nobody waits for the answer any more")


def _context() -> ForkServerContext | SpawnContext:
    """What starts the processes: forked from one that is warm and has no other thread, where many are to come.

    The server that forks listens on a socket in the temporary folder, whose path may be too long for one.
    """
    has_server = "forkserver" in multiprocessing.get_all_start_methods()
    if _prepared and has_server and len(tempfile.gettempdir()) <= _LONGEST:
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def _opened(answer: tuple[bool, object]) -> object:
    is_answer, value = answer
    if is_answer:
        return value
    assert isinstance(value, BaseException)  # `_answer` sends no other
    raise value


def _answer(sender: Connection, call: Callable[..., object], values: Sequence[object]) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in the terminal is the parent's to hear
    _limit_memory()
    try:
        answer: tuple[bool, object] = (True, call(*values))
    except DockerfixError as error:
        answer = (False, error)
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(where.filename)}:{where.lineno}"
        answer = (False, IsolationError(f"dockerfix itself failed ({type(error).__name__}: {error}, {place})"))
    sender.send(answer)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
