"""Repairs every Dockerfile of a folder in memory and says what a user must never see.

    python tools/corpus.py DIR [--unsafe] [--show N]

Each file is taken by itself, with nothing known of its context; a folder that is the root of a project
is taken with `--projects`: then each Dockerfile is repaired in the contexts that the command line would take. Exit
code 1 for a crash, a result that BuildKit's parser refuses, a second run that changes something, or repairs that do
not settle.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from projects import Project, Repaired, repaired_alone

from dockerfix.errors import ParseError
from dockerfix.fix import Outcome
from dockerfix.project.context.discovery import find_dockerfiles


def main() -> int:
    """Prints a table; 1 when a file failed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--projects", action="store_true", help="repair each file in its build context")
    options.add_argument("--unsafe", action="store_true", help="apply unsafe fixes too")
    options.add_argument("--show", type=int, default=20, help="how many failures to print")
    given = options.parse_args()
    seen: Counter[str] = Counter()
    failures: list[str] = []
    begun = perf_counter()
    files = sorted(path for path in given.folder.iterdir() if path.is_file())
    repaired = Project(given.folder).repaired if given.projects else repaired_alone
    for path in find_dockerfiles(given.folder) if given.projects else files:
        problem = _problem(partial(repaired, path, unsafe=given.unsafe), seen)
        if problem:
            failures.append(f"{path}: {problem}")
    print(f"{perf_counter() - begun:.1f} s")
    for name, count in sorted(seen.items()):
        print(f"| {name} | {count} |")
    print(f"| failures | {len(failures)} |")
    print("\n".join(failures[: given.show]))
    return 1 if failures else 0


def _problem(repaired: Callable[[], Repaired], seen: Counter[str]) -> str | None:
    try:
        result = repaired()
        _count(result.outcome, seen)
        return next((f"{kind}: {detail}" for kind, detail in result.problems()), None)
    except ParseError:
        seen["refused, no Dockerfile"] += 1
        return None
    except Exception as error:  # a crash is what this looks for
        return f"{type(error).__name__}: {error}"


def _count(outcome: Outcome, seen: Counter[str]) -> None:
    seen["files"] += 1
    seen["files changed"] += outcome.changed
    seen.update(f"{applied.finding.code} repaired" for applied in outcome.applied)
    seen.update(f"{held.finding.code} held back: {held.reason[:60]}" for held in outcome.held_back)
    for remaining in outcome.remaining:
        offered = remaining.offered.value if remaining.offered else "no fix"
        seen[f"{remaining.finding.code} {'declined' if remaining.finding.declined else offered}"] += 1


if __name__ == "__main__":
    sys.exit(main())
