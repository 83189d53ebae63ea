"""`dockerfix verify` as it is typed, as far as no engine is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockerfix.verify.workspace import alone

HEAVY = {"rich", "tree_sitter", "libcst", "yaml"}


def call(*words: str, path: str = "/nowhere") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCKERFIX_")}
    command = [sys.executable, "-m", "dockerfix", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment | {"PATH": path})


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    place = tmp_path / "Dockerfile"
    place.write_text("FROM python:3.12-slim\nRUN pip install flask\nCMD python -V\n")
    return place


def test_without_an_engine_one_sentence_says_so(dockerfile: Path) -> None:
    done = call("verify", str(dockerfile))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no engine to verify with: docker is not installed; podman is not installed;")


def test_nothing_is_written_that_no_engine_could_prove(dockerfile: Path) -> None:
    before = dockerfile.read_bytes()
    done = call("--write", "--verified", str(dockerfile))
    assert done.returncode == 2
    assert dockerfile.read_bytes() == before


def test_verified_is_about_writing(dockerfile: Path) -> None:
    done = call("--verified", str(dockerfile))
    assert done.returncode == 2
    assert done.stderr == "error: --verified says what --write may write; it needs --write, and files\n"


def test_a_variable_needs_a_value(dockerfile: Path) -> None:
    done = call("verify", "--env", "PORT", str(dockerfile))
    assert (done.returncode, done.stderr) == (2, "error: --env PORT: NAME=VALUE is needed\n")


def test_the_options_load_nothing_heavy() -> None:
    code = "import sys, dockerfix.cli.verify.command; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not HEAVY & set(done.stdout.split())


def test_a_missing_engine_is_told_while_another_run_holds_the_lock(dockerfile: Path, tmp_path: Path) -> None:
    with alone(tmp_path / "dockerfix" / "verify", lambda _: None):
        command = [sys.executable, "-m", "dockerfix", "verify", str(dockerfile)]
        environment = {**os.environ, "PATH": "/nowhere", "XDG_STATE_HOME": str(tmp_path)}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no engine to verify with")
