"""Runs the engine's command: with a time limit, in a session of its own, ended with everything it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dockerfix.frozen import frozen
from dockerfix.verify.engine import EngineError

__all__ = ["Commands", "Done", "end_group"]

_SECONDS = 120.0


@frozen
class Done:
    """How a command ended; `code` is None when its time was up."""

    code: int | None
    out: str
    err: str = ""

    @property
    def text(self) -> str:
        """Both streams, the last line of the errors last."""
        return (self.out + self.err).strip()


class Commands:
    """Starts commands, and notes those that may outlive a `kill -9` of this process."""

    def __init__(
        self,
        note: Callable[[int | None], None] = lambda _: None,
        environment: Mapping[str, str | None] | None = None,
    ) -> None:
        """`note` gets the process id of each long command, and None when it has ended.

        `environment` is laid over that of this process; None takes a variable away.
        """
        self._note = note
        values = {**os.environ, "DOCKER_BUILDKIT": "1", **(environment or {})}  # the default only from Docker 23 on
        self._environment = {name: value for name, value in values.items() if value is not None}

    def run(self, *argv: str, seconds: float = _SECONDS) -> Done:
        """A short command and what it printed."""
        with self._started(argv, subprocess.PIPE, subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                return Done(None, "", f"no answer within {seconds:.0f} seconds")
        return Done(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def must(self, *argv: str, seconds: float = _SECONDS) -> str:
        """Standard output of a command that has to succeed.

        Raises:
            EngineError: it failed; the message is its last line.
        """
        done = self.run(*argv, seconds=seconds)
        if done.code != 0:
            words = " ".join(argv[:3])
            raise EngineError(f"{words} failed: {(done.text.splitlines() or ['it printed nothing'])[-1]}")
        return done.out

    def logged(self, argv: Sequence[str], log: Path, seconds: float) -> int | None:
        """A long command whose output goes to a file; its exit code, None when its time was up."""
        with log.open("ab") as file, self._started(argv, file, subprocess.STDOUT, noted=True) as process:
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                return None

    @contextmanager
    def streamed(self, *argv: str) -> Iterator[IO[bytes]]:
        """Standard output of a command while it runs.

        Raises:
            EngineError: it failed, once all it printed was read.
        """
        with self._started(argv, subprocess.PIPE, subprocess.DEVNULL, noted=True) as process:
            assert process.stdout is not None  # it is a pipe
            yield process.stdout
            while process.stdout.read(1 << 20):
                pass
            if process.wait() != 0:
                raise EngineError(f"{' '.join(argv[:3])} failed with {process.returncode}")

    @contextmanager
    def started(self, argv: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """A command that runs until the block is left."""
        with log.open("ab") as file, self._started(argv, file, subprocess.STDOUT, noted=True) as process:
            yield process

    @contextmanager
    def _started(
        self, argv: Sequence[str], out: int | IO[bytes], err: int, *, noted: bool = False
    ) -> Iterator[subprocess.Popen[bytes]]:
        try:
            # A session of its own: Ctrl-C is for this process alone, which then ends its commands in order.
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self._environment, start_new_session=True
            )
        except OSError as error:
            raise EngineError(f"{argv[0]} cannot be started: {error.strerror}") from error
        if noted:
            self._note(process.pid)
        try:
            yield process
        finally:
            if process.poll() is None:
                end_group(process.pid)
                process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
            if noted:
                self._note(None)


def end_group(pid: int) -> None:
    """End the process and all in its group, that are given a moment to take back what they did."""
    import time

    for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 0.0)):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and _is_there(pid):
            time.sleep(0.05)


def _is_there(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False
