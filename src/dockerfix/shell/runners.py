"""The programs that start the words behind their own: one record each, in runners.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.shell.script import Command
from dockerfix.shell.words import ShellWord
from dockerfix.tables import table

__all__ = ["Runner", "runner", "started_at", "unwrapped"]

_FILE = Path(__file__).parent / "runners.toml"
_ASSIGNMENT = regex(r"[A-Za-z_]\w*=")


@frozen
class Runner:
    """How a program takes the command that it starts; the fields are told in runners.toml."""

    name: str
    valued: frozenset[str] = frozenset()
    operands: int = 0
    assigns: bool = False
    lookups: frozenset[str] = frozenset()
    verb: str = ""
    dashes: bool = False
    everywhere: bool = False
    waits: bool = False
    entry: bool = False
    of: str = ""
    becomes: bool = False
    user: bool = False


def runner(name: str | None) -> Runner | None:
    """The record of a program by its name; None for one that starts nothing."""
    return _runners().get(name or "")


@cache
def _runners() -> Mapping[str, Runner]:
    data = table(_FILE)
    return {name: Runner(name, **{key: _value(said) for key, said in row.items()}) for name, row in data.items()}


def _value(said: Any) -> Any:
    return frozenset(said) if isinstance(said, list) else said


def unwrapped(command: Command, is_other: Callable[[Command], bool] = lambda _: False) -> Command:
    """The command without the wrappers in front of it (`sudo`, `exec`, `env X=1`, …); itself where there are none.

    A wrapper whose words cannot be told apart (`env -S`, an unknown variable), or that starts nothing here
    (`command -v pip`), is left in place, and so is a runner that only start commands know (`poetry run`).

    Args:
        is_other: whether what a command starts only has the name of a wrapper, and is left in place too.
    """
    while (found := runner(command.name)) is not None and found.everywhere and not is_other(command):
        count = started_at(command)
        if count is None:
            return command
        command = command.without_first(count)
    return command


def started_at(command: Command) -> int | None:
    """How many words stand before the program that a runner starts; None where it is none or starts nothing here."""
    found = runner(command.name)
    if found is None:
        return None
    if found.dashes:
        at: int | None = next((at + 1 for at, word in enumerate(command.words) if word.value == "--"), None)
    elif found.verb:
        verb = next((at for at, word in enumerate(command.words) if at and word.value == found.verb), None)
        at = None if verb is None else _own_words(found, command.words, verb + 1)
    else:
        at = _own_words(found, command.words, 1)
    return at if at is not None and at < len(command.words) else None


def _own_words(found: Runner, words: Sequence[ShellWord], at: int) -> int | None:
    """How many words are the runner's own; None where that is unknown or it starts nothing."""
    behind = _behind_options(found, words, at)
    if behind is None:
        return None
    behind += found.operands
    while found.assigns and behind < len(words) and _ASSIGNMENT.match(words[behind].raw):
        behind += 1
    return behind


def _behind_options(found: Runner, words: Sequence[ShellWord], at: int) -> int | None:
    while at < len(words):
        value = words[at].value
        if found.assigns and (value == "-" or _ASSIGNMENT.match(words[at].raw)):
            at += 1
        elif value is None or _is_one_of(value, found.lookups):
            return at if value is None and not found.everywhere else None
        elif value == "--":
            return at + 1
        elif value.startswith("-") and value != "-":
            at += 2 if value in found.valued or _bundle_takes_value(value, found.valued) else 1
        else:
            return at
    return at


def _is_one_of(value: str, options: frozenset[str]) -> bool:
    """Whether a word is one of the options, its value glued on or not (`-S'a b'`, `--split-string=a`)."""
    return any(value == o or value.startswith(o + "=" if o.startswith("--") else o) for o in options)


def _bundle_takes_value(value: str, valued: frozenset[str]) -> bool:
    """Whether short options in one word (`-Hu`) end in one that takes the next word."""
    if value.startswith("--") or len(value) < 3:
        return False
    first = next((n for n, letter in enumerate(value[1:], 1) if f"-{letter}" in valued), None)
    return first == len(value) - 1
