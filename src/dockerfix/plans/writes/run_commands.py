"""The commands that an app's code runs: what takes root, what writes nothing, and what is not known."""

from __future__ import annotations

import re

from dockerfix.image.state import POSIX_SHELLS
from dockerfix.plans.writes.written import Writes
from dockerfix.project.known.privileges import is_quiet_program, needs_root

__all__ = ["note_command"]

_INTERPRETER = re.compile(r"(?:python|pypy|node|ruby|perl|php|deno|bun)[\d.]*")


def note_command(name: str | None, where: str, found: Writes) -> None:
    """Add a command that stands in code.

    Args:
        name: the program; None where it is only known at run time.
        where: file and line.
    """
    if name is None:
        found.inside.note(where, "runs a command that is only known at run time")
    elif needs_root(name):
        found.needs.append(f"{where} runs {name}, which needs root")
    elif name in POSIX_SHELLS or _INTERPRETER.fullmatch(name):
        found.inside.note(where, f"runs {name}, and what that runs is not looked into")
    elif not is_quiet_program(name):
        found.unknown.setdefault(name, where)
