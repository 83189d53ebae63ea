"""Asks a running container: who process 1 is, what listens, what answers, what it writes, how it stops."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Sequence

from dockerfix.frozen import frozen
from dockerfix.verify.engine import Running
from dockerfix.verify.http import ask_http
from dockerfix.verify.measured import Smoke, Started
from dockerfix.verify.process import capability_names, listening, program_name

__all__ = ["Probe", "observe"]

_PAUSE = 0.2
_SETTLE = 1.0  # seconds that a container without a port is given to fail
_LOG_LINES = 15
_DENIED = re.compile(
    r"(?:Permission denied|Read-only file system|EACCES: permission denied|EROFS: read-only file system)"
    r"[^'\"/\n]*['\"]?(/[^'\"\s:,]+)"
    r"|(/[^\s'\":,]+)['\"]?: (?:Permission denied|permission denied|Read-only file system)"
)
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
    """

    seconds: float = 30.0
    grace: int = 10
    expected_ports: tuple[int, ...] = ()
    smoke: str | None = None
    wanted: tuple[str, ...] = ()


def observe(running: Running, probe: Probe) -> Started:
    """What a container that was just started does, until it is stopped; it is still to be removed.

    What it wanted to write and could not is known in two ways: from its log ("Permission denied: '/data/db'"), and
    by asking, as its user, whether the paths could be written that the image before the repairs wrote.
    """
    status, argv = "", ""
    open_ports: tuple[tuple[int, bool], ...] | None = None
    http = None
    unknown = ""
    begun = time.monotonic()
    patience = probe.seconds if probe.expected_ports else min(probe.seconds, 6.0)
    while (ended := running.exit_code()) is None:
        status = running.read("/proc/1/status") or status
        argv = running.read("/proc/1/cmdline") or argv
        open_ports = listening(running.read("/proc/1/net/tcp"), running.read("/proc/1/net/tcp6"))
        if open_ports:
            http, unknown = ask_http(running, _asked(open_ports, probe), begun, probe.seconds)
            break
        if time.monotonic() - begun > patience or (open_ports is None and time.monotonic() - begun > _SETTLE):
            break
        time.sleep(_PAUSE)
    ended = running.exit_code() if ended is None else ended  # it may have ended just now
    smoke = _smoke(running, probe) if ended is None else None
    unwritable = _unwritable(running, probe.wanted) if ended is None else ()
    stopped = running.stop(probe.grace) if ended is None else None
    log = running.log()
    return Started(
        uid=_number(status, "Uid"),
        capabilities=capability_names(status),
        argv=tuple(argv.rstrip("\0").split("\0")) if argv else None,
        program=program_name(argv),
        ports=None if open_ports is None else tuple(port for port, reachable in open_ports if reachable),
        loopback_ports=tuple(port for port, reachable in open_ports or () if not reachable),
        http=http,
        http_unknown=unknown,
        ended=ended,
        stop_seconds=None if stopped is None else round(stopped.seconds, 2),
        stop_code=None if stopped is None else stopped.exit_code,
        written=running.written(),
        denied=_merged(unwritable, _denied_in(log)),
        smoke=smoke,
        log=tuple(log.splitlines()[-_LOG_LINES:]),
    )


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
    return Smoke(answer.exit_code, "\n".join(answer.output.splitlines()[-10:]))


def _unwritable(running: Running, wanted: Sequence[str]) -> tuple[str, ...] | None:
    paths = [path for path in wanted if not any(mark in path for mark in _BYTECODE)][:_FEW]
    if not paths:
        return ()
    answer = running.execute("sh", "-c", _UNWRITABLE, "sh", *paths, seconds=30)
    return tuple(answer.output.splitlines()) if answer.exit_code == 0 else None


def _denied_in(log: str) -> tuple[str, ...]:
    found = (posixpath.normpath(match[1] or match[2]) for match in _DENIED.finditer(log))
    return tuple(path for path in found if not any(mark in path for mark in _BYTECODE))


def _merged(asked: tuple[str, ...] | None, told: tuple[str, ...]) -> tuple[str, ...] | None:
    if asked is None and not told:
        return None
    return tuple(dict.fromkeys((*(asked or ()), *told)))


def _number(status: str, name: str) -> int | None:
    """The effective id of a line of /proc/PID/status."""
    line = re.search(rf"^{name}:\s+\d+\s+(\d+)", status, re.MULTILINE)
    return int(line[1]) if line else None
