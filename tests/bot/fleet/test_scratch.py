"""Folders for checkouts: gone at the end, and after a kill at the next start."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from dockerfix.bot.fleet.scratch import held, lock, scratch

_DIES = """
import os, signal, sys
from pathlib import Path
from dockerfix.bot.fleet.scratch import held, scratch
with scratch(Path(sys.argv[1])) as folder, held(folder) as checkout:
    (checkout / "file").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_left_at_the_end(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder, held(folder) as checkout:
        (checkout / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_at_the_next_start(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    with scratch(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_what_a_living_process_holds_stays(tmp_path: Path) -> None:
    with scratch(tmp_path) as first, scratch(tmp_path) as second:
        assert first.exists()
        assert second.exists()


def test_a_lock_is_given_once(tmp_path: Path) -> None:
    first = lock(tmp_path / "lock")
    assert first is not None
    assert lock(tmp_path / "lock") is None
    first.close()
    again = lock(tmp_path / "lock")
    assert again is not None
    again.close()
