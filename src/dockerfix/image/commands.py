"""The commands that a RUN or a start command executes, and the folder each one works in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.image.state import State
from dockerfix.memo import memoised
from dockerfix.regexes import regex
from dockerfix.shell import Command, Script, exec_commands, parse_script, unwrapped
from dockerfix.shell.cd import FolderWalk
from dockerfix.syntax import Cmd, Entrypoint, Instruction, Run

__all__ = ["RunCommand", "commands_of", "run_commands", "script_of"]

_FUNCTION = regex(r"(?:\bfunction\s+([\w.:-]+)|([\w.:-]+)\s*\(\s*\))")


@frozen(eq=False)
class RunCommand:
    """A simple command of a RUN. `command` is written as it stands, `program` has its wrappers taken off.

    A program that is a function or an alias of the script has a name that is not known. `workdir` is the folder it
    runs in, `cd` included; None when that is unknown.
    """

    command: Command
    program: Command
    workdir: str | None


@memoised
def script_of(instruction: Run | Cmd | Entrypoint) -> Script | None:
    """The parsed shell text of an instruction in shell form; None in exec form."""
    return parse_script(instruction.script) if instruction.script is not None else None


def run_commands(instruction: Instruction, state: State) -> tuple[RunCommand, ...] | None:
    """What a RUN executes, in order, the commands of inner scripts (`sh -c '…'`) included.

    None when the shell is not a POSIX one or the text cannot be read.
    """
    if not isinstance(instruction, Run):
        return ()
    if instruction.form == "json":
        words = tuple((word.value, word.mapped) for word in instruction.words)
        commands = exec_commands(words, instruction.span) if words else ()
        return _followed(commands, b"", state.workdir)
    script = script_of(instruction)
    if script is None or not script.readable or not state.is_posix:
        return None
    return commands_of(script, state.workdir)


def commands_of(script: Script, workdir: str | None) -> tuple[RunCommand, ...]:
    """The commands of a script that starts in a folder, each with the folder it runs in."""
    return _followed(script.commands, script.source.raw, workdir)


def _followed(commands: Sequence[Command], text: bytes, workdir: str | None) -> tuple[RunCommand, ...]:
    own = _own_names(commands, text)
    walk = FolderWalk(commands, text, workdir)
    found: list[RunCommand] = []
    for command in commands:
        program = unwrapped(command)
        folder = walk.folder(command, program)
        found.append(RunCommand(command, _nameless(program) if program.name in own else program, folder))
    return tuple(found)


def _own_names(commands: Sequence[Command], text: bytes) -> frozenset[str]:
    """What the script calls by a name of its own: functions and aliases. Better one too many than one too few."""
    names = {(value or "").partition("=")[0] for one in commands if one.name == "alias" for value in one.argv[1:]}
    if any("function_definition" in command.within for command in commands):
        names |= {match[1] or match[2] for match in _FUNCTION.finditer(text.decode("utf-8", "replace"))}
    return frozenset(names)


def _nameless(program: Command) -> Command:
    return replace(program, words=(replace(program.words[0], value=None), *program.words[1:]))
