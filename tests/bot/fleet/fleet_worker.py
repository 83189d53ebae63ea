"""A fleet's process for the tests: its job is to write a line in a file, and to die where it is told to.

Arguments of `main`: database URL, worker's name, jobs at once, folder for the lines, how many repositories to start
with, and the number of the job's line after which the process kills itself (0 for never).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from dockerfix.bot.fleet import End, Job, Pace, Result
from dockerfix.bot.fleet.engine import Engine
from dockerfix.bot.fleet.store import Store
from dockerfix.bot.forge_errors import TransientError
from dockerfix.frozen import freeze_at_once

PACE = Pace(poll=0.02, beat=0.1, silence=1.0, back_off=0.02)


def main(url: str, worker: str, jobs: str, folder: str, count: str, deadly: str) -> None:
    freeze_at_once()
    lines = Path(folder)
    store = Store(url)

    def work(job: Job) -> Result:
        marks = lines / job.path.replace("/", "-")
        with marks.open("a") as file:
            file.write(f"{worker}\n")
        if int(deadly) and len(list(lines.iterdir())) >= int(deadly):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)
        if job.path.endswith("7") and len(marks.read_text().splitlines()) < 2:
            raise TransientError("502")
        return Result(job.path, End.OPENED, repairs={"DF401": 1})

    run = store.begin_run("test", "forge.example", "test", "{}")
    engine = Engine(url, store, run.host, worker, work, int(jobs), threading.Event(), PACE)
    with engine.running(run):
        if not run.is_listed:
            engine.enqueue(run, (f"owner/r{number}" for number in range(int(count))))
            store.set_listed(run.id)
        engine.resume(run)
        engine.wait(run, lambda counts: None)
    os._exit(0)  # DBOS leaves threads behind
