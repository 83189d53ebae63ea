"""Folders that the commands of a RUN certainly leave behind, and those that they take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from dockerfix.image.commands import RunCommand
from dockerfix.image.state import folders_above
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import Run

__all__ = ["after_run", "may_touch_folders"]

# A script without one of these words is not read: reading takes a hundred times longer than this look.
_WORDS = (b"mkdir", b"install", b"rm")


def may_touch_folders(run: Run) -> bool:
    """Whether a RUN is worth being read for the folders that it makes."""
    raw = (run.script or run.arguments).raw
    return any(word in raw for word in _WORDS)


def after_run(commands: Sequence[RunCommand], folders: frozenset[str]) -> frozenset[str]:
    """The folders that exist after some commands, given those before.

    What may not have run, or works in a folder that is not known, makes nothing; what may have run takes away.
    """
    for number, item in enumerate(commands):
        for path in _removed(item):
            folders = frozenset(one for one in folders if not _lies_in(one, path))
        if _runs_certainly(commands, number):
            for path in _made(item):
                folders |= folders_above(path)
    return folders


def _runs_certainly(commands: Sequence[RunCommand], number: int) -> bool:
    """Whether a build that goes on has run a command: first in its list, or in one of `&&` up to the end."""
    command = commands[number].command
    behind = [later.command for later in commands[number + 1 :] if not later.command.within]
    if command.within or command.operator not in ("", ";", "\n", "&&") or (behind and behind[0].operator == "||"):
        return False
    return command.operator != "&&" or all(later.operator in ("&&", "|") for later in behind)


def _made(item: RunCommand) -> Iterator[str]:
    program = item.program
    values = [value for value in program.argv[1:] if value]
    if program.name == "install" and "-d" not in values and "--directory" not in values:
        return
    if program.name in ("mkdir", "install"):
        yield from _places(item, values)


def _removed(item: RunCommand) -> Iterator[str]:
    """What `rm -r` and `rmdir` take away, patterns as they stand."""
    values = [value for value in item.program.argv[1:] if value]
    letters = "".join(value for value in values if value.startswith("-"))
    if item.program.name == "rmdir" or (item.program.name == "rm" and ("r" in letters or "R" in letters)):
        yield from _places(item, values)


def _lies_in(folder: str, pattern: str) -> bool:
    """Whether a folder is, or lies in, one that a pattern of the shell matches."""
    parts, wanted = folder.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatchcase, parts, wanted))


def _places(item: RunCommand, values: Sequence[str]) -> Iterator[str]:
    """The words that are no options, made absolute; an option's own value is a name too many at most."""
    valued = {"-m", "--mode", "-o", "-g", "--owner", "--group"}
    for before, value in zip(("", *values), values, strict=False):
        if not value.startswith("-") and before not in valued:
            place = absolute_word(value, item.workdir)
            if place is not None:
                yield place
