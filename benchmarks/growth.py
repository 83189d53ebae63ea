"""How processor time and memory grow with the size of a Dockerfile or of its context, over three doublings.

    python benchmarks/growth.py [KIND[=FIRST SIZE] …]

Prints the exponent of each kind (1 is linear; what a start costs is taken off), and fails above 1.2.
"""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

PIP = "WORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python app.py\n"
MOST = 1.2
DOUBLINGS = 3


def _dockerfile(folder: Path, text: str) -> None:
    (folder / "Dockerfile").write_text(text)
    (folder / "requirements.txt").write_text("flask\n")
    (folder / "app.py").write_text("print(1)\n")


def _lines(line: str) -> Callable[[int, Path], None]:
    """A Dockerfile with so many lines, `{}` being their number."""
    start = "FROM python:3.12-slim AS s0\n"
    return lambda count, folder: _dockerfile(folder, start + "".join(line.replace("{}", str(n)) for n in range(count)))


def _chain(count: int, folder: Path) -> None:
    stages = (f"FROM s{n} AS s{n + 1}\nENV A{n}=1\n" for n in range(count))
    _dockerfile(folder, "FROM python:3.12-slim AS s0\n" + "".join(stages))


def _files(count: int, folder: Path) -> None:
    _dockerfile(folder, f"FROM python:3.12-slim\n{PIP}")
    for number in range(count):
        place = folder / f"d{number // 100}" / f"f{number}.py"
        place.parent.mkdir(exist_ok=True)
        place.write_text("import os\n")


def _shared(count: int, folder: Path) -> None:
    for number in range(count):
        _dockerfile(folder, f"FROM python:3.12-slim\n{PIP}")
        (folder / f"Dockerfile.a{number}").write_text(f"FROM python:3.12-slim\n{PIP}")


KINDS: dict[str, tuple[Callable[[int, Path], None], int]] = {
    "env": (_lines("ENV A{}=value{}\n"), 2000),
    "arg": (_lines("ARG A{}=value{}\n"), 2000),
    "env-doubled": (_lines("ENV A{}=$A$A\n"), 2000),
    "copy": (_lines("COPY src{} /app/d{}/x\n"), 500),
    "pip": (_lines(f"FROM python:3.12-slim AS t{{}}\n{PIP}"), 50),
    "chain": (_chain, 100),
    "files": (_files, 1000),
    "shared": (_shared, 50),
}


def measured(make: Callable[[int, Path], None], count: int) -> tuple[float, float]:
    """Seconds of the processor and MB of one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        make(count, folder)
        command = [sys.executable, "-m", "dockerfix", "--check", "--quiet", "-j", "1"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            raise SystemExit(f"{count}: ended with {os.waitstatus_to_exitcode(status)}")
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    start, _ = measured(_lines(""), 0)
    worst = 0.0
    for word in sys.argv[1:] or KINDS:
        name, _, size = word.partition("=")
        make, first = KINDS[name]
        counts = [(int(size) if size else first) * 2**n for n in range(DOUBLINGS + 1)]
        found = [measured(make, count) for count in counts]
        spent = [max(seconds - start, 0.05) for seconds, _ in found]
        exponent = math.log2(spent[-1] / spent[0]) / DOUBLINGS
        worst = max(worst, exponent)
        shown = ", ".join(f"{n}: {seconds:.1f} s {mb:.0f} MB" for n, (seconds, mb) in zip(counts, found, strict=True))
        print(f"{name:12} exponent {exponent:.2f}   {shown}", flush=True)
    return 1 if worst > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
