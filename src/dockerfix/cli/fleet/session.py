"""One run of `dockerfix fleet`: what was asked for, the engine around it, the report at its end."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal

from dockerfix.bot.audit import Audit, audited
from dockerfix.bot.fleet import Bounds, Job, Pace, Result, Run
from dockerfix.bot.fleet.values import ENGINE_VERSION, FIRST_ENGINE
from dockerfix.cli.fleet.database import database, opened
from dockerfix.cli.fleet.names import read_names, repository_paths
from dockerfix.cli.fleet.progress import FleetProgress
from dockerfix.cli.fleet.report import tell
from dockerfix.cli.fleet.request import request_from, request_to_json
from dockerfix.cli.forge.connection import Connection, connect, secrets_put_away, token_names
from dockerfix.cli.forge.requests import RequestOptions, wording_of
from dockerfix.cli.guard import INTERRUPTED
from dockerfix.errors import DockerfixError, UsageError
from dockerfix.extras import install_line
from dockerfix.frozen import freeze_at_once, frozen
from dockerfix.report.printed import one_line

if TYPE_CHECKING:
    from dockerfix.bot.fleet.budget import Budget
    from dockerfix.bot.fleet.engine import Engine
    from dockerfix.bot.fleet.store import Store
    from dockerfix.bot.fleet.visit import Visit

__all__ = ["FleetOptions", "run"]

Task = Literal["run", "work", "status"]


@frozen
class FleetOptions:
    """What the command line says. `org`, `file`, `database` and `max_prs` are None where not given.

    Attributes:
        request: what `dockerfix pr` would be told for each repository, forge and server included.
    """

    repositories: tuple[str, ...] = ()
    org: str | None = None
    file: Path | None = None
    forks: bool = False
    task: Task = "run"
    new: bool = False
    database: str | None = None
    jobs: int = 4
    max_prs: int | None = None
    max_prs_per_hour: int = 100
    write_gap: float = 1.0
    report: Path = Path("dockerfix-fleet.html")
    request: RequestOptions = RequestOptions()
    quiet: bool = False
    pace: Pace = Pace()

    def checked(self) -> FleetOptions:
        """The same options, where they do not contradict each other.

        Raises:
            UsageError: they do.
        """
        named = bool(self.repositories or self.file or self.org)
        if self.task == "work" and (named or self.new):
            raise UsageError("--work takes what other processes began and names no repositories itself")
        if self.task == "work" and not self.is_shared:
            raise UsageError("--work helps over a shared database: --database postgresql://…")
        if self.task != "work" and not named:
            raise UsageError("name repositories, a --file with their names, or an --org")
        if self.org and (self.repositories or self.file):
            raise UsageError("--org takes all repositories of its owner; single ones are named without it")
        if self.database is not None and not self.database.startswith(("postgresql://", "postgres://", "sqlite:///")):
            raise UsageError("--database is postgresql://… or sqlite:///PATH")
        if self.request.is_per_rule:
            raise UsageError("a fleet has one pull request for each repository: --branch without {rule}")
        self.request.checked()
        return self

    @property
    def is_shared(self) -> bool:
        """Whether several machines may use the database."""
        return self.database is not None and not self.database.startswith("sqlite")


def run(options: FleetOptions) -> int:
    """Everything the command does; returns the exit code.

    Raises:
        DockerfixError: DBOS is not installed, the database or the forge refuses, another process uses the database.
    """
    _require_dbos()
    freeze_at_once()  # jobs run in threads
    with secrets_put_away() as environment:
        return _run(options, _Forges(options.request, environment))


def _run(options: FleetOptions, forge: _Forges) -> int:
    request = _request(options, forge.host)
    with database(options.database, is_alone=options.task != "status") as (url, worker), opened(url) as store:
        if options.task == "status":
            return tell(store, _last_run(store, request), options.report)
        code = _Session(options, forge, request, store).run(url, worker)
    if code == INTERRUPTED:  # threads that wait for a forge would keep the process from ending
        sys.stderr.flush()
        os._exit(code)
    return code


class _Forges:
    """The forge that is worked on, and the account: a connection for each thread."""

    def __init__(self, request: RequestOptions, environment: Mapping[str, str]) -> None:
        self._request, self._environment = request, environment
        self._by_thread = threading.local()
        self.host = self.mine.forge.host
        names = ("DOCKERFIX_APP_ID", *token_names(request.forge))
        account = next((environment[name] for name in names if environment.get(name)), "")
        # What the forge counts requests by; it does not give the token away.
        self.identity = f"{self.host}/{hashlib.sha256(account.encode()).hexdigest()[:12]}"

    @property
    def mine(self) -> Connection:
        """This thread's."""
        found: Connection | None = getattr(self._by_thread, "connection", None)
        if found is None:
            found = connect(self._request.forge, self._request.server, self._environment)
            self._by_thread.connection = found
        return found


@frozen
class _Request:
    """What a run is about. `paths` is None for all repositories of an owner."""

    key: str
    title: str
    paths: tuple[str, ...] | None
    options: str


class _Session:
    """A process that works, from its start to its end."""

    def __init__(self, options: FleetOptions, forge: _Forges, request: _Request, store: Store) -> None:
        self._options = options
        self._forge = forge
        self._request = request
        self._store = store
        self._stopping = threading.Event()
        self._visits: dict[str, Visit] = {}
        self._scratch = Path()
        self._audit = Audit(_Log(options.report.with_suffix(".log")).add)

    def run(self, url: str, worker: str) -> int:
        from dockerfix.bot.fleet.engine import Engine
        from dockerfix.bot.fleet.isolated import prepare
        from dockerfix.bot.fleet.scratch import scratch

        options = self._options
        prepare(["dockerfix.cli.fleet.warm"])
        host = self._forge.host
        engine = Engine(url, self._store, host, worker, self._visit, options.jobs, self._stopping, options.pace)
        with scratch() as self._scratch, _interruptible(self._stopping):
            if options.task == "work":
                with engine.running(None):
                    self._stopping.wait()
                return INTERRUPTED
            run = self._begun()
            with engine.running(run):
                self._fill(engine, run)
                self._watch(engine, run)
        run = self._store.run(run.id)
        code = tell(self._store, run, options.report)
        return code if run.finished is not None else INTERRUPTED

    def _begun(self) -> Run:
        request = self._request
        self._tell_of_others()
        return self._store.begin_run(
            request.key, self._forge.host, request.title, request.options, fresh=self._options.new
        )

    def _tell_of_others(self) -> None:
        """Name what was begun and not finished: by another release, or with other words than today's."""
        if self._options.quiet:
            return
        for run in self._store.unfinished_runs():
            when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(run.started))
            begun = f"{run.title}, begun {when} UTC"
            is_mine = self._store.latest_run(self._request.key) == run
            if is_mine and json.loads(run.options).get("engine", FIRST_ENGINE) != ENGINE_VERSION:
                _say(f"{begun} by another release of dockerfix: this one goes on with it (--new gives it up)")
            elif not is_mine and run.host == self._forge.host:
                _say(f"unfinished: {begun}; the same command as then goes on with it")

    def _fill(self, engine: Engine, run: Run) -> None:
        """Give every repository of the run to the workers; what was given before is not given twice."""
        if not run.is_listed:
            engine.enqueue(run, self._until_stopped(self._listed()))
            if self._stopping.is_set():
                return
            self._store.set_listed(run.id)
        engine.resume(run)

    def _listed(self) -> Iterator[str]:
        from dockerfix.bot.fleet.budget import paced

        if self._request.paths is not None:
            yield from self._request.paths
            return
        assert self._options.org is not None  # a request without paths is about an owner
        forge = paced(self._forge.mine.forge, self._budget(_bounds(self._options)))
        for found in forge.repositories(self._options.org):
            if self._options.forks or not found.is_fork:
                yield found.path

    def _until_stopped(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            if self._stopping.is_set():
                return
            yield path

    def _watch(self, engine: Engine, run: Run) -> None:
        with FleetProgress(is_terminal=sys.stderr.isatty()) as progress:
            engine.wait(run, (lambda counts: None) if self._options.quiet else progress.show)

    def _visit(self, job: Job) -> Result:
        if job.run not in self._visits:
            self._visits[job.run] = self._visit_of(self._store.run(job.run))
        return self._visits[job.run](job)

    def _visit_of(self, run: Run) -> Visit:
        """How the jobs of a run are done, as the process that began it was told."""
        from dockerfix.bot.fleet.proposing import Proposing
        from dockerfix.bot.fleet.visit import REPAIR_SECONDS, Visit
        from dockerfix.cli.fleet.looking import repairs_of_checkout
        from dockerfix.cli.forge.proving import PROOF_SECONDS

        said = json.loads(run.options)
        request = request_from(said["request"])
        kind = request.commit_type if request.commit_per_rule else None
        return Visit(
            lambda: audited(self._forge.mine.forge, self._audit),
            self._budget(Bounds(**said["bounds"])),
            lambda path: self._forge.mine.token(path),
            partial(repairs_of_checkout, options=request.repair, kind=kind, is_verified=request.is_verified),
            Proposing(wording_of(request), request.policy, request.branch, request.is_fork),
            self._scratch,
            repair_seconds=PROOF_SECONDS if request.is_verified else REPAIR_SECONDS,
        )

    def _budget(self, bounds: Bounds) -> Budget:
        from dockerfix.bot.fleet.budget import Budget

        return Budget(self._store, self._forge.identity, bounds, self._stopping)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{one_line(sentence)}\n")


class _Log:
    """A file that each write to a forge gets a line in, with its time; for its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()

    def add(self, line: str) -> None:
        """Write one line at its end; a disk that is full stops no work."""
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._lock, suppress(OSError):
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(file, "a", encoding="utf-8") as opened_file:
                opened_file.write(f"{when} {one_line(line)}\n")


# What runs that earlier releases began were not told: left out of a run's key while it is as usual. Whether an index
# may be asked is no part of it at all: that depends on the machine too.
_POLICY_SINCE = {"rebase": "conflict"}


def _request(options: FleetOptions, host: str) -> _Request:
    paths, title = None, f"owner {options.org}"
    if options.org is None:
        listed = read_names(options.file) if options.file else []
        paths = tuple(repository_paths((*options.repositories, *listed), host))
        title = paths[0] if len(paths) == 1 else f"{len(paths)} repositories"
    request = request_to_json(options.request)
    asked = {key: value for key, value in request.items() if key != "online" and (key, value) != ("pin_digests", False)}
    asked["policy"] = {key: value for key, value in request["policy"].items() if value != _POLICY_SINCE.get(key)}
    about = [host, options.org, options.forks, sorted(paths or ()), asked]
    key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:24]
    told = {"request": request, "bounds": asdict(_bounds(options)), "engine": ENGINE_VERSION}
    return _Request(key, title, paths, json.dumps(told))


def _bounds(options: FleetOptions) -> Bounds:
    return Bounds(options.max_prs, options.max_prs_per_hour, options.write_gap)


def _last_run(store: Store, request: _Request) -> Run:
    found = store.latest_run(request.key)
    if found is None:
        raise UsageError("there was no run of these repositories with these options yet")
    return found


def _require_dbos() -> None:
    from importlib.util import find_spec

    if find_spec("dbos") is None:
        raise DockerfixError(f"the fleet needs DBOS: {install_line('fleet')}")


@contextmanager
def _interruptible(stopping: threading.Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM asks to stop, the second one does not ask."""

    def stop(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(INTERRUPTED)
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
