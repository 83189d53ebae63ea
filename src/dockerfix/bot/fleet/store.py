"""The tables that the workers of a fleet share, beside those of DBOS in the same database.

Every change is one transaction that may be made again, so that a process may be killed before or after any of them.
Times are seconds since 1970 by the database's clock: the machines of a fleet need not agree on theirs.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dockerfix.bot.fleet.values import Bounds, End, Job, Result, Run

__all__ = ["HOUR", "Store"]

HOUR = 3600.0
_BATCH = 500

_METADATA = sa.MetaData()
_RUNS = sa.Table(
    "dockerfix_run",
    _METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False, index=True),  # the same for the same request
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("is_listed", sa.Boolean, nullable=False),
    sa.Column("started", sa.Double, nullable=False),
    sa.Column("finished", sa.Double),
)
_JOBS = sa.Table(
    "dockerfix_job",
    _METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("end", sa.Text, nullable=False),
    sa.Column("result", sa.Text),
    sa.Index("dockerfix_job_by_end", "run", "end"),
)
_WORKERS = sa.Table(
    "dockerfix_worker",
    _METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("beat", sa.Double, nullable=False),
)
_BUDGETS = sa.Table(
    "dockerfix_budget",
    _METADATA,
    sa.Column("identity", sa.Text, primary_key=True),
    sa.Column("closed_until", sa.Double, nullable=False),  # the forge asked to be left alone until then
    sa.Column("next_write", sa.Double, nullable=False),
)
_OPENINGS = sa.Table(
    "dockerfix_opening",
    _METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Index("dockerfix_opening_by_time", "identity", "at"),
)


class Store:
    """The shared tables of one database."""

    def __init__(self, url: str) -> None:
        """Connect, and make the tables where they are missing.

        Args:
            url: `sqlite:///PATH` or `postgresql://…`.
        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be reached or used.
        """
        self.is_shared = not url.startswith("sqlite")
        self._engine = sa.create_engine(_with_driver(url), **_ENGINE[self.is_shared])
        self._insert: Callable[[sa.Table], Any] = postgresql.insert if self.is_shared else sqlite.insert
        with self._engine.begin() as connection:
            self._alone(connection)  # two workers that start at once would both make the tables
            _METADATA.create_all(connection)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # Runs and their jobs

    def begin_run(self, key: str, host: str, title: str, options: str, *, fresh: bool = False) -> Run:
        """The unfinished run of this request, else a new one.

        Args:
            key: the same for the same request.
            options: take the place of those of the unfinished run.
            fresh: give up an unfinished one; what it has not done stays undone.
        """
        with self._engine.begin() as connection:
            self._alone(connection)
            now = self._now(connection)
            unfinished = sa.and_(_RUNS.c.key == key, _RUNS.c.finished.is_(None))
            if fresh:
                connection.execute(sa.update(_RUNS).where(unfinished).values(finished=now))
            found = connection.execute(sa.select(_RUNS).where(unfinished).order_by(_RUNS.c.started)).first()
            if found is not None:
                connection.execute(sa.update(_RUNS).where(_RUNS.c.id == found.id).values(options=options))
                return replace(_run(found), options=options)
            name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{uuid.uuid4().hex[:6]}"
            values = {"id": name, "host": host, "title": title, "options": options, "is_listed": False, "started": now}
            connection.execute(sa.insert(_RUNS).values(key=key, **values))
            return Run(**values, finished=None)  # type: ignore[arg-type]  # the values above, by their names

    def run(self, name: str) -> Run:
        """A run by its id, which must be there."""
        with self._engine.begin() as connection:
            return _run(connection.execute(sa.select(_RUNS).where(_RUNS.c.id == name)).one())

    def latest_run(self, key: str) -> Run | None:
        """The newest run of a request; None where there was none."""
        with self._engine.begin() as connection:
            query = sa.select(_RUNS).where(_RUNS.c.key == key).order_by(_RUNS.c.started.desc())
            found = connection.execute(query).first()
            return None if found is None else _run(found)

    def unfinished_runs(self) -> list[Run]:
        """Oldest first."""
        with self._engine.begin() as connection:
            query = sa.select(_RUNS).where(_RUNS.c.finished.is_(None)).order_by(_RUNS.c.started)
            return [_run(row) for row in connection.execute(query)]

    def add(self, run: str, paths: Iterable[str]) -> None:
        """Note repositories of a run as waiting; those that are noted keep what they have."""
        rows = [{"run": run, "path": path, "end": End.WAITING.value} for path in dict.fromkeys(paths)]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(self._insert(_JOBS).values(rows).on_conflict_do_nothing())

    def set_listed(self, run: str) -> None:
        """All repositories of the run are noted."""
        with self._engine.begin() as connection:
            connection.execute(sa.update(_RUNS).where(_RUNS.c.id == run).values(is_listed=True))

    def finish_run(self, run: str) -> None:
        """Nothing of the run is left to do."""
        with self._engine.begin() as connection:
            now = self._now(connection)
            open_run = sa.and_(_RUNS.c.id == run, _RUNS.c.finished.is_(None))
            connection.execute(sa.update(_RUNS).where(open_run).values(finished=now))

    def record(self, job: Job, result: Result) -> None:
        """Note what became of a repository; a later call for the same job says it better."""
        with self._engine.begin() as connection:
            here = sa.and_(_JOBS.c.run == job.run, _JOBS.c.path == job.path)
            values = {"end": result.end.value, "result": result.to_json()}
            connection.execute(sa.update(_JOBS).where(here).values(values))

    def counts(self, run: str) -> dict[End, int]:
        """How many repositories of a run came to which end."""
        query = sa.select(_JOBS.c.end, sa.func.count()).where(_JOBS.c.run == run).group_by(_JOBS.c.end)
        with self._engine.begin() as connection:
            return {End(end): count for end, count in connection.execute(query)}

    def waiting(self, run: Run) -> Iterator[list[Job]]:
        """The jobs without a result, in lists of some hundred."""
        last = ""
        while True:
            here = sa.and_(_JOBS.c.run == run.id, _JOBS.c.end == End.WAITING.value, _JOBS.c.path > last)
            query = sa.select(_JOBS.c.path).where(here).order_by(_JOBS.c.path).limit(_BATCH)
            with self._engine.begin() as connection:
                paths = list(connection.execute(query).scalars())
            if not paths:
                return
            yield [Job(run.id, run.host, path) for path in paths]
            last = paths[-1]

    def results(self, run: str) -> Iterator[Result]:
        """What is known of each repository, by path; read in pieces."""
        last = ""
        while True:
            here = sa.and_(_JOBS.c.run == run, _JOBS.c.path > last)
            query = sa.select(_JOBS.c.path, _JOBS.c.result).where(here).order_by(_JOBS.c.path).limit(_BATCH)
            with self._engine.begin() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            for path, text in rows:
                yield Result(path, End.WAITING) if text is None else Result.from_json(text)
            last = rows[-1][0]

    # Workers

    def beat(self, worker: str, host: str) -> None:
        """This worker of a forge lives."""
        with self._engine.begin() as connection:
            self._set(connection, _WORKERS, {"id": worker}, {"host": host, "beat": self._now(connection)})

    def forget(self, worker: str) -> None:
        """This worker's jobs are adopted."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_WORKERS).where(_WORKERS.c.id == worker))

    def claim_dead(self, host: str, silence: float) -> list[str]:
        """A forge's workers that gave no sign for `silence` seconds.

        Nobody else gets them for as long, so that one adopts their jobs; should it die at it, they are dead again.
        """
        with self._engine.begin() as connection:
            now = self._now(connection)
            silent = sa.and_(_WORKERS.c.host == host, _WORKERS.c.beat < now - silence)
            dead = sa.update(_WORKERS).where(silent).values(beat=now)
            return list(connection.execute(dead.returning(_WORKERS.c.id)).scalars())

    # What the forge allows

    def pause(self, identity: str, seconds: float) -> None:
        """The forge wants no request of this identity for so long."""
        with self._engine.begin() as connection:
            until = self._now(connection) + seconds
            self._open_budget(connection, identity)
            later = sa.and_(_BUDGETS.c.identity == identity, _BUDGETS.c.closed_until < until)
            connection.execute(sa.update(_BUDGETS).where(later).values(closed_until=until))

    def pause_left(self, identity: str) -> float:
        """Seconds until the forge may be asked again; 0 for now."""
        with self._engine.begin() as connection:
            query = sa.select(_BUDGETS.c.closed_until).where(_BUDGETS.c.identity == identity)
            until = connection.execute(query).scalar()
            return 0.0 if until is None else max(0.0, until - self._now(connection))

    def turn_to_write(self, identity: str, gap: float) -> float:
        """Take the next turn to write; returns the seconds until then."""
        with self._engine.begin() as connection:
            self._open_budget(connection, identity)
            mine = _BUDGETS.c.identity == identity
            turn = connection.execute(sa.select(_BUDGETS.c.next_write).where(mine)).scalar_one()
            now = self._now(connection)
            begins = max(now, turn)
            connection.execute(sa.update(_BUDGETS).where(mine).values(next_write=begins + gap))
            return float(begins - now)

    def may_open(self, job: Job, identity: str, bounds: Bounds) -> float | None:
        """Whether a pull request may be opened for a job; a yes is kept, and asked again it is the same yes.

        Returns:
            0 for yes, the seconds until the hour allows another one, None when the run has opened all it may.
        """
        with self._engine.begin() as connection:
            self._open_budget(connection, identity)
            now = self._now(connection)
            had = sa.and_(_OPENINGS.c.run == job.run, _OPENINGS.c.path == job.path)
            if connection.execute(sa.select(_OPENINGS.c.at).where(had)).first() is not None:
                return 0.0
            if bounds.per_run is not None and _count(connection, _OPENINGS.c.run == job.run) >= bounds.per_run:
                return None
            wait = _until_free(connection, identity, bounds.per_hour, now)
            if wait == 0:
                values = {"run": job.run, "path": job.path, "identity": identity, "at": now}
                connection.execute(sa.insert(_OPENINGS).values(values))
            return wait

    def has_opened(self, job: Job) -> bool:
        """Whether `may_open` has said yes for this job: its pull request may have been opened before a kill."""
        with self._engine.begin() as connection:
            had = sa.and_(_OPENINGS.c.run == job.run, _OPENINGS.c.path == job.path)
            return connection.execute(sa.select(_OPENINGS.c.at).where(had)).first() is not None

    def not_opened(self, job: Job) -> None:
        """What `may_open` allowed was not used."""
        with self._engine.begin() as connection:
            had = sa.and_(_OPENINGS.c.run == job.run, _OPENINGS.c.path == job.path)
            connection.execute(sa.delete(_OPENINGS).where(had))

    def _alone(self, connection: sa.Connection) -> None:
        """Wait until no other process does the like, until the transaction ends; on SQLite there is no other."""
        if self.is_shared:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7305127)"))

    def _open_budget(self, connection: sa.Connection, identity: str) -> None:
        """Make sure that the row is there, and hold it until the transaction ends: others wait for their turn."""
        values = {"closed_until": 0.0, "next_write": 0.0}
        self._set(connection, _BUDGETS, {"identity": identity}, values, {"identity": identity})

    def _set(
        self,
        connection: sa.Connection,
        table: sa.Table,
        key: dict[str, str],
        values: dict[str, Any],
        changes: dict[str, Any] | None = None,
    ) -> None:
        """Insert a row, or change the one that is there (by `values` where `changes` is not given)."""
        row = self._insert(table).values(**key, **values)
        connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=changes or values))

    def _now(self, connection: sa.Connection) -> float:
        if not self.is_shared:  # all processes are on this machine
            return time.time()
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


_ENGINE: dict[bool, dict[str, Any]] = {
    True: {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 20},
    False: {"connect_args": {"timeout": 60, "check_same_thread": False}},
}


def _with_driver(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in ("postgres", "postgresql") else url


def _count(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_OPENINGS).where(where)).scalar_one()


def _until_free(connection: sa.Connection, identity: str, per_hour: int | None, now: float) -> float:
    """Seconds until one more fits into the hour."""
    if per_hour is None:
        return 0.0
    recent = sa.and_(_OPENINGS.c.identity == identity, _OPENINGS.c.at > now - HOUR)
    query = sa.select(_OPENINGS.c.at).where(recent).order_by(_OPENINGS.c.at.desc()).offset(per_hour - 1).limit(1)
    oldest = connection.execute(query).scalar()
    return 0.0 if oldest is None else max(0.001, float(oldest) + HOUR - now)


def _run(row: sa.Row[Any]) -> Run:
    return Run(row.id, row.host, row.title, row.options, row.is_listed, row.started, row.finished)
