"""Runs the jobs of a fleet on DBOS: one durable workflow a repository, of steps that may be made again after a kill.

What its users must know of DBOS is kept here: a step may run twice, so that a job looks for what is there before it
makes anything; the version of the application is pinned, or an update would strand jobs; a dead worker is not noticed
by DBOS itself, so that workers leave signs of life and adopt the jobs of one that stopped.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from dbos import DBOS, DBOSConfig, SetWorkflowID

from dockerfix.bot.fleet import values
from dockerfix.bot.fleet.budget import PostponedError, StoppedError
from dockerfix.bot.fleet.store import Store
from dockerfix.bot.fleet.values import End, Job, Pace, Result, Run
from dockerfix.bot.forge_errors import RateLimitedError, TransientError
from dockerfix.errors import DockerfixError
from dockerfix.frozen import frozen

__all__ = ["Engine", "Work"]

Work = Callable[[Job], Result]

_ATTEMPTS = 5
_BATCH = 200
_PATIENCE = 5.0  # seconds that jobs under way get when the process is to end


@frozen
class Engine:
    """One process of a fleet.

    Attributes:
        url: of the database, `sqlite:///PATH` or `postgresql://…`.
        host: the forge's.
        worker: a name that no other living process has; the embedded mode keeps one name for all starts.
        work: does one job; may be called again for the same job at any time.
        jobs: how many at once for one run.
        stopping: set when this process should end; jobs under way then wait for another one.
    """

    url: str
    store: Store
    host: str
    worker: str
    work: Work
    jobs: int
    stopping: threading.Event
    pace: Pace = Pace()

    @contextmanager
    def running(self, run: Run | None) -> Iterator[None]:
        """Work in threads while the block runs.

        The sign of life stays when the block ends: should a job still be in hand, others find it when the sign is old.

        Args:
            run: whose jobs are done; None for those of all runs on the host, those that begin later too.
        """
        global _engine
        if _engine is not None and not _engine.stopping.is_set():
            raise RuntimeError("one engine a process: DBOS is a singleton")
        _engine = self
        self.store.beat(self.worker, self.host)
        DBOS(config=self._config())
        if run is not None:
            DBOS.listen_queues([_queue(run)])
        DBOS.launch()
        if run is not None:
            DBOS.register_queue(_queue(run), worker_concurrency=self.jobs, polling_interval_sec=self.pace.poll)
        nurse = threading.Thread(target=self._nurse, daemon=True)
        nurse.start()
        try:
            yield
        finally:
            self.stopping.set()
            _wait_for_jobs()
            DBOS.destroy()
            nurse.join(10)

    def enqueue(self, run: Run, paths: Iterable[str]) -> None:
        """Note repositories and give them to the workers; what is noted already stays what it is."""
        for batch in _batches(paths):
            self.store.add(run.id, batch)
            self._enqueue(run, batch)

    def resume(self, run: Run) -> None:
        """Give to the workers what a killed process noted and did not come to hand on."""
        for jobs in self.store.waiting(run):
            self._enqueue(run, [job.path for job in jobs])

    def wait(self, run: Run, told: Callable[[dict[End, int]], None]) -> None:
        """Until every repository of a run has an end, or the process is to stop.

        Args:
            told: called now and then with how many came to which end.
        """
        checked = time.monotonic()
        while not self.stopping.wait(self.pace.poll):
            counts = self.store.counts(run.id)
            told(counts)
            if not counts.get(End.WAITING):
                self.store.finish_run(run.id)
                DBOS.delete_queue(_queue(run))
                return
            if time.monotonic() - checked > self.pace.silence:
                checked = time.monotonic()
                self._give_up_broken(run)

    def _enqueue(self, run: Run, paths: Iterable[str]) -> None:
        for path in paths:
            with SetWorkflowID(Job(run.id, run.host, path).id):
                DBOS.enqueue_workflow(_queue(run), _repair_repository, run.id, run.host, path)

    def _config(self) -> DBOSConfig:
        return {
            # Queues belong to an application: one for each host, so that no worker takes jobs it has no token for.
            "name": f"dockerfix-{hashlib.sha256(self.host.encode()).hexdigest()[:16]}",
            "system_database_url": self.url,
            "application_version": values.ENGINE_VERSION,
            "executor_id": self.worker,
            "log_level": "CRITICAL",
            "enable_otlp": False,
            "sys_db_pool_size": max(10, self.jobs * 2),
            "notification_listener_polling_interval_sec": self.pace.poll,
        }

    def _nurse(self) -> None:
        """Leave signs of life, and adopt the jobs of those who leave none."""
        while not self.stopping.wait(self.pace.beat):
            try:
                self.store.beat(self.worker, self.host)
                for dead in self.store.claim_dead(self.host, self.pace.silence):
                    _adopt(dead)
                    self.store.forget(dead)
            except Exception:  # the database is away for a moment: the next beat tries again
                continue

    def _give_up_broken(self, run: Run) -> None:
        """Note the jobs that DBOS will not start again, so that the run ends."""
        broken = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
        for jobs in self.store.waiting(run):
            by_id = {job.id: job for job in jobs}
            for status in _statuses(workflow_ids=list(by_id), status=broken):
                job = by_id[status.workflow_id]
                self.store.record(job, Result(job.path, End.FAILED, f"given up by the engine ({status.status})"))


_engine: Engine | None = None
_in_hand: set[str] = set()  # jobs that this process is at


def _current() -> Engine:
    assert _engine is not None  # set before DBOS starts, and not taken back: jobs may outlive the block
    return _engine


def _queue(run: Run) -> str:
    """A queue for each run: whoever asks for one repository does not go on with a thousand that were interrupted."""
    return f"{run.host}/{run.id}"


@DBOS.workflow(name="repair_repository", max_recovery_attempts=100)
def _repair_repository(run: str, host: str, path: str) -> str:
    back_off = _current().pace.back_off
    for attempt in range(1, _ATTEMPTS + 1):
        end = _attempt(run, host, path, attempt)
        if end != End.WAITING.value:
            return end
        DBOS.sleep(_spread(back_off * 2 ** (attempt - 1)))
    return End.FAILED.value


@DBOS.step(name="attempt")
def _attempt(run: str, host: str, path: str, attempt: int) -> str:
    """Do the job and note what came of it; waiting means that it should be tried again."""
    engine, job = _current(), Job(run, host, path)
    if engine.stopping.is_set():
        _wait_for_end()
    _in_hand.add(job.id)
    try:
        return _done(engine, job, attempt).value
    finally:
        _in_hand.discard(job.id)


def _done(engine: Engine, job: Job, attempt: int) -> End:
    if engine.store.run(job.run).finished is not None:  # given up; or done, and this is what a dead worker left
        return End.POSTPONED
    started = time.monotonic()
    result = _tried(engine, job, is_last=attempt == _ATTEMPTS)
    if result.end in (End.WAITING, End.FAILED) and engine.stopping.is_set():
        _in_hand.discard(job.id)
        _wait_for_end()
    if result.end is not End.WAITING:
        engine.store.record(job, replace(result, attempts=attempt, seconds=round(time.monotonic() - started, 3)))
    return result.end


def _tried(engine: Engine, job: Job, *, is_last: bool) -> Result:
    had_opened = engine.store.has_opened(job)
    try:
        result = engine.work(job)
    except StoppedError as error:
        return Result(job.path, End.WAITING, str(error))
    except (TransientError, RateLimitedError) as error:
        return Result(job.path, End.FAILED if is_last else End.WAITING, str(error))
    except PostponedError as error:
        return Result(job.path, End.POSTPONED, str(error))
    except DockerfixError as error:
        return Result(job.path, End.FAILED, str(error))
    except Exception as error:
        told = f"dockerfix itself failed, please report it ({type(error).__name__}: {error})"
        return Result(job.path, End.FAILED, told)
    if had_opened and result.end in (End.UPDATED, End.UNCHANGED):  # an attempt before this one opened it
        return replace(result, end=End.OPENED)
    if result.end in (End.CLEAN, End.LEFT_ALONE, End.CLOSED):
        engine.store.not_opened(job)
    return result


def _wait_for_jobs() -> None:
    """Give the jobs under way a moment to come to their end."""
    deadline = time.monotonic() + _PATIENCE
    while _in_hand and time.monotonic() < deadline:
        time.sleep(0.02)


def _wait_for_end() -> NoReturn:
    """Keep a job from ending that was stopped on the way: its thread goes with the process, and others take it up."""
    while True:
        time.sleep(3600)


def _adopt(dead: str) -> None:
    """Put what a dead worker had in hand back where it took it from."""
    by_queue: dict[str, list[str]] = {}
    for status in _statuses(executor_id=dead, status="PENDING"):
        if status.queue_name:
            by_queue.setdefault(status.queue_name, []).append(status.workflow_id)
    for queue, names in by_queue.items():
        DBOS.resume_workflows(names, queue_name=queue)


def _statuses(**conditions: Any) -> list[Any]:
    return DBOS.list_workflows(load_input=False, load_output=False, **conditions)  # type: ignore[no-any-return,unused-ignore]


def _spread(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for path in paths:
        batch.append(path)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
