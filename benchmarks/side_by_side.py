"""Builds of dockerfix, and other tools where they are installed, at the same work side by side, in processor time.

    python benchmarks/side_by_side.py --build before=/old/.venv/bin/python --build now=.venv/bin/python
        [--corpus DIR] [--repository DIR]… [--runs 5] [--peers FOLDER] [WORK…]

Every build and tool does each work in turn, so that whatever else the machine does meets all alike; what is printed is
the median of the processor seconds, children included, and how many times that is of the first build's. Works: `one`,
`again`, `corpus`, `files`, `repositories` and `shared`; without any all of them. No answer is kept from one run for the
next one, except where that is what is measured (`again`).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from compare import BARE_PROGRAM, ONE_FILE, Cost, cost, found_tools

PIP = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python app.py\n"
WALK = "import os\nfor _ in os.walk('.'):\n    pass\n"
Commands = dict[str, list[str]]


class Bench:
    """What is compared, and where."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.builds: Commands = {}
        for word in options.build:
            name, _, python = word.partition("=")
            self.builds[name] = [os.path.abspath(python), "-m", "dockerfix"]

    def with_words(self, *words: str) -> Commands:
        return {name: [*command, *words] for name, command in self.builds.items()}

    def script(self, name: str, text: str) -> list[str]:
        """A Python program beside the builds, run by the first build's Python."""
        file = self.folder / f"{name}.py"
        file.write_text(text)
        return [next(iter(self.builds.values()))[0], str(file), "x"]

    def table(self, title: str, commands: Commands, where: Path) -> None:
        """Runs everything and prints the rows."""
        runs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(self.options.runs):
            for name, command in commands.items():
                runs[name].append(cost(command, where))
        first = statistics.median(run.cpu for run in runs[next(iter(self.builds))])
        print(f"\n### {title}\n\n| | CPU seconds | times of the first build | peak MB |\n|---|--:|--:|--:|")
        for name, several in runs.items():
            seconds = statistics.median(run.cpu for run in several)
            note = "" if all(run.code in (0, 1) for run in several) else " (fails)"
            print(f"| {name}{note} | {seconds:.3f} | {seconds / first:.2f} | {several[-1].peak:.0f} |", flush=True)


def _one(bench: Bench) -> None:
    folder = bench.folder / "one"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(ONE_FILE)
    bare = {"bare typer program": bench.script("bare", BARE_PROGRAM)}
    bench.table("One file", bare | bench.with_words("--check", "."), folder)


def _again(bench: Bench) -> None:
    folder = bench.folder / "one"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(ONE_FILE)
    os.environ.pop("DOCKERFIX_NO_CACHE", None)
    commands = bench.with_words("--check", ".")
    for command in commands.values():
        cost(command, folder)
    bench.table("One file again", {"bare typer program": bench.script("bare", BARE_PROGRAM)} | commands, folder)
    os.environ["DOCKERFIX_NO_CACHE"] = "1"


def _corpus(bench: Bench) -> None:
    root = Path(bench.options.corpus)
    files = [str(path) for path in sorted(root.rglob("*")) if path.is_file()]
    others = found_tools("dockerfix", bench.options.peers)
    peers = {name: [*tool.words, *files] for name, tool in others.items() if name != "dockerfix"}
    bench.table(f"{len(files)} real files", bench.with_words("--check", "--quiet", ".") | peers, root)


def _files(bench: Bench) -> None:
    folder = bench.folder / "files"
    for number in range(50_000):
        place = folder / f"d{number // 100}" / f"f{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    _project(folder, "Dockerfile")
    bench.table("50,000 files", {"os.walk": bench.script("walk", WALK)} | bench.with_words("--check", "."), folder)


def _repositories(bench: Bench) -> None:
    for repository in bench.options.repository:
        bench.table(Path(repository).name, bench.with_words("--check", "--quiet", "."), Path(repository))


def _shared(bench: Bench) -> None:
    for count in (100, 200, 400):
        folder = bench.folder / f"shared{count}"
        folder.mkdir()
        for number in range(count):
            _project(folder, f"Dockerfile.a{number}")
        bench.table(f"{count} Dockerfiles, one context", bench.with_words("--check", "-j", "1", "."), folder)


def _project(folder: Path, name: str) -> None:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / name).write_text(PIP)
    (folder / "requirements.txt").write_text("flask\n")
    (folder / "app.py").write_text("print(1)\n")


WORKS: dict[str, Callable[[Bench], None]] = {
    "one": _one,
    "again": _again,
    "corpus": _corpus,
    "files": _files,
    "repositories": _repositories,
    "shared": _shared,
}


def _wanted(options: argparse.Namespace) -> Iterator[str]:
    for name in options.works or WORKS:
        if name == "corpus" and options.corpus is None:
            print("corpus: no --corpus", file=sys.stderr)
        else:
            yield name


def main() -> int:
    """Reads the command line, measures, prints; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", help="what to measure (default: all)")
    parser.add_argument("--build", action="append", required=True, metavar="NAME=PYTHON")
    parser.add_argument("--corpus", type=Path, help="real Dockerfiles, one a folder")
    parser.add_argument("--repository", action="append", default=[], help="a repository to check whole")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="folder with the other tools' programs (default: PATH)")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["DOCKERFIX_NO_CACHE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        for name in _wanted(options):
            WORKS[name](Bench(options, Path(folder).resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
