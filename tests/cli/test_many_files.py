"""A thousand files: several processes, one order, and Ctrl-C in the middle."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import PIP, PIP_REPAIRED, Project, Run


def many(project: Project, count: int) -> Path:
    """Folders with a Dockerfile each: most to repair, some clean, some broken."""
    texts = [PIP, PIP, PIP_REPAIRED, "NOPE\n"]
    return project({f"{number:04}/Dockerfile": texts[number % 4] for number in range(count)})


def test_jobs_change_neither_result_nor_order(run: Run, project: Project) -> None:
    many(project, 60)
    one, three = run("--diff", "--jobs=1"), run("--diff", "--jobs=3")
    assert one == three
    assert one.code == 2
    assert len(re.findall(r"^\+\+\+ b/\d+/Dockerfile$", one.out, re.MULTILINE)) == 30


def test_jobs_share_one_build_context_too(run: Run, project: Project) -> None:
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install flask\n"
    project({**{f"{number:02}.Dockerfile": text for number in range(4)}, "app.py": "import flask\n"})
    one, two = run("--diff", "--jobs=1"), run("--diff", "--jobs=2")
    assert one == two
    assert one.out.count("+++ b/.dockerignore\n") == 1


def test_writing_many_files(run: Run, project: Project) -> None:
    folder = many(project, 40)
    said = run("--write", "--jobs=2")
    assert said.code == 2
    assert [(folder / f"{number:04}/Dockerfile").read_text() for number in (0, 1, 2, 3)] == [
        PIP_REPAIRED,
        PIP_REPAIRED,
        PIP_REPAIRED,
        "NOPE\n",
    ]


STARTED = """
import sys
from dockerfix.cli import main
from dockerfix.cli.repair import session
print('started', flush=True)
main(sys.argv[1:])
"""


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_every_file_whole(project: Project, jobs: str, seconds: float) -> None:
    folder = many(project, 1000)
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, "--write", "--quiet", f"--jobs={jobs}"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    time.sleep(seconds)
    with suppress(ProcessLookupError):  # it was done already
        os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=600)
    assert process.returncode in (130, 2), err  # 2: all was written, and the broken files were told
    if process.returncode == 130:
        assert err == "" or "error: interrupted" in err  # typer says nothing while it reads the options
        changed = [path for path in folder.glob("*/Dockerfile") if path.read_text() == PIP_REPAIRED]
        assert ("are repaired" in err) == (len(changed) > 250)  # so many were clean before
    assert "Traceback" not in err
    left = {path.name for path in folder.glob("*/*")} | {path.name for path in folder.glob("*/.*")}
    assert left == {"Dockerfile"}
    assert {path.read_text() for path in folder.glob("*/Dockerfile")} <= {PIP, PIP_REPAIRED, "NOPE\n"}


# The bar asks how late it is; here so many seconds go by between two questions, however busy the machine is.
TIMED = """
import itertools, sys, types
from dockerfix.cli.files import crew
from dockerfix.cli import main
crew.time = types.SimpleNamespace(monotonic=itertools.count(0, float(sys.argv[1])).__next__)
main(sys.argv[2:])
"""


def on_a_terminal(words: list[str], folder: Path, *, seconds: float) -> str:
    """What a terminal shows of standard error, where so much time passes with each file."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TIMED, str(seconds), *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(slave)
    shown = b""
    while process.poll() is None or select.select([master], [], [], 0)[0]:
        if select.select([master], [], [], 0.1)[0]:
            try:
                shown += os.read(master, 65536)
            except OSError:  # Linux: the other end is closed
                break
    os.close(master)
    process.wait()
    return shown.decode()


def test_long_work_shows_a_progress_bar_on_a_terminal_and_cleans_up(project: Project) -> None:
    folder = many(project, 8)
    shown = on_a_terminal(["--check", "--jobs=1"], folder, seconds=1)
    assert "/8" in shown
    assert "Dockerfiles" in shown
    assert "/8" not in on_a_terminal(["--check", "--quiet", "--jobs=1"], folder, seconds=1)


def test_short_work_shows_none(project: Project) -> None:
    folder = many(project, 8)
    assert "Dockerfiles " not in on_a_terminal(["--check", "--jobs=1"], folder, seconds=0.01)
