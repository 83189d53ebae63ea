"""`--write -i`: a letter for each repair, typed into a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Project, Run

TEXT = "FROM python:3.12-slim\nRUN pip install flask\nRUN pip install uwsgi\nCMD python app.py\n"
FIRST = "RUN pip install --no-cache-dir flask"
SECOND = "RUN pip install --no-cache-dir uwsgi"
EXEC = 'CMD ["python", "app.py"]'
ONLY = "--select=DF301,DF401"


def talk(folder: Path, answers: str, *words: str) -> tuple[int, str]:
    """The exit code, and what a terminal shows, of `dockerfix --write -i` with these answers typed into it."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "dumb"}
    command = [sys.executable, "-m", "dockerfix", "--write", "-i", *(words or (ONLY,))]
    process = subprocess.Popen(command, cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    shown, left = b"", list(answers)
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux: the other end is closed
            break
        shown += part
        if shown.endswith(b"[y,n,a,d,f,q,?] "):
            os.write(master, (left.pop(0) if left else "\x04").encode() + (b"\n" if left or answers else b""))
    os.close(master)
    return process.wait(), shown.decode().replace("\r\n", "\n")


def made(folder: Path, name: str = "Dockerfile") -> list[str]:
    return [line for line in (folder / name).read_text().splitlines() if line in (FIRST, SECOND, EXEC)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("yyy", [FIRST, SECOND, EXEC]),
        ("nnn", []),
        ("nyn", [SECOND]),
        ("ynn", [FIRST]),
        ("ay", [FIRST, SECOND, EXEC]),
        ("dy", [EXEC]),
        ("yq", [FIRST]),
        ("f", []),
        ("yf", [FIRST]),
    ],
)
def test_what_is_said_yes_to_is_written(project: Project, answers: str, expected: list[str]) -> None:
    folder = project({"Dockerfile": TEXT})
    code, _ = talk(folder, answers)
    assert code == 0
    assert made(folder) == expected


def test_each_repair_is_shown_with_its_diff_and_why(project: Project) -> None:
    _, shown = talk(project({"Dockerfile": TEXT}), "q")
    assert "Dockerfile:2  DF301 pip-cache-kept: Add --no-cache-dir [safe]\n" in shown
    assert "    it only drops the cache" in shown
    assert f"-RUN pip install flask\n+{FIRST}\n" in shown
    assert "Make this repair? [y,n,a,d,f,q,?] " in shown
    assert "uwsgi\n+" not in shown


def test_a_question_mark_explains_the_letters(project: Project) -> None:
    _, shown = talk(project({"Dockerfile": TEXT}), "?q")
    assert "\na  make this one and all further ones of this rule\n" in shown
    assert shown.count("Make this repair?") == 2


def test_one_file_may_be_left_and_the_next_one_done(project: Project) -> None:
    folder = project({"a/Dockerfile": TEXT, "b/Dockerfile": TEXT})
    talk(folder, "fa")
    assert made(folder, "a/Dockerfile") == []
    assert made(folder, "b/Dockerfile")[:2] == [FIRST, SECOND]


def test_other_files_are_written_when_they_are_wanted(project: Project) -> None:
    folder = project({"Dockerfile": "FROM python:3.12-slim\nCOPY . /app\n", "app.py": ""})
    talk(folder, "n", "--select=DF601")
    assert not (folder / ".dockerignore").exists()
    _, shown = talk(folder, "y", "--select=DF601")
    assert "+++ b/.dockerignore\n" in shown
    assert (folder / ".dockerignore").exists()


def test_a_file_that_two_dockerfiles_need_is_asked_about_once(project: Project) -> None:
    text = "FROM python:3.12-slim\nCOPY . /app\n"
    folder = project({"Dockerfile": text, "Dockerfile.dev": text, "app.py": ""})
    code, shown = talk(folder, "yn", "--select=DF601")
    assert (code, shown.count("Make this repair?")) == (0, 1)
    assert (folder / ".dockerignore").exists()


def test_the_end_of_the_input_is_q(run: Run, project: Project) -> None:
    folder = project({"Dockerfile": TEXT})
    said = run("--write", "-i", ONLY, stdin=b"y\n")
    assert said.code == 0
    assert made(folder) == [FIRST]
    assert "1 repair made in 1 Dockerfile" in said.err


@pytest.mark.parametrize("words", [["-i"], ["-i", "--diff"], ["-i", "--write", "-"]])
def test_it_needs_write_and_files(run: Run, words: list[str]) -> None:
    assert run(*words).err.startswith("error: --interactive asks before --write writes; it needs --write, files")
