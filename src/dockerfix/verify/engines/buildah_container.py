"""A container of Buildah, which starts processes and then knows nothing of them: the kernel is asked instead."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from dockerfix.verify.commands import Commands
from dockerfix.verify.engine import Answer, StartOrder, Stopped
from dockerfix.verify.engines.container import beside, is_of_engine

__all__ = ["BuildahContainer"]

_STARTS = 20.0  # seconds within which process 1 is there


class BuildahContainer:
    """`buildah run` of what the image starts, and what the kernel tells of the first process in it."""

    def __init__(self, commands: Commands, name: str, order: StartOrder, config: dict[str, Any]) -> None:
        self._commands = commands
        self._name = name
        self._signal = str(config.get("StopSignal") or "SIGTERM")
        self._log = Path(tempfile.mkstemp(prefix="dockerfix-verify-", suffix=".log")[1])
        argv = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
        variables = [part for key, value in order.environment for part in ("--env", f"{key}={value}")]
        network = () if order.network == "default" else ("--network=none",)
        self._running = commands.started(["buildah", "run", *network, *variables, name, "--", *argv], self._log)
        self._begun = time.time()
        self._process: subprocess.Popen[bytes] = self._running.__enter__()
        self._pid = self._first_process()

    def read(self, path: str) -> str | None:
        if self._pid is None or not path.startswith("/proc/1/"):
            return None
        try:
            return Path(f"/proc/{self._pid}/{path.removeprefix('/proc/1/')}").read_text(errors="replace")
        except OSError:
            return None

    def execute(self, *command: str, seconds: float) -> Answer:
        if self._pid is None:
            return Answer(125, "its processes cannot be reached")
        ids = {line.split()[0]: line.split()[2] for line in (self.read("/proc/1/status") or "").splitlines()
               if line.startswith(("Uid:", "Gid:"))}  # fmt: skip
        user = (f"--setuid={ids.get('Uid:', '0')}", f"--setgid={ids.get('Gid:', '0')}")
        nsenter = ("nsenter", f"--target={self._pid}", "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--wd")
        inside = Commands(environment=self._environment())
        done = inside.run("/usr/bin/" + nsenter[0], *nsenter[1:], *user, "--", *command, seconds=seconds)
        return Answer(124 if done.code is None else done.code, done.out + done.err)

    def execute_beside(self, *command: str, seconds: float) -> Answer | None:
        return None if self._pid is None else beside(self._commands, self._pid, command, seconds)

    def exit_code(self) -> int | None:
        return self._process.poll()

    def stop(self, grace: int) -> Stopped:
        asked = time.monotonic()
        if self._pid is not None:
            self._send(getattr(signal, self._signal, signal.SIGTERM))
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
                return Stopped(time.monotonic() - asked, self._process.returncode)
            self._send(signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        return Stopped(time.monotonic() - asked, 137 if self._pid is not None else None)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def written(self) -> tuple[str, ...] | None:
        """Files that were made or changed since the start, by their times."""
        mounted = self._commands.run("buildah", "mount", self._name)
        root = mounted.out.strip()
        if mounted.code != 0 or not os.path.isdir(root):
            return None
        found = tuple(sorted(_changed_below(root, self._begun)))
        self._commands.run("buildah", "umount", self._name)
        return found

    def programs(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for pid in () if self._pid is None else (self._pid, *_descendants(self._pid)):
            with suppress(OSError):
                found[Path(f"/proc/{pid}/comm").read_text().strip()] = None
        return tuple(found)

    def opened(self) -> tuple[str, ...]:
        return ()  # not known

    def remove(self) -> None:
        self._send(signal.SIGKILL)
        self._running.__exit__(None, None, None)
        self._commands.run("buildah", "rm", self._name)
        self._log.unlink(missing_ok=True)

    def _send(self, number: int) -> None:
        if self._pid is not None and self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._pid, number)

    def _environment(self) -> dict[str, str | None]:
        """The variables of process 1, and none of ours."""
        pairs = [text.partition("=") for text in (self.read("/proc/1/environ") or "").split("\0") if "=" in text]
        return dict.fromkeys(os.environ) | {name: value for name, _, value in pairs}

    def _first_process(self) -> int | None:
        """The process of this machine that is process 1 inside; None when none shows up or it ended at once."""
        deadline = time.monotonic() + _STARTS
        while time.monotonic() < deadline and self._process.poll() is None:
            for pid in _descendants(self._process.pid):
                if _is_first(pid):
                    return pid
            time.sleep(0.05)
        return None


def _is_first(pid: int) -> bool:
    """Whether a process is number 1 of a namespace of its own and runs what it was started for: not runc any more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
        program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, StopIteration):
        return False
    return len(numbers) > 1 and numbers[-1] == "1" and b"init" not in program[1:2]


def _descendants(pid: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for folder in os.scandir("/proc"):
        if folder.name.isdigit():
            with suppress(OSError):
                stat = Path(folder.path, "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(stat[1]), []).append(int(folder.name))
    waiting = [pid]
    while waiting:
        own = children.get(waiting.pop(), [])
        yield from own
        waiting += own


def _changed_below(root: str, since: float) -> Iterator[str]:
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            inside = path.removeprefix(root)
            with suppress(OSError):
                if os.lstat(path).st_ctime >= since and not is_of_engine(inside):
                    yield inside
