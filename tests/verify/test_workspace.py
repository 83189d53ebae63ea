"""Records of runs, and what is done about those that were killed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dockerfix.verify.workspace import Workspace, alone, clean_up_after_killed_runs

KILLED = """
import os, sys
from pathlib import Path
from dockerfix.verify.commands import Commands
from dockerfix.verify.workspace import Workspace
space = Workspace(Path(sys.argv[1]))
with Commands(space.note_child).started(["sleep", "300"], space.log("x")) as child:
    print(child.pid, space.folder, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_living_run_is_left_alone(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    assert clean_up_after_killed_runs(tmp_path) == ()
    assert space.folder.is_dir()
    space.close(None)


def test_a_run_takes_its_folder_and_its_record_with_it_and_leaves_its_logs(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    log = space.log("build")
    log.write_text("words")
    space.close(None)
    assert not space.folder.exists()
    assert list(tmp_path.glob("*.json")) == []
    assert log.read_text() == "words"


def test_a_killed_run_loses_its_folder_and_the_command_that_it_left(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False)
    child, folder = done.stdout.split()
    assert Path(f"/proc/{child}").exists()
    assert Path(folder).exists()
    (record,) = tmp_path.glob("*.json")
    assert clean_up_after_killed_runs(tmp_path) == (record.stem,)
    assert _state(child) in (None, "Z")
    assert not Path(folder).exists()
    assert not record.exists()


def _state(pid: str) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


def test_a_process_that_only_has_the_same_number_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        record = {"folder": "", "engine": None, "caches": [], "children": [[other.pid, "1"]], "environment": {}}
        (tmp_path / "abc.json").write_text(json.dumps(record))
        assert clean_up_after_killed_runs(tmp_path) == ("abc",)
        assert other.poll() is None
        other.terminate()


def test_only_folders_of_runs_are_removed(tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    record = {"folder": str(own), "engine": None, "caches": [], "children": [], "environment": {}}
    (tmp_path / "abc.json").write_text(json.dumps(record))
    clean_up_after_killed_runs(tmp_path)
    assert own.is_dir()


def test_a_run_whose_engine_does_not_answer_stays_on_record(tmp_path: Path) -> None:
    nowhere = {"DOCKERFIX_DOCKER": str(tmp_path / "no-docker")}
    record = {"folder": "", "engine": "docker", "caches": [], "children": [], "environment": nowhere}
    (tmp_path / "abc.json").write_text(json.dumps(record))
    assert clean_up_after_killed_runs(tmp_path) == ()
    assert (tmp_path / "abc.json").exists()


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    told, entered = threading.Event(), threading.Event()

    def second() -> None:
        with alone(tmp_path, lambda words: told.set()):
            entered.set()

    waiting = threading.Thread(target=second)
    with alone(tmp_path, lambda words: None):
        waiting.start()
        assert told.wait(600)
        assert not entered.is_set()
    waiting.join(600)
    assert entered.is_set()


def test_logs_of_the_last_runs_are_kept(tmp_path: Path) -> None:
    for _ in range(25):
        space = Workspace(tmp_path)
        space.log("build").write_text("x")
        space.close(None)
    assert len(list((tmp_path / "logs").iterdir())) == pytest.approx(20, abs=1)
