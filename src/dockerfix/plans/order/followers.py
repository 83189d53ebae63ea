"""Steps that belong to a copy of source, so that they move along with it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import pairwise

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Step
from dockerfix.image.state import absolute
from dockerfix.plans.order.independence import needs_files
from dockerfix.syntax import Run

__all__ = ["is_follower"]

# Programs that change the files they are given and nothing else.
_ON_FILES = frozenset({"chmod", "dos2unix", "sed"})


def is_follower(step: Step, places: Mapping[str, str], reading: frozenset[str]) -> bool:
    """Whether a step works on copied source alone, so that it may run whenever that source is there.

    Args:
        places: where the source lies, image path to context path.
        reading: the image paths that some install reads.
    """
    if isinstance(step.instruction, Run):
        return _run_follows(step, places, reading)
    item = step.transfer
    if item is None or item.destination is None or not places:
        return False
    top = posixpath.commonpath(list(places))
    landing = [item.destination, *(posixpath.join(item.destination, _name(source.path)) for source in item.sources)]
    if any(place in reading for place in landing) or any(source.kind == "context" for source in item.sources):
        return False
    return f"{item.destination}/".startswith(top.rstrip("/") + "/") and top != "/"


def _name(path: str | None) -> str:
    return posixpath.basename(path or "")


def _run_follows(step: Step, places: Mapping[str, str], reading: frozenset[str]) -> bool:
    if not step.commands or step.instruction.flags:
        return False
    follows = False
    for item in step.commands:
        if needs_files(item, places) is None and needs_files(item, reading) is None:
            continue
        if not _works_on(item, places, reading):
            return False
        follows = True
    return follows


def _works_on(item: RunCommand, places: Mapping[str, str], reading: frozenset[str]) -> bool:
    """Whether a command changes files of the source by name, and none that an install reads."""
    program = item.program
    if program.name not in _ON_FILES or item.command.redirects or None in program.argv:
        return False
    paths = list(_paths(item))
    return bool(paths) and all(_touches(path, places) and not _touches(path, reading) for path in paths)


def _paths(item: RunCommand) -> Iterator[str]:
    """The files that a command is given, absolute; its script or mode left out."""
    words = [value or "" for value in item.program.argv[1:]]
    operands = [word for word in words if not word.startswith("-")]
    scripts = [word for option, word in pairwise(words) if option in ("-e", "--expression")]
    if item.program.name == "chmod" or (item.program.name == "sed" and not scripts):
        operands = operands[1:]
    for word in operands:
        path = absolute(word, item.workdir)
        if word not in scripts:
            yield path or "/"


def _touches(path: str, files: Mapping[str, str] | frozenset[str]) -> bool:
    stem = min((path.find(char) for char in "*?[" if char in path), default=len(path))
    if stem < len(path):
        return any(file.startswith(path[:stem]) for file in files)
    return any(file == path or file.startswith(path.rstrip("/") + "/") for file in files)
