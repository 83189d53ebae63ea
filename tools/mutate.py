"""Changes the source in small ways, one at a time, and tells which changes no test notices. Not part of CI.

    python tools/mutate.py record                     # which test reads which line: once, and after changes
    python tools/mutate.py run --sample 300 [FILE…]   # try so many mutants, drawn at random, of these files or of all

A mutant is tried in a process of its own, by the tests that ran through its line, the shortest first. The source on
disk stays as it is: the changed file is handed to the import. What is drawn depends on `--seed` alone.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import json
import os
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "dockerfix"
ALL = (
    "syntax/*.py", "fix/*.py", "image/compare*.py", "plans/user/ownership.py", "plans/user/accounts.py",
    "image/made_users.py", "plans/user/workdir_ownership.py", "rules/user/*.py",
)  # fmt: skip
TESTS = (
    "tests/syntax", "tests/fix", "tests/image/test_differences.py", "tests/image/test_file_differences.py",
    "tests/plans/user/test_ownership.py", "tests/plans/user/test_accounts.py", "tests/image/test_stage_model.py",
    "tests/image/test_made_folders.py", "tests/image/test_working_folder.py", "tests/rules/test_examples.py",
    "tests/rules/user", "tests/cases/test_own.py", "tests/cases/test_danger.py", "tests/cases/test_starting.py",
    "tests/test_must_refuse.py", "tests/test_peers_mistakes.py", "tests/test_text.py",
)  # fmt: skip
PLAIN = ["-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts=", "-q", "-x", "--no-header", "--tb=no"]
FIRST = 60  # so many tests are tried before all


def files(patterns: Iterable[str] = ALL) -> list[Path]:
    """The files that are changed."""
    return sorted({path for pattern in patterns for path in SOURCE.glob(pattern)})


class Recorder:
    """A plugin of pytest: notes the lines of the files that each test runs through, and its processor time."""

    def __init__(self, watched: Iterable[Path]) -> None:
        self._names = {str(path): str(path.relative_to(SOURCE)) for path in watched}
        self._lines: set[tuple[str, int]] = set()
        self.tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One test with its fixtures."""
        self._lines, start = set(), time.process_time()
        sys.settrace(self._called)
        yield
        sys.settrace(None)
        self.tests[item.nodeid] = {"seconds": time.process_time() - start, "lines": sorted(self._lines)}

    def _called(self, frame: FrameType, _event: str, _value: object) -> Any:
        name = self._names.get(frame.f_code.co_filename)
        if name is None:
            return None

        def stepped(frame: FrameType, event: str, _value: object) -> Any:
            if event == "line":
                self._lines.add((name, frame.f_lineno))
            return stepped

        return stepped


def record(place: Path) -> None:
    """Run the tests once under the recorder."""
    recorder = Recorder(files())
    words = [word for word in PLAIN if word != "-x"]
    pytest.main([*words, "--deselect", "tests/fix/test_growth.py", *TESTS], plugins=[recorder])
    place.write_text(json.dumps(recorder.tests))


class _Loader(SourceFileLoader):
    """Reads one module from a text, whatever is on disk or cached."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """The text, compiled."""
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, loader: _Loader) -> None:
        self._loader = loader

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Only the one module is ours."""
        if fullname != self._loader.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._loader.path, loader=self._loader)


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it."""

    file: str
    mutant: Mutant
    end: str

    def __str__(self) -> str:
        return f"{self.end:9} {self.file}:{self.mutant.line}  {self.mutant.old!r} -> {self.mutant.new!r}"


class Trial:
    """Tries mutants by the tests that the record names for them."""

    def __init__(self, place: Path) -> None:
        recorded: dict[str, dict[str, Any]] = json.loads(place.read_text())
        self._seconds = {test: values["seconds"] for test, values in recorded.items()}
        self._tests: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for test in sorted(recorded, key=self._seconds.__getitem__):
            for file, line in recorded[test]["lines"]:
                self._tests[file, line].append(test)

    def of(self, path: Path, mutant: Mutant) -> Tried:
        """Try it: a few tests first, then all that know the line."""
        file = str(path.relative_to(SOURCE))
        tests = self._near(file, mutant.line)
        if not tests:
            return Tried(file, mutant, "untested")
        stages = [_spread(tests, FIRST), tests] if len(tests) > FIRST else [tests]
        for stage in stages:
            limit = 20 + 4 * sum(self._seconds[test] for test in stage)
            code = _in_child(path, mutant, stage, int(limit))
            if code != 0:
                return Tried(file, mutant, "killed" if code > 0 else "timeout")
        return Tried(file, mutant, "survived")

    def _near(self, file: str, line: int) -> list[str]:
        """The tests of a line; of one that is only read at import, all tests of the file."""
        of_file = {test: None for at, tests in self._tests.items() if at[0] == file for test in tests}
        return self._tests.get((file, line)) or sorted(of_file, key=self._seconds.__getitem__)


def _spread(tests: Sequence[str], count: int) -> list[str]:
    """Short tests, of many files."""
    by_file: defaultdict[str, list[str]] = defaultdict(list)
    for test in tests:
        by_file[test.partition("::")[0]].append(test)
    turns = (queue[turn] for turn in range(count) for queue in by_file.values() if turn < len(queue))
    return [test for test, _ in zip(turns, range(count), strict=False)]


def _in_child(path: Path, mutant: Mutant, tests: Sequence[str], seconds: int) -> int:
    """0 when all pass, above when one fails, below when the time is over or the process dies."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        sys.meta_path.insert(0, _Finder(_Loader(module, path, mutant.source)))
        with open(os.devnull, "w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
            code = 1
            try:
                code = int(pytest.main([*PLAIN, *tests]))
            finally:
                os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def run(place: Path, patterns: Sequence[str], sample: int, seed: int, part: str) -> None:
    """Try mutants, and print each that survives, then the counts."""
    trial = Trial(place)
    drawn = [(path, mutant) for path in files(patterns or ALL) for mutant in mutants(path.read_text())]
    total = len(drawn)
    if sample:
        drawn = random.Random(seed).sample(drawn, min(sample, total))
    number, of = map(int, part.split("/"))
    counts: defaultdict[str, int] = defaultdict(int)
    for path, mutant in drawn[number - 1 :: of]:
        tried = trial.of(path, mutant)
        counts[tried.end] += 1
        print(tried, flush=True, file=sys.stdout if tried.end in ("survived", "untested") else sys.stderr)
    print(f"{sum(counts.values())} of {total}: {dict(counts)}")


def main() -> None:
    """Read the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["record", "run"])
    parser.add_argument("files", nargs="*", help="patterns below src/dockerfix")
    parser.add_argument("--record", type=Path, default=ROOT / ".mutants.json")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--part", default="1/1", help="the first of two halves is 1/2")
    given = parser.parse_intermixed_args()
    os.chdir(ROOT)
    if given.task == "record":
        record(given.record)
    else:
        run(given.record, given.files, given.sample, given.seed, given.part)


if __name__ == "__main__":
    main()
