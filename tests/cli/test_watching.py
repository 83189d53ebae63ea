"""`--watch` sees what a repair depends on, wherever in the repository it lies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_line import PIP, Project

_BLOCKED = "import sys; sys.modules['watchfiles'] = None; "  # as where the extra is not installed
_CALL = "from dockerfix.cli import main; main(sys.argv[1:])"


class _Watch:
    """A run of `--watch`; each of its reports ends with a line that says so."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: list[str] = []
        assert process.stderr is not None
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Iterator[str]) -> None:
        self._lines += stream

    @property
    def count(self) -> int:
        """How many reports were made."""
        return sum("Watching for changes" in line for line in list(self._lines))

    def report(self, number: int) -> None:
        """Wait until so many reports were made."""
        end = time.monotonic() + 60
        while self.count < number:
            assert time.monotonic() < end, self._lines
            time.sleep(0.05)


@contextmanager
def _watching(folder: Path, *words: str, native: bool) -> Iterator[_Watch]:
    script = ("import sys; " if native else _BLOCKED) + _CALL
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", script, "--watch", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield _Watch(process)
    finally:
        process.terminate()
        process.wait(30)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture(params=[False, True], ids=["polling", "watchfiles"])
def native(request: pytest.FixtureRequest) -> bool:
    if request.param and find_spec("watchfiles") is None:
        pytest.skip("watchfiles is not installed")
    return bool(request.param)


@pytest.mark.parametrize("changed", ["Dockerfile", "src/deep/in/it/main.py", "compose.yaml", "dockerfix.toml"])
def test_a_changed_file_is_seen(project: Project, native: bool, changed: str) -> None:
    folder = project({"Dockerfile": PIP, "src/deep/in/it/main.py": "", "dockerfix.toml": ""})
    with _watching(folder, native=native) as watch:
        watch.report(1)
        (folder / changed).write_text(PIP + "\n" if changed == "Dockerfile" else "# new\n")
        watch.report(2)


def test_a_file_above_the_named_one_is_seen(project: Project, native: bool) -> None:
    folder = project({"services/api/Dockerfile": PIP, "pyproject.toml": ""})
    with _watching(folder, "services/api/Dockerfile", native=native) as watch:
        watch.report(1)
        (folder / "pyproject.toml").write_text("[tool.dockerfix]\nignore = ['DF301']\n")
        watch.report(2)


def test_what_no_build_reads_makes_no_report(project: Project, native: bool) -> None:
    folder = project({"Dockerfile": PIP, "node_modules/a/index.js": "1\n"})
    with _watching(folder, native=native) as watch:
        watch.report(1)
        (folder / "node_modules/a/index.js").write_text("2\n")
        os.utime(folder / ".git")
        time.sleep(1.5)
        assert watch.count == 1
