"""Where a run keeps what it makes, and how all of it goes: at the end, and after a `kill -9` at the next run.

A record in the user's state folder names what was made; the file is locked while its run lives. A record that nobody
locks is of a run that was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from dockerfix.errors import DockerfixError
from dockerfix.verify.commands import Commands, end_group
from dockerfix.verify.engine import Engine
from dockerfix.verify.engines import engine_named

__all__ = ["Workspace", "alone", "clean_up_after_killed_runs", "state_folder"]

_LOGS_KEPT = 20  # runs
_LATE = 900.0  # seconds: how long after its last word a killed run's build may have gone on
# What decides which engine is meant: the next run may have another one in its environment.
_ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKERFIX_DOCKER", "CONTAINERS_STORAGE_CONF", "CONTAINER_HOST")


def state_folder() -> Path:
    """`$XDG_STATE_HOME/dockerfix/verify`."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base, "dockerfix", "verify")


@contextmanager
def alone(state: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """One run of a state folder at a time: each removes the caches that were made meanwhile, and disturbs times."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another run to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Workspace:
    """One run: its id, a folder for copies of the context, a folder for logs, and its record."""

    def __init__(self, state: Path) -> None:
        _drop_old_logs(state)
        self.run_id = uuid.uuid4().hex[:12]
        self.state = state
        self.logs = state / "logs" / self.run_id
        self.logs.mkdir(parents=True)
        self.folder = Path(tempfile.mkdtemp(prefix=f"dockerfix-verify-{self.run_id}-"))
        self._path = state / f"{self.run_id}.json"
        self._file = self._path.open("w", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._images = self._logs = self._touches = 0
        self._lock = threading.RLock()
        self.stopped = threading.Event()
        self._record: dict[str, Any] = {
            "folder": str(self.folder),
            "engine": None,
            "caches": [],
            "children": [],
            "environment": {name: os.environ[name] for name in _ENGINE_VARIABLES if name in os.environ},
        }
        self._save()

    def name(self) -> str:
        """A private name for one more image of this run."""
        with self._lock:
            self._images += 1
            return f"dockerfix-verify-{self.run_id}:{self._images}"

    def copy_folder(self) -> Path:
        """A new folder for one more copy of a context."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def next_touch(self) -> int:
        """Another number for each file that is touched in this run."""
        self._touches += 1
        return self._touches

    def log(self, name: str) -> Path:
        """Where a new log goes; it stays when the run is over."""
        with self._lock:
            self._logs += 1
            return self.logs / f"{self._logs:02}-{name}.log"

    def note_engine(self, engine: Engine) -> None:
        """Remember which engine makes things, and what was in its cache before."""
        self._record |= {"engine": engine.name, "caches": [*engine.caches()]}
        self._save()

    def note_child(self, pid: int, runs: bool) -> None:
        """Remember a command that runs now, or forget it: it may outlive this process."""
        with self._lock:
            others = [child for child in self._record["children"] if child[0] != pid]
            self._record["children"] = [*others, [pid, _started_at(pid)]] if runs else others
            self._save()

    def end_children(self) -> None:
        """End the commands that run now, and have no thread start others; whoever waits for one goes on."""
        self.stopped.set()
        for pid, _ in tuple(self._record["children"]):
            end_group(pid)

    def close(self, engine: Engine | None) -> None:
        """Remove everything but the logs."""
        if engine is not None:
            _forget(engine, self.run_id, self._record, time.time())
        shutil.rmtree(self.folder, ignore_errors=True)
        self._path.unlink(missing_ok=True)
        self._file.close()
        with suppress(OSError):
            self.logs.rmdir()  # where no build was started

    def _save(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        json.dump(self._record, self._file)
        self._file.flush()


def clean_up_after_killed_runs(state: Path | None = None) -> tuple[str, ...]:
    """Remove what runs left behind that were killed; the ids of those runs.

    A run whose engine does not answer now stays on record for the next time.
    """
    folder = state if state is not None else state_folder()
    done: list[str] = []
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError), path.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _cleaned(path, file):
                done.append(path.stem)
    return tuple(done)


def _cleaned(path: Path, file: IO[str]) -> bool:
    last_word = path.stat().st_mtime
    text = file.read()
    record = json.loads(text) if text else {}
    for child in record.get("children") or ():
        if _started_at(child[0]) == child[1]:
            end_group(child[0])
    if record.get("engine"):
        engine = _engine_of(record)
        if engine is None:
            return False
        _forget(engine, path.stem, record, last_word + _LATE)
    if Path(record.get("folder") or "").name.startswith("dockerfix-verify-"):
        shutil.rmtree(record["folder"], ignore_errors=True)
    path.unlink(missing_ok=True)
    return True


def _engine_of(record: dict[str, Any]) -> Engine | None:
    environment = dict.fromkeys(_ENGINE_VARIABLES) | record.get("environment", {})
    try:
        engine = engine_named(record["engine"], Commands(environment=environment))
        engine.version()
    except DockerfixError:
        return None
    return engine


def _forget(engine: Engine, run_id: str, record: dict[str, Any], until: float) -> None:
    """Other builds that ran at the same time lose what they left in the cache meanwhile; nothing tells it apart."""
    before = set(record["caches"])
    engine.forget(run_id, ())
    mine = [identity for identity, made in engine.caches().items() if identity not in before and made <= until]
    engine.forget(run_id, mine)


def _started_at(pid: int) -> str | None:
    """When a process began, in the kernel's own count: another one with the same number began at another time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def _drop_old_logs(state: Path) -> None:
    folders = sorted((state / "logs").glob("*"), key=lambda folder: folder.stat().st_mtime)
    for folder in folders[:-_LOGS_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
