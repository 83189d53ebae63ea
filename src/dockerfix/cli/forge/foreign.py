"""The repairs of a repository that is not ours: what it says about its configuration cannot widen what is done."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from dockerfix.cli.files.crew import work_through
from dockerfix.cli.files.targets import Target, find_targets
from dockerfix.cli.files.work import Task
from dockerfix.cli.options import Options
from dockerfix.report.model import Failure, FileReport, Report

__all__ = ["looked_at", "repairs_apart", "repairs_in"]

_SECONDS = 300.0  # for a whole repository, by the clock; each file has a limit of its own (`limits.limited`)
_NOTHING_FOUND = "no Dockerfile in this folder or below"


def repairs_in(folder: str, options: Options, *, spans: bool = False) -> Report:
    """What can be repaired in the checkout of a repository; nothing is written.

    The repository's own configuration chooses and ignores rules and files. It cannot ask for repairs that may change
    behaviour, nor for a build context outside the repository.

    Args:
        folder: of the checkout, absolute.
        options: of whoever runs this; paths and build context are the repository's.
        spans: say where each finding and its repair stands.
    """
    pairs, failures = looked_at(folder, options, spans=spans)
    results = [result for _, result in pairs]
    return Report(
        tuple(result for result in results if isinstance(result, FileReport)),
        (*failures, *(result for result in results if isinstance(result, Failure))),
    )


def looked_at(
    folder: str, options: Options, *, spans: bool = False
) -> tuple[list[tuple[Target, FileReport | Failure]], tuple[Failure, ...]]:
    """As `repairs_in`: each Dockerfile with what came of it, and what could not be found or is not looked at."""
    top = Path(folder)
    asked = replace(options, paths=(".",), context=None, mode="check")
    targets, failures = find_targets(asked, top)
    inside, refused = _inside([_narrowed(target, asked) for target in targets], top)
    results = work_through([Task(target, spans=spans) for target in inside], 1, progress=False)
    found = [failure for failure in failures if not failure.message.startswith(_NOTHING_FOUND)]
    return [*zip(inside, results, strict=True)], (*found, *refused)


def repairs_apart(folder: str, options: Options, *, spans: bool = False) -> Report:
    """As `repairs_in`, in a process of its own, with limits and without a token; this one goes on.

    Raises:
        IsolationError: the process took too long, or died.
    """
    from dockerfix.bot.fleet.isolated import isolated
    from dockerfix.cli.forge.connection import secrets_put_away

    with secrets_put_away():
        return isolated(_repairs, folder, options, spans, seconds=_SECONDS)


def _repairs(folder: str, options: Options, spans: bool) -> Report:
    return repairs_in(folder, options, spans=spans)


def _narrowed(target: Target, options: Options) -> Target:
    return replace(target, settings=replace(target.settings, unsafe_fixes=options.unsafe_fixes))


def _inside(targets: list[Target], top: Path) -> tuple[list[Target], list[Failure]]:
    """Those whose file and build context lie in the repository, and what is to be said of the others."""
    kept, refused = [], []
    root = os.path.realpath(top)
    for target in targets:
        places = [target.path, *([target.root] if target.root else [])]
        if all(_is_below(os.path.realpath(place), root) for place in places):
            kept.append(target)
        else:
            refused.append(Failure(target.place.label, "it or its build context is outside the repository"))
    return kept, refused


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + os.sep)
