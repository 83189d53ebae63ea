"""The command in processes of its own, each forked from one that has imported everything: a start costs little.

For tests of which a process is the point (one that is killed, its working folder, its environment, its streams). A call
that needs none is made in the test's own process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from tempfile import mkdtemp

from dockerfix.bot.fleet import isolated

__all__ = ["Forked", "address", "apart_too", "forking"]

if sys.pycache_prefix:  # the server is started with -B where the tests were, and is the first to import much
    sys.dont_write_bytecode = False

# Those of the fleet are here too: a worker of pytest-xdist has one process that others are forked from.
_MODULES = ["forked", "pytest", "dbos", "psycopg", "httpx", "tree_sitter_bash", "yaml", "rich.console"]
_MODULES += ["dockerfix.cli.fleet.command", "dockerfix.cli.fleet.session", "dockerfix.cli.fleet.warm"]
_MODULES += ["dockerfix.cli.forge.pr", "dockerfix.cli.forge.review", "dockerfix.cli.repair.command"]
_MODULES += ["dockerfix.cli.verify.command", "dockerfix.rules", "dockerfix.bot.fleet.engine"]
_MODULES += ["dockerfix.bot.fleet.proposing", "dockerfix.bot.fleet.visit", "dockerfix.cli.fleet.warm"]
_MODULES += ["dockerfix.bot.forges.github"]


def forking() -> ForkServerContext:
    """What starts such processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_MODULES)
    return context


def address() -> str:
    """Where the process listens that others are forked from."""
    forking()
    forkserver.ensure_running()
    found = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
    assert found
    return str(found)


def apart_too(server: str) -> None:
    """What a forked process looks at apart (`isolated`) comes from the same server, which is warm.

    By itself it would start an interpreter, or a server of its own that has to import everything again.
    """
    of_this_process = forkserver._forkserver  # type: ignore[attr-defined]
    of_this_process._forkserver_address = server
    of_this_process.ensure_running = lambda: None
    isolated._context = forking


class Forked:
    """`dockerfix` with some words, running; what it writes goes to files beside each other.

    Args:
        environment: the whole of it, as a process gets it that is started by hand.
        spawns: what it looks at apart is a new interpreter, as it is for users.
    """

    def __init__(
        self, words: Sequence[str], cwd: Path, environment: Mapping[str, str], *, spawns: bool = False
    ) -> None:
        self._folder = Path(mkdtemp(prefix="said-"))
        values = (self._folder, list(words), str(cwd), dict(environment), "" if spawns else address())
        self._process: ForkServerProcess = forking().Process(target=_run, args=values)
        self._process.start()

    @property
    def pid(self) -> int:
        """The process, for `kill`."""
        return self._process.pid or 0

    def end(self, seconds: float = 120) -> tuple[int, str, str]:
        """Its exit code, negative for the signal that killed it, and what it wrote to both streams."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, f"{self.pid} did not end"
        return code, self._said("out"), self._said("err")

    def kill(self) -> None:
        """End it, if it still runs."""
        if self._process.is_alive():
            os.kill(self.pid, signal.SIGKILL)

    def _said(self, stream: str) -> str:
        place = self._folder / stream
        return place.read_text() if place.exists() else ""


def _run(folder: Path, words: list[str], cwd: str, environment: dict[str, str], server: str) -> None:
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / stream, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    if server:
        apart_too(server)

    from dockerfix.cli import main

    _ends(lambda: main(words))


def _ends(call: Callable[[], None]) -> None:
    """End the process with the exit code of a call, without waiting for threads that somebody left behind."""
    code = 0
    try:
        call()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 2
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
