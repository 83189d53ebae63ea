"""Flags and commands that only decide whether a package manager leaves its cache behind."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import pairwise

from dockerfix.image.cache_cleaning import cleans, cleans_package_cache, command_texts
from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.model import Step
from dockerfix.shell import Command, Script, ShellWord
from dockerfix.syntax import Run

__all__ = ["CACHE_FLAGS", "cut", "without_cache_flags"]

# Program (last part of the name, digits and dots aside) → flags without effect on what gets installed.
CACHE_FLAGS: dict[str, frozenset[str]] = {
    "pip": frozenset({"--no-cache-dir"}),
    "uv": frozenset({"--no-cache"}),
    "apk": frozenset({"--no-cache"}),
}


def without_cache_flags(step: Step) -> Hashable:
    """The text of a RUN as a value in which cache flags, and commands that remove caches, do not count.

    The plain text where it cannot be read; commands count where more than `&&` joins them.
    """
    run = step.instruction
    assert isinstance(run, Run)
    commands = step.commands
    if not commands:
        return (run.arguments.raw, tuple(heredoc.content for heredoc in run.heredocs))
    if run.form == "json":
        return tuple(_kept(item, is_outer=number == 0) for number, item in enumerate(commands))
    found = command_texts(step, lambda item: cleans(item) or cleans_package_cache(item.command), _cache_words)
    if found is not None:
        return found
    script = script_of(run)
    assert script is not None  # it was read into commands
    words = [(word.start, word.end) for item in commands for word in _cache_words(item)]
    return cut(script.source.raw, [*words, *_cleanings(script)])


def cut(raw: bytes, parts: Iterable[tuple[int, int]]) -> bytes:
    """The text without some parts and the blanks in front of each."""
    pieces: list[bytes] = []
    at = 0
    for start, end in sorted(parts):
        pieces.append(raw[at:start].rstrip(b" \t"))
        at = end
    return b"".join([*pieces, raw[at:]])


def _cleanings(script: Script) -> Iterator[tuple[int, int]]:
    """Commands joined by `&&` that do nothing but empty a cache, each from the end of the one before it."""
    for before, command in pairwise(script.own_commands):
        behind = command.operator == "&&" and not command.redirects and not before.redirects
        if behind and command.within == before.within and not command.assignments and cleans_package_cache(command):
            yield before.end, command.end


def _cache_words(item: RunCommand) -> list[ShellWord]:
    program = item.program
    name = (program.name or "").rstrip("0123456789.")
    if name == "python" and program.argv[1:3] == ("-m", "pip"):
        name = "pip"
    flags = CACHE_FLAGS.get(name, frozenset())
    return [word for word in program.words if word.value in flags]


def _kept(item: RunCommand, *, is_outer: bool) -> Hashable:
    """A command of an exec form; the text that it hands to a shell is told by the commands in it."""
    command: Command = item.command
    dropped = _cache_words(item)
    hands_on = is_outer and item.program.argv[1:2] == ("-c",)
    words = [word.raw for word in command.words if word not in dropped and not (hands_on and " " in word.raw)]
    return (tuple(words), command.operator, command.within, command.redirects, str(command.assignments))
