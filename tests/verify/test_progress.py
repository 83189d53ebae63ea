"""How far a proof is, and how long it may take."""

from __future__ import annotations

from pathlib import Path

from dockerfix.api import fix_source
from dockerfix.verify.plan import Plan
from dockerfix.verify.progress import Clock, Progress, announcement

OUTCOME = fix_source("FROM python:3.12-slim\nRUN pip install flask\nRUN pip install gunicorn\nCMD python -V\n")


def test_before_a_proof_begins_its_time_is_told() -> None:
    told = announcement(Plan(), OUTCOME, None)
    assert told == "2 builds and 2 starts; about 30.0 s by a rule of thumb, at most 15 min 0 s a build"
    assert announcement(Plan(full=True), OUTCOME, None).startswith("6 builds and 2 starts; about ")


def test_the_last_time_tells_better(tmp_path: Path) -> None:
    clock = Clock(tmp_path, tmp_path / "Dockerfile", Plan())
    assert clock.last() is None
    clock.remember(42.04)
    assert announcement(Plan(), OUTCOME, clock.last()) == "2 builds and 2 starts; about 42.0 s, as the last time"
    assert Clock(tmp_path, tmp_path / "Dockerfile", Plan(full=True)).last() is None


def test_a_broken_record_of_times_is_none(tmp_path: Path) -> None:
    (tmp_path / "times").write_text("[")
    clock = Clock(tmp_path, tmp_path / "Dockerfile", Plan())
    assert clock.last() is None
    clock.remember(1)
    assert clock.last() == 1


def test_steps_are_counted() -> None:
    told: list[str] = []
    progress = Progress(told.append, Plan(), changed=False)
    for number in range(5):
        progress(f"work {number}")
    assert told[0] == "step 1 of 4, work 0"
    assert told[-1] == "step 5 of 5, work 4"
