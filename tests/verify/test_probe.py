"""What is asked of a container: here a process of this machine plays it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dockerfix.verify.container.probe import Probe, observe
from dockerfix.verify.engine import Answer, Stopped


class Process:
    """A process that is asked as a container would be. No ports are told: they would be this machine's."""

    def __init__(self, script: str, written: tuple[str, ...] = ()) -> None:
        self._written = written
        self._process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def read(self, path: str) -> str | None:
        if path.startswith("/proc/1/net"):
            return "" if path.endswith("tcp") else None
        try:
            return Path(path.replace("/proc/1/", f"/proc/{self._process.pid}/")).read_text()
        except OSError:
            return None

    def execute(self, *command: str, seconds: float) -> Answer:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
        return Answer(done.returncode, done.stdout + done.stderr)

    def execute_beside(self, *command: str, seconds: float) -> Answer | None:
        return Answer(0, "beside")

    def exit_code(self) -> int | None:
        return self._process.poll()

    def stop(self, grace: int) -> Stopped:
        asked = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return Stopped(time.monotonic() - asked, self._process.wait())

    def log(self) -> str:
        return self._process.stdout.read() if self._process.stdout is not None else ""

    def written(self) -> tuple[str, ...] | None:
        return self._written

    def programs(self) -> tuple[str, ...]:
        return ("python3",)

    def opened(self) -> tuple[str, ...]:
        return ("/app/.env",)

    def remove(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def process(script: str) -> Iterator[Process]:
    made = Process(script)
    try:
        yield made
    finally:
        made.remove()


SLEEPS = "import time; time.sleep(60)"


def test_a_process_that_runs_is_stopped() -> None:
    with process(SLEEPS) as running:
        found = observe(running, Probe(seconds=1))
    assert (found.ended, found.stop_code) == (None, -15)
    assert found.argv is not None
    assert found.argv[-1] == SLEEPS


def test_one_that_ends_by_itself_is_told_with_its_last_words() -> None:
    with process("raise SystemExit('no database')") as running:
        found = observe(running, Probe(seconds=10))
    assert (found.ended, found.log, found.stop_seconds) == (1, ("no database",), None)


def test_paths_of_its_log_are_those_it_could_not_write() -> None:
    lines = (
        "PermissionError: [Errno 13] Permission denied: '/app/data/app.db'",
        "OSError: [Errno 30] Read-only file system: '/srv/x'",
        "Error: EACCES: permission denied, open '/app/log.txt'",
        "sh: 1: cannot create /var/x.pid: Permission denied",
        "PermissionError: [Errno 13] Permission denied: '/app/__pycache__/a.pyc'",
    )
    with process(f"print({chr(10).join(lines)!r}, flush=True); {SLEEPS}") as running:
        found = observe(running, Probe(seconds=1))
    assert found.denied == ("/app/data/app.db", "/srv/x", "/app/log.txt", "/var/x.pid")


@pytest.mark.parametrize(
    "line",
    [
        "sqlite3.OperationalError: unable to open database file",
        "attempt to write a readonly database",
        "Error: EACCES",
        "nginx: [emerg] chown failed (1: Operation not permitted)",
    ],
)
def test_a_refusal_without_a_path_is_no_silence(line: str) -> None:
    with process(f"print({line!r}, flush=True); {SLEEPS}") as running:
        found = observe(running, Probe(seconds=1))
    assert (found.denied, found.complaints) == ((), (line,))


def test_what_ended_cannot_be_asked_for_paths() -> None:
    with process("raise SystemExit(3)") as running:
        found = observe(running, Probe(seconds=10, wanted=("/app/data",)))
    assert found.denied is None


def test_colours_of_a_log_are_left_out() -> None:
    with process("print('\\x1b[31mno\\x1b[0m database'); raise SystemExit(3)") as running:
        found = observe(running, Probe(seconds=10))
    assert found.log == ("no database",)


def test_paths_that_were_written_before_are_asked_for(tmp_path: Path) -> None:
    wanted = (str(tmp_path / "new" / "file"), "/proc/version/none", "/proc/__pycache__/x.pyc")
    with process(SLEEPS) as running:
        found = observe(running, Probe(seconds=1, wanted=wanted))
    assert found.denied is not None
    assert wanted[0] not in found.denied
    assert wanted[2] not in found.denied


def test_a_check_whose_program_is_missing_runs_beside_the_container() -> None:
    with process(SLEEPS) as running:
        found = observe(running, Probe(seconds=1, smoke="no-such-program-anywhere"))
    assert found.smoke is not None
    assert (found.smoke.exit_code, found.smoke.output) == (0, "beside")
