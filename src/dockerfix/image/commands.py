"""The commands that a RUN or a start command executes, and the folder each one works in."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from dockerfix.image.state import State
from dockerfix.memo import memoised
from dockerfix.shell import Command, Script, exec_command, parse_script, unwrapped
from dockerfix.syntax import Cmd, Entrypoint, Instruction, Run

__all__ = ["RunCommand", "commands_of", "run_commands", "script_of"]


@dataclass(frozen=True, slots=True, eq=False)
class RunCommand:
    """A simple command of a RUN. `command` is written as it stands, `program` has its wrappers taken off.

    `workdir` is the folder it runs in, `cd` included; None when that is unknown.
    """

    command: Command
    program: Command
    workdir: str | None


@memoised
def script_of(instruction: Run | Cmd | Entrypoint) -> Script | None:
    """The parsed shell text of an instruction in shell form; None in exec form."""
    return parse_script(instruction.script) if instruction.script is not None else None


def run_commands(instruction: Instruction, state: State) -> tuple[RunCommand, ...] | None:
    """What a RUN executes, in order; None when the shell is not a POSIX one or the text cannot be read."""
    if not isinstance(instruction, Run):
        return ()
    if instruction.form == "json":
        if not instruction.words:
            return ()
        command = exec_command(tuple((word.value, word.mapped) for word in instruction.words), instruction.span)
        return (RunCommand(command, unwrapped(command), state.workdir),)
    script = script_of(instruction)
    if script is None or not script.readable or not state.is_posix:
        return None
    return commands_of(script, state.workdir)


def commands_of(script: Script, workdir: str | None) -> tuple[RunCommand, ...]:
    """The commands of a script that starts in a folder, each with the folder it runs in.

    `cd` is followed: a subshell gives its folder back, another compound that changed it leaves it unknown.
    """
    found: list[RunCommand] = []
    folders: list[tuple[tuple[str, ...], str | None]] = [((), workdir)]
    for command in script.commands:
        while command.within[: len(folders[-1][0])] != folders[-1][0]:
            within, inner = folders.pop()
            outer_within, outer = folders[-1]
            if not {"subshell", "command_substitution"} & set(within[len(outer_within) :]) and inner != outer:
                folders[-1] = (outer_within, None)
        if command.within != folders[-1][0]:
            folders.append((command.within, folders[-1][1]))
        program = unwrapped(command)
        found.append(RunCommand(command, program, folders[-1][1]))
        if program.name in ("cd", "pushd", "popd"):
            folders[-1] = (folders[-1][0], _folder_after(program, folders[-1][1]))
    return tuple(found)


def _folder_after(program: Command, folder: str | None) -> str | None:
    values = [value for value in program.argv[1:] if value != "--"]
    if program.name == "popd" or len(values) != 1 or values[0] is None or values[0].startswith("-"):
        return None
    if values[0].startswith("/"):
        return posixpath.normpath(values[0])
    return None if folder is None else posixpath.normpath(posixpath.join(folder, values[0]))
