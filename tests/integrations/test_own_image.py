"""The Dockerfile of dockerfix itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_dockerfix_finds_nothing_in_its_own_dockerfile() -> None:
    command = [Path(sys.executable).parent / "dockerfix", "--strict", "--unsafe-fixes", "Dockerfile"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "Nothing to repair in 1 Dockerfile\n")
