"""A container of Docker or Podman, which are asked with the same words."""

from __future__ import annotations

import json
import posixpath
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from dockerfix.text import is_number
from dockerfix.verify.commands import Commands
from dockerfix.verify.confinement import Confinement
from dockerfix.verify.engine import Answer, ImageConfig, Stopped

__all__ = ["Container", "beside", "changed_paths", "config_of", "confined", "is_of_engine", "limits"]

_MEMORY = "2g"
_PROCESSES = "512"
_LOG = 4  # megabytes of one file of a container's log; what is older goes
_LAST_LINES = 2000  # of what a container printed; one that prints without end would fill this process
_NO_SUCH_PROGRAM = 127
# Podman tells of /etc as changed since it lays files of its own over some there.
_OWN_FILES = frozenset("/etc /etc/hosts /etc/hostname /etc/resolv.conf /etc/mtab /run /dev /proc /sys".split())
_OWN_FOLDERS = ("/run/.containerenv", "/run/secrets", "/proc/", "/sys/", "/dev/")


class Container:
    """A container of `docker` or `podman`, whose commands are the same."""

    def __init__(
        self, commands: Commands, program: Sequence[str], identity: str, watched: tuple[str, ...] = ()
    ) -> None:
        self._watched = watched
        self._commands = commands
        self._program = tuple(program)
        self.identity = identity
        self._problem = ""

    @classmethod
    def started(cls, commands: Commands, program: Sequence[str], identity: str, watched: tuple[str, ...] = ()) -> Self:
        """Start a container that was created; one that cannot be started counts as one that ended at once."""
        container = cls(
            commands,
            program,
            identity,
            tuple(path for path in watched if _made_anew(commands, program, identity, path)),
        )
        done = commands.run(*program, "start", identity)
        container._problem = "" if done.code == 0 else done.text
        return container

    def read(self, path: str) -> str | None:
        told = self._from_outside(path)
        if told is not None:
            return told
        answer = self._inside("cat", path, seconds=20)
        return answer.output if answer.exit_code == 0 else None

    def execute(self, *command: str, seconds: float) -> Answer:
        return self._inside(*command, seconds=seconds)

    def execute_beside(self, *command: str, seconds: float) -> Answer | None:
        pid = self._local_pid()
        return None if pid is None else beside(self._commands, pid, command, seconds)

    def exit_code(self) -> int | None:
        state = self._state()
        code = int(state.get("ExitCode") or 0)
        return None if state.get("Running") else code or (_NO_SUCH_PROGRAM if self._problem else 0)

    def stop(self, grace: int) -> Stopped:
        asked = time.monotonic()
        self._commands.must(*self._program, "stop", "--time", str(grace), self.identity, seconds=grace + 60)
        elapsed = time.monotonic() - asked
        return Stopped(elapsed, int(self._state().get("ExitCode") or 0))

    def log(self) -> str:
        done = self._commands.run(*self._program, "logs", f"--tail={_LAST_LINES}", self.identity)
        return done.out + done.err + self._problem

    def written(self) -> tuple[str, ...] | None:
        done = self._commands.run(*self._program, "diff", self.identity)
        return (*changed_paths(done.out), *self._in_mounts()) if done.code == 0 else None

    def _in_mounts(self) -> tuple[str, ...]:
        """The files in its volumes that are newer than its start, where the image has `find`; no diff holds them."""
        asked = self._commands.run(*self._program, "inspect", "--format", "{{json .Mounts}}", self.identity)
        try:
            mounts = json.loads(asked.out or "[]") or ()
            folders = [str(one["Destination"]) for one in mounts if one.get("RW", True)]
        except (ValueError, KeyError, AttributeError, TypeError):
            return ()
        if not folders:
            return ()
        # The engine writes /etc/hostname when it starts a container.
        answer = self._inside("find", *folders, "-type", "f", "-newer", "/etc/hostname", seconds=30)
        return tuple(line for line in answer.output.splitlines() if line.startswith(tuple(folders)))

    def programs(self) -> tuple[str, ...]:
        words = ("-eo", "pid,comm") if self._program[-1] != "podman" else ("pid", "comm")
        done = self._commands.run(*self._program, "top", self.identity, *words)
        lines = done.out.splitlines()[1:] if done.code == 0 else []
        return tuple(dict.fromkeys(line.split(None, 1)[1].strip() for line in lines if len(line.split(None, 1)) > 1))

    def opened(self) -> tuple[str, ...]:
        found = []
        for path in self._watched:
            read, _, changed = self._inside("stat", "-c", "%X %Y", path, seconds=10).output.strip().partition(" ")
            if is_number(read) and is_number(changed) and int(read) > int(changed):
                found.append(path)
        return tuple(found)

    def remove(self) -> None:
        self._commands.run(*self._program, "rm", "--force", "--volumes", self.identity)

    def _inside(self, *command: str, seconds: float) -> Answer:
        done = self._commands.run(*self._program, "exec", self.identity, *command, seconds=seconds)
        return Answer(124 if done.code is None else done.code, done.out + done.err)

    def _state(self) -> dict[str, Any]:
        state = json.loads(self._commands.must(*self._program, "inspect", "--format", "{{json .State}}", self.identity))
        return state if isinstance(state, dict) else {}

    def _from_outside(self, path: str) -> str | None:
        """A file of /proc by the machine's own count of processes: no `cat` of the image has a say in it."""
        pid = self._local_pid()
        if pid is None or not path.startswith("/proc/1/"):
            return None
        try:
            return Path(f"/proc/{pid}/{path.removeprefix('/proc/1/')}").read_text(errors="replace")
        except OSError:
            return None

    def _local_pid(self) -> int | None:
        """Process 1 by this machine's own count; None for an engine elsewhere, whose number is somebody else's here."""
        pid = int(self._state().get("Pid") or 0)
        try:
            is_here = bool(pid) and self.identity[:12] in Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            return None
        return pid if is_here else None


def _made_anew(commands: Commands, program: Sequence[str], identity: str, path: str) -> bool:
    """Lay a file of a container that was not started over itself.

    It then lies in the container's own layer, where the kernel notes the first time that it is read (relatime); tried
    with overlay2.
    """
    source = (*program, "cp", f"{identity}:{path}", "-")
    return commands.copied(source, (*program, "cp", "-", f"{identity}:{posixpath.dirname(path)}"))


def limits(log_driver: str, *log_options: str) -> tuple[str, ...]:
    """Words that bound a container's memory, processes and log.

    Args:
        log_options: beside `max-size`.
    """
    options = (f"max-size={_LOG}m", *log_options)
    log = (f"--log-driver={log_driver}", *(f"--log-opt={option}" for option in options))
    return (f"--memory={_MEMORY}", f"--pids-limit={_PROCESSES}", *log)


def confined(kept: Confinement) -> tuple[str, ...]:
    """Words that take from a container what it does not need."""
    words = ("--cap-drop=ALL", *(f"--cap-add={name}" for name in kept.capabilities))
    return words if kept.may_gain else (*words, "--security-opt=no-new-privileges")


def config_of(inspected: str) -> ImageConfig | None:
    """What `docker image inspect --format '{{json .}}'` tells, or Podman's, which is a list (4.3)."""
    try:
        told = json.loads(inspected)
        image = told[0] if isinstance(told, list) else told
        config = image.get("Config") or {}
        argv = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
        health = (config.get("Healthcheck") or image.get("Healthcheck") or {}).get("Test") or ()
        return ImageConfig(str(image["Id"]), config.get("User") or "", tuple(map(str, argv)), tuple(map(str, health)))
    except (ValueError, LookupError, AttributeError, TypeError):
        return None


def beside(commands: Commands, pid: int, command: Sequence[str], seconds: float) -> Answer | None:
    """Run a command of this machine in the network of a process; None without the right to."""
    if shutil.which("nsenter") is None:
        return None
    enter = ("nsenter", f"--target={pid}", "--net", "--")
    if commands.run(*enter, "true").code != 0:
        return None
    done = commands.run(*enter, *command, seconds=seconds)
    return Answer(124 if done.code is None else done.code, done.out + done.err)


def changed_paths(diff: str) -> tuple[str, ...]:
    """The paths that `docker diff` prints as added or changed, without folders that only hold others."""
    paths = [line[2:] for line in diff.splitlines() if line[:2] in ("A ", "C ")]
    folders = {folder for path in paths for folder in _folders_above(path)}
    return tuple(path for path in paths if path not in folders and not is_of_engine(path))


def _folders_above(path: str) -> Iterator[str]:
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        yield path


def is_of_engine(path: str) -> bool:
    """Whether the engine itself makes or changes this path when it starts a container."""
    return path in _OWN_FILES or path.startswith(_OWN_FOLDERS)
