"""One path from a Dockerfile on disk to its repairs, whoever asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.api import fix_file
from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.files.work import Task, prepared
from dockerfix.cli.options import Options
from dockerfix.cli.verify.proving import subject_of
from dockerfix.fix import Outcome

DOCKERFILE = """FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
CMD uvicorn main:app --host 0.0.0.0
"""
FILES = {
    "compose.yaml": "services:\n  web:\n    build:\n      context: ./app\n      dockerfile: ../docker/Dockerfile\n",
    "docker/Dockerfile": DOCKERFILE,
    "docker/Dockerfile.dockerignore": ".git\n",
    "app/requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
    "app/.env": "KEY=1\n",
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A Dockerfile outside of its build context, with an ignore file of its own."""
    (tmp_path / ".git").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _codes(outcome: Outcome) -> set[str]:
    return {one.finding.code for one in outcome.applied}


def test_all_doors_make_the_same_repairs(outside: Path) -> None:
    targets, failures = find_targets(Options(paths=(str(outside),)))
    assert not failures
    written = prepared(Task(targets[0])).repaired()
    proven = subject_of(targets[0]).repair(frozenset())
    called = fix_file(outside / "docker/Dockerfile", write=False)
    assert written.after.source == proven.after.source == called.after.source
    assert _codes(written) == _codes(proven) == _codes(called)
    assert written.files == proven.files == called.files == ()


def test_the_copies_are_ordered_although_the_ignore_file_lies_outside(outside: Path) -> None:
    assert {"DF201", "DF401"} <= _codes(fix_file(outside / "docker/Dockerfile", write=False))


def test_the_ignore_file_outside_is_only_spoken_of(outside: Path) -> None:
    outcome = fix_file(outside / "docker/Dockerfile", write=False, select=["DF601"])
    assert not outcome.changed
    assert [one.finding.fix for one in outcome.remaining] == [None] * len(outcome.remaining)
    assert all("Dockerfile.dockerignore" in one.finding.because for one in outcome.remaining)


def test_what_nobody_named_is_proven_as_it_is_written(outside: Path) -> None:
    (outside / "tests").mkdir()
    for name, text in (("Dockerfile", DOCKERFILE), ("requirements.txt", "flask\n"), ("main.py", "")):
        (outside / "tests" / name).write_text(text)
    targets, _ = find_targets(Options(paths=(str(outside),)))
    (bystander,) = [target for target in targets if target.path.parent.name == "tests"]
    assert not subject_of(bystander).repair(frozenset()).changed


def test_a_rule_that_is_left_out_makes_no_repair(outside: Path) -> None:
    targets, _ = find_targets(Options(paths=(str(outside),)))
    assert "DF201" not in _codes(subject_of(targets[0]).repair(frozenset({"DF201"})))
