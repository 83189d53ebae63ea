"""Options that change what a run does: counts, exit codes, comments in place of repairs, one configuration, a watch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import PIP, PIP_REPAIRED, Project, Run

TWO = "FROM python:3.12-slim\nRUN pip install flask\nRUN pip install uwsgi\nCMD python app.py\n"
ONLY = "--select=DF301,DF401"


def test_statistics_count_each_rule_most_first(run: Run, project: Project) -> None:
    project({"Dockerfile": TWO})
    said = run("--statistics", ONLY)
    assert said.code == 1
    assert said.out.startswith(
        "2  DF301 pip-cache-kept: 2 safe\n1  DF401 shell-form-cmd: 1 safe\n\n3 safe repairs can be made"
    )


def test_exit_zero_is_0_whatever_is_found_but_not_for_errors(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP})
    assert run("--exit-zero", ONLY).code == 0
    assert run("--exit-zero", "--strict", ONLY).code == 0
    assert run("--exit-zero", "gone").code == 2


class TestAddIgnore:
    def test_a_comment_above_each_instruction_silences_what_is_found(self, run: Run, project: Project) -> None:
        folder = project({"Dockerfile": TWO})
        said = run("--add-ignore", ONLY)
        assert (said.code, said.err) == (0, "3 comments added in 1 Dockerfile\n")
        assert (folder / "Dockerfile").read_text() == (
            "FROM python:3.12-slim\n# dockerfix: ignore=DF301\nRUN pip install flask\n# dockerfix: ignore=DF301\n"
            "RUN pip install uwsgi\n# dockerfix: ignore=DF401\nCMD python app.py\n"
        )
        assert run(ONLY).code == 0
        assert run("--add-ignore", ONLY).err == "Nothing to silence in 1 Dockerfile\n"

    def test_line_ends_indents_and_directives_are_kept(self, run: Run, project: Project) -> None:
        folder = project(
            {"Dockerfile": b"# syntax=docker/dockerfile:1\r\nFROM python:3.12\r\n  RUN pip install \\\r\n    a\r\n"}
        )
        run("--add-ignore", ONLY)
        assert (folder / "Dockerfile").read_bytes() == (
            b"# syntax=docker/dockerfile:1\r\nFROM python:3.12\r\n  # dockerfix: ignore=DF301\r\n"
            b"  RUN pip install \\\r\n    a\r\n"
        )
        assert run(ONLY).code == 0

    def test_no_other_file_is_written(self, run: Run, project: Project) -> None:
        folder = project({"Dockerfile": "FROM python:3.12-slim\nCOPY . /app\n", "app.py": ""})
        run("--add-ignore", "--select=DF601")
        assert not (folder / ".dockerignore").exists()
        assert run("--select=DF601").code == 0


def test_config_takes_one_file_and_no_other(run: Run, project: Project) -> None:
    project({"a/Dockerfile": TWO, "a/dockerfix.toml": "ignore = ['DF301']\n", "strict.toml": "select = ['DF301']\n"})
    assert "DF301" not in run("a").out
    out = run("--config=strict.toml", "a").out
    assert "DF301" in out
    assert "DF401" not in out
    assert "--config=strict.toml a  shows them" in out


def test_extend_select_adds_to_select(run: Run, project: Project) -> None:
    project({"Dockerfile": TWO, "dockerfix.toml": "select = ['DF401']\nextend-select = ['pip-cache-kept']\n"})
    out = run().out
    assert "DF301" in out
    assert "DF401" in out
    assert "DF301" not in run("--select=DF401").out


def test_an_unknown_rule_in_extend_select_is_told(run: Run, project: Project) -> None:
    project({"Dockerfile": TWO, "dockerfix.toml": "extend-select = ['DF999']\n"})
    assert run().err.startswith("error: dockerfix.toml:1: extend-select: there is no rule DF999")


def test_a_rule_page_has_a_place_for_the_rule(run: Run, project: Project) -> None:
    project({"Dockerfile": TWO, "dockerfix.toml": "rule-page = 'https://docs.example/'\n"})
    assert "dockerfix.toml:1: rule-page must be an address with {code} or {name} in it" in run().err


class TestStdinFilename:
    TEXT = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"

    def test_the_text_belongs_where_the_name_says(self, run: Run, project: Project) -> None:
        project({"web/app.py": "", "web/dockerfix.toml": "select = ['DF601']\n"})
        said = run("--diff", "--stdin-filename=web/Dockerfile", "-", stdin=self.TEXT.encode())
        assert said.err.startswith("web/Dockerfile:3:1: DF601 ")
        assert "+++ b/web/.dockerignore\n" in said.out

    def test_the_file_itself_is_not_read(self, run: Run, project: Project) -> None:
        folder = project({"Dockerfile": PIP_REPAIRED})
        said = run("--write", ONLY, "--stdin-filename=Dockerfile", "-", stdin=PIP.encode())
        assert said.out == PIP_REPAIRED
        assert (folder / "Dockerfile").read_text() == PIP_REPAIRED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--statistics", "--format=json"], "--statistics is a report of its own"),
        (["--stdin-filename=x"], "--stdin-filename names what comes on standard input; the path has to be -"),
        (["--add-ignore", "--write"], "--add-ignore writes comments in place of repairs"),
        (["--watch", "--write"], "--watch checks files again when they change"),
        (["--config=gone.toml"], "--config gone.toml: no such file"),
    ],
)
def test_what_makes_no_sense_together_is_told(run: Run, project: Project, words: list[str], sentence: str) -> None:
    folder = project({"Dockerfile": PIP})
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {sentence}")
    assert (folder / "Dockerfile").read_text() == PIP


def until(log: Path, words: str, times: int) -> None:
    """Waits until a process has written some words so often."""
    end = time.monotonic() + 30
    while log.read_text().count(words) < times:
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


@pytest.mark.parametrize("changed", ["Dockerfile", "requirements.txt"])
def test_watch_checks_again_when_a_file_changes(project: Project, tmp_path: Path, changed: str) -> None:
    folder = project({"Dockerfile": PIP, "requirements.txt": ""})
    log = tmp_path / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "dockerfix", "--watch", ONLY, "Dockerfile"]
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env={**os.environ, "TERM": "dumb"})
    try:
        until(log, "Watching for changes", 1)
        (folder / changed).write_text(PIP_REPAIRED if changed == "Dockerfile" else "flask\n")
        until(log, "Watching for changes", 2)
    finally:
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == (0 if changed == "Dockerfile" else 1)
