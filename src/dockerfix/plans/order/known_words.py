"""Commands whose words hold variables of the image: what they are once these have their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dockerfix.image.commands import RunCommand
from dockerfix.image.state import State
from dockerfix.regexes import regex
from dockerfix.shell import ShellWord

__all__ = ["with_values"]

_VARIABLE = regex(r'(?P<quote>"?)\$(?:\{(?P<name>\w+)\}|(?P<bare>\w+))(?P<rest>(?:/[\w.@-]+)*/?)(?P=quote)\Z')
_SETTERS = frozenset({"export", "read", "unset", "declare", "local", "readonly", "eval", "source", "."})


def with_values(commands: Sequence[RunCommand], state: State) -> tuple[RunCommand, ...]:
    """The commands of a RUN, with the value of each word that is a variable which ENV set, a path behind it allowed.

    Where a command of the RUN may set variables of the shell itself, they stay as they are.
    """
    if any(_sets_variables(item) for item in commands):
        return tuple(commands)
    return tuple(_with_values(item, state) for item in commands)


def _sets_variables(item: RunCommand) -> bool:
    return item.command.name in _SETTERS or (bool(item.command.assignments) and not item.command.words)


def _with_values(item: RunCommand, state: State) -> RunCommand:
    words = tuple(_known(word, state) for word in item.program.words)
    return item if words == item.program.words else replace(item, program=replace(item.program, words=words))


def _known(word: ShellWord, state: State) -> ShellWord:
    found = _VARIABLE.match(word.raw) if word.value is None else None
    name = (found["name"] or found["bare"]) if found is not None else ""
    value = state.variable(name) if name in state.env else None
    if found is None or not value or re.search(r"[\s*?\[\\$]", value):
        return word
    return replace(word, value=value + found["rest"], expands=False)
