"""Repairs the Dockerfiles of real repositories in memory, each in the contexts that the command line would take.

    python tools/survey.py DIR… [--names FILE] [--unsafe] [--diffs DIR] [--reasons N]

Each DIR is the root of one repository. With `--names` only the folders named in the file count; it holds `owner/name`
lines, and the folders are called `owner__name`. Prints a Markdown table: for each rule how often it found something and
what became of it, then what must never happen, then the reasons. `--diffs` gets one file per Dockerfile with a finding:
the diff, then what a user would read below it. Exit code 1 for a crash, a result that BuildKit's parser refuses, a
second run that changes something, or repairs that do not settle.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from projects import Project

from dockerfix.errors import DockerfixError, ParseError
from dockerfix.project.context.discovery import find_dockerfiles
from dockerfix.report.model import Entry, FileReport, Place, Status, file_report

_SLOW = 1.0  # seconds of processor time for one Dockerfile, its context read anew
_KINDS = ("repaired", "unsafe", "suggestion", "reported", "held back", "declined")


@dataclass(slots=True)
class Survey:
    """What is counted; `failures` are the lines of what must never happen, by kind."""

    repositories: int = 0
    files: int = 0
    changed: int = 0
    refused: int = 0
    contexts: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    slow: list[str] = field(default_factory=list)


def main() -> int:
    """Prints the tables; 1 when something happened that must not."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    options.add_argument("--names", type=Path, help="a file of owner/name lines: only these folders")
    options.add_argument("--unsafe", action="store_true", help="apply unsafe fixes too")
    options.add_argument("--diffs", type=Path, metavar="DIR", help="write a file per Dockerfile with a finding")
    options.add_argument("--reasons", type=int, default=12, metavar="N", help="how many reasons to print of each kind")
    given = options.parse_args()
    survey = Survey()
    begun = perf_counter()
    for folder in _repositories(given.folders, given.names):
        _survey_repository(folder, survey, given.unsafe, given.diffs)
    print(f"{perf_counter() - begun:.0f} s\n")
    print("\n".join(_tables(survey, given.reasons)))
    return 1 if any(survey.failures.values()) else 0


def _repositories(folders: list[Path], names: Path | None) -> list[Path]:
    if names is None:
        return folders
    wanted = {line.strip().replace("/", "__", 1) for line in names.read_text("utf-8").splitlines() if line.strip()}
    return [folder for folder in folders if folder.name in wanted]


def _survey_repository(folder: Path, survey: Survey, unsafe: bool, diffs: Path | None) -> None:
    survey.repositories += 1
    project = Project(folder)
    for path in find_dockerfiles(folder):
        name = path.relative_to(folder.parent).as_posix()
        begun = process_time()
        try:
            report = _survey_file(path, project, survey, unsafe)
        except ParseError:
            survey.refused += 1
            continue
        except DockerfixError as error:
            survey.failures["repairs that do not settle"].append(f"{name}: {error}")
            continue
        except Exception as error:  # a crash is what this looks for
            survey.failures["crashes"].append(f"{name}: {type(error).__name__}: {error}")
            continue
        seconds = process_time() - begun
        if seconds > _SLOW:
            survey.slow.append(f"{name}: {seconds:.1f} s")
        if diffs is not None and report.entries:
            diffs.mkdir(parents=True, exist_ok=True)
            (diffs / f"{name.replace('/', '+')}.diff").write_bytes(_page(report, name))


def _survey_file(path: Path, project: Project, survey: Survey, unsafe: bool) -> FileReport:
    """One Dockerfile repaired, counted and checked.

    Raises:
        ParseError: it is none.
        DockerfixError: the repairs do not settle.
    """
    repaired = project.repaired(path, unsafe=unsafe)
    survey.contexts[repaired.context_name] += 1
    survey.files += 1
    survey.changed += repaired.outcome.changed
    own = path.relative_to(project.root).as_posix()
    root = repaired.surroundings.root
    report = file_report(
        repaired.outcome, Place(own, own, "" if root is None else _below(project.root, root)), offers=True
    )
    for entry in report.entries:
        _count(entry, survey)
    name = path.relative_to(project.root.parent).as_posix()
    for kind, line in repaired.problems():
        survey.failures[kind].append(f"{name}: {line}")
    return report


def _below(top: Path, folder: Path) -> str:
    way = Path(os.path.relpath(folder, top)).as_posix()
    return "" if way == "." else way


def _count(entry: Entry, survey: Survey) -> None:
    kind = entry.status.value
    if entry.status is Status.OFFERED and entry.applicability is not None:
        kind = entry.applicability.value
    survey.kinds[entry.code][kind] += 1
    if kind != "repaired" and entry.because:
        survey.reasons[entry.code, kind][entry.because] += 1


def _page(report: FileReport, name: str) -> bytes:
    """What a reviewer sees: the diff, the notes, what changes in the image, and what is offered beyond."""
    lines = [f"# {name} (context: {report.place.context or '.'})"]
    for entry in report.entries:
        verdict = entry.applicability.value if entry.applicability and entry.status is Status.OFFERED else ""
        what = f"{entry.title} — {entry.message}" if entry.title else entry.message
        lines.append(f"# {entry.position.line}: {entry.code} {verdict or entry.status.value}: {what} [{entry.because}]")
    lines += [f"# image: {change}" for change in report.image_changes]
    offers = [f"\n# offered by {e.code}:\n".encode() + e.offer for e in report.entries if e.offer]
    return "\n".join(lines).encode() + b"\n\n" + report.diff() + b"".join(offers)


def _tables(survey: Survey, reasons: int) -> Iterator[str]:
    yield f"{survey.repositories} repositories, {survey.files} Dockerfiles, {survey.changed} of them changed; "
    yield f"{survey.refused} further files are no Dockerfiles that BuildKit would accept.\n"
    yield "| built from | Dockerfiles |\n|---|---|"
    yield from (f"| {name} | {count} |" for name, count in survey.contexts.most_common())
    yield "\n| rule | found | fixed (safe) | unsafe | suggested | no repair | held back | declined |"
    yield "|---|---|---|---|---|---|---|---|"
    for code, kinds in sorted(survey.kinds.items()):
        found = sum(count for kind, count in kinds.items() if kind != "declined")
        yield f"| {code} | {found} | {' | '.join(str(kinds[kind]) for kind in _KINDS)} |"
    yield "\n| must not happen | number |\n|---|---|"
    for kind in ("crashes", "results that BuildKit's parser refuses", "second runs that change something",
                 "repairs that do not settle"):  # fmt: skip
        yield f"| {kind} | {len(survey.failures[kind])} |"
    yield f"| Dockerfiles that take more than {_SLOW:.0f} s of processor time | {len(survey.slow)} |"
    yield from (f"- {kind}: {line}" for kind, lines in survey.failures.items() for line in lines)
    yield from (f"- slow: {line}" for line in survey.slow)
    yield "\n| rule | what became of it | why | number |\n|---|---|---|---|"
    for (code, kind), why in sorted(survey.reasons.items()):
        for reason, count in why.most_common(reasons):
            yield f"| {code} | {kind} | {reason.replace('|', chr(92) + '|')} | {count} |"


if __name__ == "__main__":
    sys.exit(main())
