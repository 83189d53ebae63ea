"""Asks a running container: who process 1 is, what listens, what answers, what it writes, how it stops."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dockerfix.frozen import frozen
from dockerfix.verify.container.http import ask_http
from dockerfix.verify.container.process import capability_names, listening, program_name
from dockerfix.verify.engine import Running
from dockerfix.verify.measured import HttpAnswer, Smoke, Started

__all__ = ["Probe", "observe"]

_PAUSE = 0.2
_WITHOUT_PORTS = 6.0  # seconds that a container is given to fail that is not known to listen
_SETTLE = 1.0
_LOG_LINES = 15
_DENIED = re.compile(
    r"(?:Permission denied|Read-only file system|EACCES: permission denied|EROFS: read-only file system)"
    r"[^'\"/\n]*['\"]?(/[^'\"\s:,]+)"
    r"|(?<![\w./-])(/[^\s'\":,]+)['\"]?: (?:Permission denied|permission denied|Read-only file system)"
)
# What says that something may not be written, and often not which path.
_COMPLAINT = re.compile(
    r"permission denied|permissionerror|read-?only (?:file system|database)|\bE(?:ACCES|ROFS|PERM)\b"
    r"|operation not permitted"
    r"|unable to open database file|(?:is )?not write?able|cannot (?:create|write|open)\b.*\b(?:file|directory|folder)",
    re.IGNORECASE,
)
_COMPLAINTS = 3
_SIGNS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")  # colours, and what else moves a cursor
_WIDTH = 160  # characters of a line
_LINES, _LONGEST = 2000, 1000  # lines of a log that are read, and characters of one
# Prints each path that this user could not write: the path itself, or the nearest folder above that is there.
_UNWRITABLE = """
for wanted in "$@"; do
  place=$wanted
  while [ ! -e "$place" ] && [ "$place" != / ]; do place=${place%/*}; place=${place:-/}; done
  [ -w "$place" ] || printf '%s\\n' "$wanted"
done
"""
_BYTECODE = ("/__pycache__/", ".pyc")
_MISSING = 127
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,31}", re.ASCII)
_FEW = 400  # paths that are asked about


@frozen
class Probe:
    """How to observe.

    Attributes:
        seconds: how long the container may take until it answers.
        grace: seconds between SIGTERM and SIGKILL.
        expected_ports: asked first; with none, a container is not waited for long.
        smoke: the user's check: run inside by `sh` as the container's user or, where the image lacks the program, by
            this machine's in the container's network.
        wanted: paths that the image before the repairs wrote, as root perhaps.
        health: the words of its health check; asked first, until it passes or the time is up.
        looks_closely: also which processes there are, and which of the watched files are read.
    """

    seconds: float = 30.0
    grace: int = 10
    expected_ports: tuple[int, ...] = ()
    smoke: str | None = None
    wanted: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    looks_closely: bool = False


@dataclass
class _Seen:
    """What was seen of a container until it answered, ended, or its time was up."""

    begun: float
    status: str = ""
    cmdline: str = ""
    ports: tuple[tuple[int, bool], ...] | None = None
    http: HttpAnswer | None = None
    http_unknown: str = ""
    health: Smoke | None = None
    programs: dict[str, None] = field(default_factory=dict)
    user: str | None = None
    home: str | None = None
    ended: int | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun


def observe(running: Running, probe: Probe, left: Callable[[tuple[str, ...] | None], None] = lambda _: None) -> Started:
    """What a container that was just started does, until it is stopped; it is still to be removed.

    `left` hears what it wrote, before it is asked to stop.

    What it wanted to write and could not is known in two ways: from its log ("Permission denied: '/data/db'"), and
    by asking, as its user, whether the paths could be written that the image before the repairs wrote.
    """
    seen = _watched(running, probe)
    is_there = seen.ended is None
    smoke = _smoke(running, probe) if is_there else None
    unwritable = _unwritable(running, probe.wanted) if is_there else None
    programs = _names(seen, running) if is_there and probe.looks_closely else tuple(seen.programs)
    opened = running.opened() if is_there and probe.looks_closely else ()
    left(running.written())
    stopped = running.stop(probe.grace) if is_there else None
    log = _readable(running.log())
    return Started(
        uid=_effective_id(seen.status),
        capabilities=capability_names(seen.status),
        argv=tuple(seen.cmdline.rstrip("\0").split("\0")) if seen.cmdline else None,
        program=program_name(seen.cmdline),
        ports=None if seen.ports is None else tuple(port for port, reachable in seen.ports if reachable),
        loopback_ports=tuple(port for port, reachable in seen.ports or () if not reachable),
        http=seen.http,
        http_unknown=seen.http_unknown,
        ended=seen.ended,
        stop_seconds=None if stopped is None else round(stopped.seconds, 2),
        stop_code=None if stopped is None else stopped.exit_code,
        written=running.written(),
        denied=_merged(unwritable, _denied_in(log)),
        complaints=_complaints_in(log),
        smoke=smoke,
        health=seen.health,
        programs=programs,
        opened=opened,
        home=seen.home,
        user=seen.user,
        log=tuple(log.splitlines()[-_LOG_LINES:]),
    )


def _readable(log: str) -> str:
    """The end of a log, without signs that a terminal would obey; a program may print anything, and without end."""
    return "\n".join(_SIGNS.sub("", line[:_LONGEST]) for line in log.splitlines()[-_LINES:])


def _watched(running: Running, probe: Probe) -> _Seen:
    seen = _Seen(time.monotonic())
    patience = probe.seconds if probe.expected_ports or probe.health else min(probe.seconds, _WITHOUT_PORTS)
    while running.exit_code() is None and seen.seconds < patience:
        # Of a process that is about to end nothing may be left to read.
        seen.status = running.read("/proc/1/status") or seen.status
        seen.cmdline = running.read("/proc/1/cmdline") or seen.cmdline
        seen.programs |= dict.fromkeys(running.programs()) if probe.looks_closely else {}
        seen.home = _home(running.read("/proc/1/environ")) or seen.home
        seen.ports = listening(running.read("/proc/1/net/tcp"), running.read("/proc/1/net/tcp6"))
        if probe.health and seen.seconds > _PAUSE:
            seen.health = _health(running, probe)
            if seen.health.exit_code != 0 and running.exit_code() is None:
                time.sleep(_PAUSE)
                continue
        if seen.ports:
            seen.http, seen.http_unknown = ask_http(running, _asked(seen.ports, probe), seen.begun, probe.seconds)
            break
        if seen.ports is None and seen.seconds > _SETTLE:  # nobody can look into it
            break
        time.sleep(_PAUSE)
    uid = _effective_id(seen.status)
    if uid is not None and running.exit_code() is None:
        seen.user = _name_of(uid, running.read("/etc/passwd") or "")
    seen.ended = running.exit_code()
    return seen


def _name_of(uid: int, accounts: str) -> str | None:
    """The name of a user in a text of accounts, as the image's own `cat` gives it."""
    for line in accounts.splitlines()[:_LINES]:
        name, *rest = line.split(":")
        if rest[1:2] == [str(uid)] and _NAME.fullmatch(name):
            return name
    return None


def _health(running: Running, probe: Probe) -> Smoke:
    answer = running.execute(*probe.health, seconds=probe.seconds)
    return Smoke(answer.exit_code, "\n".join(_readable(answer.output).splitlines()[-10:]))


def _asked(open_ports: Sequence[tuple[int, bool]], probe: Probe) -> tuple[int, ...]:
    """The ports to ask, those that were expected first."""
    found = [port for port, _ in open_ports]
    return tuple(sorted(found, key=lambda port: (port not in probe.expected_ports, port)))


def _smoke(running: Running, probe: Probe) -> Smoke | None:
    if probe.smoke is None:
        return None
    words = ("sh", "-c", probe.smoke)
    answer = running.execute(*words, seconds=probe.seconds)
    if answer.exit_code == _MISSING:  # few images have curl; this machine may
        answer = running.execute_beside(*words, seconds=probe.seconds) or answer
    return Smoke(answer.exit_code, "\n".join(_readable(answer.output).splitlines()[-10:]))


def _unwritable(running: Running, wanted: Sequence[str]) -> tuple[str, ...] | None:
    paths = [path for path in wanted if not any(mark in path for mark in _BYTECODE)][:_FEW]
    if not paths:
        return ()
    answer = running.execute("sh", "-c", _UNWRITABLE, "sh", *paths, seconds=30)
    if answer.exit_code != 0:
        return None
    told = set(answer.output.splitlines())  # by a shell of the image, which may say anything
    return tuple(path for path in paths if path in told)


def _denied_in(log: str) -> tuple[str, ...]:
    found = (posixpath.normpath(match[1] or match[2]) for match in _DENIED.finditer(log))
    return tuple(path for path in found if not any(mark in path for mark in _BYTECODE))


def _complaints_in(log: str) -> tuple[str, ...]:
    """The lines of a log that speak of what may not be written and name no path, each once."""
    lines = (line.strip()[:_WIDTH] for line in log.splitlines() if _COMPLAINT.search(line) and not _denied_in(line))
    told = [line for line in lines if not any(mark in line for mark in _BYTECODE)]
    return tuple(dict.fromkeys(told))[:_COMPLAINTS]


def _merged(asked: tuple[str, ...] | None, told: tuple[str, ...]) -> tuple[str, ...] | None:
    if asked is None and not told:
        return None
    return tuple(dict.fromkeys((*(asked or ()), *told)))


def _names(seen: _Seen, running: Running) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*seen.programs, *running.programs())))


def _home(environ: str | None) -> str | None:
    """HOME in /proc/PID/environ."""
    pairs = (text.partition("=") for text in (environ or "").split("\0"))
    return next((value.rstrip("/") for name, _, value in pairs if name == "HOME" and value.startswith("/")), None)


def _effective_id(status: str) -> int | None:
    """The effective user of /proc/PID/status."""
    line = re.search(r"^Uid:\s+\d+\s+([0-9]{1,10})\s", status, re.MULTILINE)
    return int(line[1]) if line else None
