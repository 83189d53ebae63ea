"""Starts an image as its project does, with its services beside it, and asks it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dockerfix.verify.commands import Commands
from dockerfix.verify.container.probe import Probe, observe
from dockerfix.verify.engine import Answer, Running, Stopped
from dockerfix.verify.engines.container import Container
from dockerfix.verify.measured import Started
from proof.bases import Bases
from proof.compose import SERVICES, Service, Surroundings, service_kind
from proof.docker import Daemon

__all__ = ["Run", "Seen", "run"]

_LABEL = "org.dockerfix.proof"
_ASKER = Path(__file__).with_name("asker.py")
_ASK_SECONDS = 40
_SERVICE_SECONDS = 40.0
_START_SECONDS = 45.0
_SOME_PORT = 8000
_MEMORY, _PROCESSES = "3g", "1024"
_OWNER = "1000:1000"  # whose checkout a bind mount shows on most machines


@dataclass(frozen=True)
class Run:
    """What is started: an image, as the service of a compose file, and the routes that it does not tell itself."""

    tag: str
    project: Path
    around: Surroundings
    routes: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    wanted: tuple[str, ...] = ()
    workdir: str = ""


@dataclass(frozen=True)
class Seen:
    """What a container did; `answers` maps each request to what came of it, `log` is all that it printed."""

    started: Started
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: str = ""


class _Asked:
    """A running container that is asked before it is stopped, and whose services' ports are not its own.

    As far as it goes it is looked at from outside, by this machine's own count of processes: a command inside a
    container takes a second where much else runs.
    """

    def __init__(self, inner: Container, pid: int, foreign: frozenset[int], routes: Sequence[str]) -> None:
        self._inner = inner
        self._pid = pid
        self._foreign = foreign
        self._routes = routes
        self.answers: dict[str, dict[str, Any]] = {}
        self.ended: int | None = None

    def read(self, path: str) -> str | None:
        try:
            place = path.removeprefix("/proc/1/")
            outside = f"/proc/{self._pid}/{place}" if place != path else f"/proc/{self._pid}/root{path}"
            text = Path(outside).read_text(errors="replace")
        except OSError:
            return None
        if not path.startswith("/proc/1/net/tcp"):
            return text
        return "\n".join(line for line in text.splitlines() if _listened(line) not in self._foreign)

    def execute(self, *command: str, seconds: float) -> Answer:
        if command[:2] == ("python3", "-c"):  # asks for the first answer
            return self.execute_beside(sys.executable, *command[1:], seconds=seconds)
        return self._inner.execute(*command, seconds=seconds)

    def execute_beside(self, *command: str, seconds: float) -> Answer:
        words = ("nsenter", f"--target={self._pid}", "--net", "--", *command)
        try:
            done = subprocess.run(words, check=False, capture_output=True, text=True, errors="replace", timeout=seconds)
        except subprocess.TimeoutExpired:
            return Answer(124, "")
        return Answer(done.returncode, done.stdout + done.stderr)

    def exit_code(self) -> int | None:
        return None if Path(f"/proc/{self._pid}").exists() and self._pid else self._inner.exit_code()

    def stop(self, grace: int) -> Stopped:
        for port in self._ports():
            answers = self._ask(port)
            if any(answer["status"] for answer in answers.values()):
                self.answers |= {f"{port} {key}": value for key, value in answers.items()}
        self.ended = self.exit_code()
        return self._inner.stop(grace)

    def log(self) -> str:
        return self._inner.log()

    def written(self) -> tuple[str, ...] | None:
        return self._inner.written()

    def programs(self) -> tuple[str, ...]:
        return self._inner.programs()

    def opened(self) -> tuple[str, ...]:
        return self._inner.opened()

    def remove(self) -> None:
        self._inner.remove()

    def _ports(self) -> list[int]:
        tables = (self.read("/proc/1/net/tcp") or "", self.read("/proc/1/net/tcp6") or "")
        found = {_listened(line) for table in tables for line in table.splitlines()}
        return sorted(port for port in found if port is not None)[:3]

    def _ask(self, port: int) -> dict[str, dict[str, Any]]:
        words = (sys.executable, str(_ASKER), str(port), str(_ASK_SECONDS), *self._routes)
        answer = self.execute_beside(*words, seconds=_ASK_SECONDS + 30)
        try:
            told: dict[str, dict[str, Any]] = json.loads(answer.output)
        except ValueError:
            return {}
        return told


def _listened(line: str) -> int | None:
    words = line.split()
    return int(words[1].rpartition(":")[2], 16) if len(words) > 3 and words[3] == "0A" else None


def run(daemon: Daemon, bases: Bases, order: Run) -> Seen:
    """Start everything, ask, stop and remove it."""
    with tempfile.TemporaryDirectory(prefix="dockerfix-proof-") as folder, _network(daemon, order.around) as network:
        services = _services(daemon, bases, order.around, network, Path(folder))
        try:
            foreign = _wait_for(_pid(daemon, network), services, order.around)
            return _own(daemon, order, network, foreign, Path(folder))
        finally:
            for identity in services:
                daemon.run("rm", "--force", "--volumes", identity, check=False)


@contextmanager
def _network(daemon: Daemon, around: Surroundings) -> Iterator[str]:
    """A container that holds the network of all others: only loopback, every service's name leads there."""
    hosts = [part for name in around.hosts for part in ("--add-host", f"{name}:127.0.0.1")]
    words = ("run", "--detach", "--network=none", f"--label={_LABEL}", "--hostname", "app")
    identity = daemon.run(*words, *hosts, "stand-in:trixie", "sleep", "infinity").stdout.strip()
    try:
        yield identity
    finally:
        daemon.run("rm", "--force", identity, check=False)


def _services(daemon: Daemon, bases: Bases, around: Surroundings, network: str, folder: Path) -> list[str]:
    found = []
    for service in around.beside:
        kind = service_kind(service.image)
        assert kind is not None
        image = bases.plain("redis" if kind == "valkey" else kind)
        arguments = service.command or () if not (service.command or ("",))[0].endswith("server") else ()
        words = _words(service, folder, "services")
        created = daemon.run("create", f"--network=container:{network}", *words, image, *arguments)
        found.append(created.stdout.strip())
        daemon.run("start", found[-1])
    return found


def _pid(daemon: Daemon, identity: str) -> int:
    """Process 1 of a container, by this machine's count."""
    return int(daemon.run("inspect", "--format", "{{.State.Pid}}", identity).stdout.strip() or 0)


def _wait_for(pid: int, services: list[str], around: Surroundings) -> frozenset[int]:
    """The ports of the services, once all are open or their time is up."""
    kinds = [service_kind(service.image) or "" for service in around.beside]
    wanted = {SERVICES[kind] for kind in kinds}
    deadline = time.monotonic() + _SERVICE_SECONDS
    found: frozenset[int] = frozenset()
    while services and not wanted <= found and time.monotonic() < deadline:
        time.sleep(0.5)
        tables = [Path(f"/proc/{pid}/net/{name}").read_text() for name in ("tcp", "tcp6")]
        lines = [line for table in tables for line in table.splitlines()]
        found = frozenset(port for port in map(_listened, lines) if port is not None)
    if services and not wanted <= found:
        raise RuntimeError(f"a service did not start: {', '.join(kinds)}")
    return found


def _own(daemon: Daemon, order: Run, network: str, foreign: frozenset[int], folder: Path) -> Seen:
    service = order.around.own
    words = _words(service, folder, "own", order.workdir)
    arguments: list[str] = []
    if service.entrypoint is not None:
        words += ["--entrypoint", service.entrypoint[0] if service.entrypoint else ""]
        arguments = [*service.entrypoint[1:]]
    arguments += [*(service.command or ())]
    created = daemon.run(
        "create", f"--network=container:{network}", f"--memory={_MEMORY}", f"--pids-limit={_PROCESSES}",
        f"--label={_LABEL}", *words, order.tag, *arguments, check=False,
    )  # fmt: skip
    if created.returncode != 0:
        return Seen(Started(ended=125, log=(created.stderr.strip()[-300:],)))
    container = Container.started(Commands(), (daemon.client,), created.stdout.strip())
    try:
        asked = _Asked(container, _pid(daemon, container.identity), foreign, order.routes)
        running: Running = asked
        ports = tuple(dict.fromkeys((*service.ports, *order.ports)))
        # What serves is waited for, also where nothing tells on which port.
        ports = ports or ((_SOME_PORT,) if order.routes else ())
        found = observe(running, Probe(seconds=_START_SECONDS, expected_ports=ports, wanted=order.wanted))
        ended = found.ended if asked.ended is None else asked.ended
        return Seen(replace(found, log_file="", ended=ended), asked.answers, container.log())
    finally:
        container.remove()


def _words(service: Service, folder: Path, kind: str, workdir: str = "") -> list[str]:
    words = [part for name, value in service.environment for part in ("--env", f"{name}={value}")]
    words += [part for target in service.volumes for part in ("--volume", target)]
    for bind in service.binds:
        if kind == "own" and (not workdir or _covers(bind.target, workdir)):
            continue  # a developer's source over the image's own
        place = folder / kind / re.sub(r"\W", "-", bind.target)
        _copy_bind(bind.source, place)
        words += ["--volume", f"{place}:{bind.target}{':ro' if bind.read_only else ''}"]
    words += ["--user", service.user] if service.user else []
    words += ["--workdir", service.workdir] if service.workdir else []
    return words


def _covers(target: str, workdir: str) -> bool:
    """Whether a mount hides the folder that an image works in."""
    return f"{workdir.rstrip('/')}/".startswith(f"{target.rstrip('/')}/")


def _copy_bind(source: Path, place: Path) -> None:
    """What a bind mount shows: the project's folder as a developer owns it, or a new one that the daemon makes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        user, _, group = _OWNER.partition(":")
        for path in [place, *place.rglob("*")]:
            shutil.chown(path, int(user), int(group)) if not path.is_symlink() else None
    elif source.is_file():
        shutil.copyfile(source, place)
    else:
        place.mkdir(exist_ok=True)
