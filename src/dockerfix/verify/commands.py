"""Runs the engine's command: with a time limit, in a session of its own, ended with everything it started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dockerfix.frozen import frozen
from dockerfix.verify.engine import EngineError

__all__ = ["Commands", "Done", "end_group"]

_SECONDS = 120.0
_ANSWER = 16 * 1024 * 1024  # bytes of what a short command prints: the log of a container is half of that
_LOG = 64 * 1024 * 1024  # bytes of the log of a build
_CONTAINER_LOG = 8 * 1024 * 1024
_LOOK = 0.2  # seconds


@frozen
class Done:
    """How a command ended; `code` is None when its time was up, or it printed without end."""

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
        note: Callable[[int, bool], None] = lambda *_: None,
        environment: Mapping[str, str | None] | None = None,
        stopped: threading.Event | None = None,
    ) -> None:
        """`note` gets the process id of each long command, and whether it runs: once at its start, once at its end.

        `environment` is laid over that of this process; None takes a variable away. Once `stopped` is set, no thread
        but the main one starts anything: it cleans up.
        """
        self._stopped = stopped
        self._note = note
        values = {**os.environ, "DOCKER_BUILDKIT": "1", **(environment or {})}  # the default only from Docker 23 on
        self._environment = {name: value for name, value in values.items() if value is not None}

    def run(self, *argv: str, seconds: float = _SECONDS) -> Done:
        """A short command and what it printed."""
        with self._started(argv, subprocess.PIPE, subprocess.PIPE) as process:
            printed = _Printed(process)
            out, err = printed.until(time.monotonic() + seconds)
            if printed.problem:
                return Done(None, out, printed.problem.format(seconds=seconds))
        return Done(process.returncode, out, err)

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

    def logged(
        self, argv: Sequence[str], log: Path, seconds: float, enough: Callable[[str], bool] | None = None
    ) -> int | None:
        """A long command whose output goes to a file; its exit code.

        None when its time was up, when `enough` said so of its output, or when it printed without end: the file then
        ends with a sentence that says so.
        """
        deadline = time.monotonic() + seconds
        with log.open("ab") as file, self._started(argv, file, subprocess.STDOUT, noted=True) as process:
            while time.monotonic() < deadline:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(_LOOK)
                if enough is not None and enough(log.read_text(errors="replace")):
                    return None
                if log.stat().st_size > _LOG:
                    end_group(process.pid)
                    os.truncate(log, _LOG)
                    file.write(f"\nstopped: it printed more than {_LOG >> 20} MiB\n".encode())
                    return None
        return None

    def copied(self, source: Sequence[str], target: Sequence[str]) -> bool:
        """Hand what one short command prints to another one; whether both succeeded."""
        with self._started(source, subprocess.PIPE, subprocess.DEVNULL) as first:
            assert first.stdout is not None  # it is a pipe
            content = first.stdout.read(_ANSWER)
            first.wait(_SECONDS)
        done = subprocess.run(target, input=content, check=False, capture_output=True, env=self._environment)
        return first.returncode == 0 and done.returncode == 0

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
        """A command that runs until the block is left; of what it prints the start is kept."""
        with log.open("ab") as file, self._started(argv, subprocess.PIPE, subprocess.STDOUT, noted=True) as process:
            assert process.stdout is not None  # it is a pipe
            pump = threading.Thread(target=_pumped, args=(process.stdout, file, _CONTAINER_LOG), daemon=True)
            pump.start()
            try:
                yield process
            finally:
                if process.poll() is None:
                    end_group(process.pid)
                pump.join(5)

    @contextmanager
    def _started(
        self, argv: Sequence[str], out: int | IO[bytes], err: int, *, noted: bool = False
    ) -> Iterator[subprocess.Popen[bytes]]:
        is_main = threading.current_thread() is threading.main_thread()
        if self._stopped is not None and self._stopped.is_set() and not is_main:
            raise EngineError("interrupted")
        try:
            # A session of its own: Ctrl-C is for this process alone, which then ends its commands in order.
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self._environment, start_new_session=True
            )
        except OSError as error:
            raise EngineError(f"{argv[0]} cannot be started: {error.strerror}") from error
        if noted:
            self._note(process.pid, True)
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
                self._note(process.pid, False)


class _Printed:
    """What a process prints to its two pipes, up to a number of bytes; `problem` says why the rest is missing."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._parts: dict[str, list[bytes]] = {"out": [], "err": []}
        self._left = _ANSWER
        self.problem = ""

    def until(self, deadline: float) -> tuple[str, str]:
        """Both texts, once the process has ended or the clock says `deadline`."""
        with selectors.DefaultSelector() as both:
            for stream, name in ((self._process.stdout, "out"), (self._process.stderr, "err")):
                assert stream is not None  # they are pipes
                both.register(stream, selectors.EVENT_READ, name)
            while both.get_map() and not self.problem:
                self._step(both, deadline)
        if not self.problem:
            try:
                self._process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.problem = _NO_ANSWER
        out, err = (b"".join(self._parts[name]).decode(errors="replace") for name in ("out", "err"))
        return out, err

    def _step(self, both: selectors.BaseSelector, deadline: float) -> None:
        ready = both.select(max(0.0, deadline - time.monotonic()))
        if not ready:
            self.problem = _NO_ANSWER
        for key, _ in ready:
            part = os.read(key.fd, 1 << 16)
            if not part:
                both.unregister(key.fileobj)
            self._parts[key.data].append(part)
            self._left -= len(part)
        if self._left < 0:
            self.problem = f"it printed more than {_ANSWER >> 20} MiB"


_NO_ANSWER = "no answer within {seconds:.0f} seconds"


def _pumped(source: IO[bytes], target: IO[bytes], most: int) -> None:
    """Copies a stream to a file, and reads on when the file has its fill: nobody shall wait for a reader."""
    with suppress(OSError, ValueError):
        while part := os.read(source.fileno(), 1 << 16):
            if most > 0:
                target.write(part[:most])
                target.flush()
            most -= len(part)


def end_group(pid: int) -> None:
    """End the process and all in its group, that are given a moment to take back what they did."""
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
