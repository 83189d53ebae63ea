"""What an instruction that starts something runs, in shell form and in exec form alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Protocol

from dockerfix.shell.nested import script_place, text_of_json
from dockerfix.shell.reader import inner_commands, parse_script
from dockerfix.shell.runners import unwrapped
from dockerfix.shell.script import Command
from dockerfix.shell.words import ShellWord
from dockerfix.text import MappedText, Span

__all__ = ["Process", "commands_of", "exec_command", "exec_commands"]


def exec_command(words: tuple[tuple[str, MappedText], ...], span: Span) -> Command:
    """The command of an exec form: each word with the JSON string that it stands in."""
    return exec_commands(words, span)[0]


def exec_commands(words: tuple[tuple[str, MappedText], ...], span: Span) -> tuple[Command, ...]:
    """The command of an exec form, then those of the script that it hands to a shell (`["sh", "-c", "…"]`)."""
    found = tuple(ShellWord(mapped.text, value, False, 0, 0, mapped.whole) for value, mapped in words)
    command = Command(found, (), (), (), "", 0, 0, span, "json")
    program = unwrapped(command)
    place = script_place(program.argv)
    if place is None:
        return (command,)
    number = len(words) - len(program.words) + place if isinstance(place, int) else -1
    inner = text_of_json(*words[number]) if number >= 0 else None
    nested = inner_commands(inner) if inner is not None else None
    return (replace(command, opaque=nested is None), *(nested or ()))


class _Argument(Protocol):
    @property
    def value(self) -> str: ...
    @property
    def mapped(self) -> MappedText: ...


class Process(Protocol):
    """An instruction that starts something: RUN, CMD or ENTRYPOINT of `dockerfix.syntax`."""

    @property
    def form(self) -> Literal["json", "shell"]: ...
    @property
    def script(self) -> MappedText | None: ...
    @property
    def words(self) -> Sequence[_Argument]: ...
    @property
    def span(self) -> Span: ...


def commands_of(process: Process) -> tuple[Command, ...] | None:
    """The commands of a RUN, CMD or ENTRYPOINT in either form, as a POSIX shell reads them; None when unknown.

    It is for the caller to see that no SHELL instruction chose another kind of shell.
    """
    if process.form == "json":
        words = tuple((word.value, word.mapped) for word in process.words)
        return exec_commands(words, process.span) if words else ()
    script = parse_script(process.script) if process.script is not None else None
    return script.commands if script is not None and script.readable else None
