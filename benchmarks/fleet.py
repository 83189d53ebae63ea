"""How long a fleet takes, what it asks the forge for, and whether its memory stays flat.

    python benchmarks/fleet.py [--repositories 2000] [--jobs 4]

The forge is the one of the tests (REST and GraphQL checked against GitHub's descriptions, branches in real bare
repositories), in a process of its own on this machine; each repository has a Dockerfile with several mistakes, a
Python module and a lock-free requirements file. The first run opens pull requests, the second finds them up to date.
Time of the forge is part of the numbers: both share the machine's cores.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests" / "bot"
TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
DOCKERFILE = """FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD python app.py --number {number}
"""
FILES = {"requirements.txt": "flask==3.0.3\n", "app.py": "print('hello')\n"}


def serve(pipe: Connection, folder: Path, count: int) -> None:
    """Be the forge until the other side says stop; answers "count" with the number of requests since the last time."""
    sys.path.insert(0, str(TESTS))
    from forge_server import ForgeServer

    with ForgeServer(folder) as server:
        server.account(TOKEN)
        for number in range(count):
            files = {"Dockerfile": DOCKERFILE.format(number=number), **FILES}
            server.repository(f"acme/r{number:05}", files)  # type: ignore[arg-type]
        pipe.send(server.url)
        while pipe.recv() == "count":
            asked = len(server.asked)
            server.asked.clear()
            pulls = [len(repo.pulls) for repo in server.state.repos.values()]
            pipe.send((asked, sum(pulls), max(pulls, default=0), server.violations[:3]))


@dataclass
class Memory:
    """Megabytes of a process and of all below it, every second."""

    pid: int
    own: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(1):
            parents = dict(_parents())
            below = [pid for pid in parents if _is_below(pid, self.pid, parents)]
            self.own.append(_megabytes(self.pid))
            self.whole.append(sum(map(_megabytes, below)))


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue


def _is_below(pid: int, top: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == top:
            return True
        pid = parents.get(pid, 0)
    return False


def _megabytes(pid: int) -> float:
    """Memory that the process has for itself, and its part of what it shares."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def run(url: str, home: Path, jobs: int) -> tuple[float, Memory]:
    """Seconds and memory of one run of the command."""
    environment = {**os.environ, "DOCKERFIX_TOKEN": TOKEN, "XDG_STATE_HOME": str(home)}
    program = "from dockerfix.cli import main; main()"
    words = [sys.executable, "-c", program, "fleet", "--org", "acme", "--server", url, "--jobs", str(jobs)]
    words += ["--write-gap", "0", "--max-prs-per-hour", "1000000", "--report", str(home / "report.html")]
    started = time.monotonic()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    memory = Memory(process.pid)
    with memory.watched():
        code = process.wait()
    if code != 0:
        failures = json.loads((home / "report.json").read_text())["failures"]
        raise SystemExit(f"exit code {code}: {failures}")
    return time.monotonic() - started, memory


def tell(name: str, count: int, took: tuple[float, Memory], asked: int) -> None:
    """One line of the table."""
    seconds, memory = took
    tenth = max(1, len(memory.own) // 10)
    early = sum(memory.own[tenth : 2 * tenth]) / tenth
    late = sum(memory.own[-tenth:]) / tenth
    print(
        f"{name}: {seconds:.0f} s, {seconds / count:.2f} s a repository, {asked / count:.2f} requests a repository, "
        f"memory of the process {early:.0f} MB after a tenth of the time, {late:.0f} MB at the end, "
        f"with all it starts {max(memory.whole, default=0):.0f} MB at most",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here, there = multiprocessing.Pipe()
        forge = multiprocessing.Process(target=serve, args=(there, Path(folder) / "forge", options.repositories))
        forge.start()
        try:
            url = here.recv()
            print(f"{options.repositories} repositories, {options.jobs} at once, {os.cpu_count()} cores, "
                  f"Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}", flush=True)  # fmt: skip
            home = Path(folder) / "home"
            for name in ("opening", "finding them up to date"):
                took = run(url, home, options.jobs)
                here.send("count")
                asked, pulls, most, violations = here.recv()
                tell(name, options.repositories, took, asked)
                print(f"  {pulls} pull requests, at most {most} in a repository; against the description: {violations}")
        finally:
            here.send("stop")
            forge.join(10)
            forge.kill()


if __name__ == "__main__":
    main()
