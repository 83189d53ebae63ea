"""Processes of a fleet, killed for real; what is left at the end is read from the database."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import fleet_worker
import pytest
from forked import forking

from dockerfix.bot.fleet import End
from dockerfix.bot.fleet.store import Store

KILLED = -9


def started(url: str, lines: Path, *, worker: str, count: int, deadly: int = 0) -> ForkServerProcess:
    lines.mkdir(exist_ok=True)
    words = (url, worker, "3", str(lines), str(count), str(deadly))
    process = forking().Process(target=fleet_worker.main, args=words)
    process.start()
    return process


def end_of(process: ForkServerProcess) -> int:
    process.join(600)
    assert process.exitcode in (0, KILLED)
    return process.exitcode


def ends(url: str) -> dict[End, int]:
    store = Store(url)
    with_one_run = [run.id for run in store.unfinished_runs()]
    assert with_one_run == []
    import sqlalchemy as sa

    with sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:")).begin() as connection:
        names = connection.execute(sa.text("SELECT id FROM dockerfix_run")).scalars().all()
    assert len(names) == 1
    return store.counts(names[0])


def test_a_killed_process_is_continued_by_the_next_start(sqlite_url: str, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    for deadly in (2, 6, 11):
        assert end_of(started(sqlite_url, lines, worker="embedded", count=12, deadly=deadly)) == KILLED
    assert end_of(started(sqlite_url, lines, worker="embedded", count=12)) == 0
    assert ends(sqlite_url) == {End.OPENED: 12}
    tries = Counter({path.name: len(path.read_text().splitlines()) for path in lines.iterdir()})
    assert len(tries) == 12
    assert sum(tries.values()) <= 12 + 1 + 3 * 3  # one that passes, and three in hand at each of three kills


def test_what_passes_is_tried_again(sqlite_url: str, tmp_path: Path) -> None:
    assert end_of(started(sqlite_url, tmp_path / "lines", worker="embedded", count=8)) == 0
    results = {result.path: result for result in Store(sqlite_url).results(only_run(sqlite_url))}
    assert results["owner/r7"].attempts == 2
    assert results["owner/r7"].end is End.OPENED
    assert results["owner/r6"].attempts == 1


def test_two_workers_share_the_jobs(postgres_url: str, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    workers = [started(postgres_url, lines, worker=name, count=40) for name in ("one", "two")]
    assert [end_of(worker) for worker in workers] == [0, 0]
    assert ends(postgres_url) == {End.OPENED: 40}
    done = Counter(name for path in lines.iterdir() for name in path.read_text().splitlines())
    assert sum(done.values()) == 44  # four pass at the second attempt; no job is done twice
    assert set(done) == {"one", "two"}


def only_run(url: str) -> str:
    import sqlalchemy as sa

    with sa.create_engine(url).begin() as connection:
        return str(connection.execute(sa.text("SELECT id FROM dockerfix_run")).scalar_one())


@pytest.mark.parametrize("forgotten", ["dockerfix.cli", "dockerfix.bot.fleet"])
def test_the_engine_is_not_imported_before_it_is_used(forgotten: str) -> None:
    code = f"import sys, {forgotten}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"dbos", "sqlalchemy", "psycopg"} & set(loaded)
