"""The commands of CMD and ENTRYPOINT as they stand in the file, where they can be edited."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.programs.starts import Start, inner_program, start_of
from dockerfix.shell import Command, commands_of, exec_commands
from dockerfix.syntax import Cmd, Entrypoint

__all__ = ["StartInstruction", "StartedCommand", "own_start", "start_commands", "start_instruction"]

StartInstruction = Cmd | Entrypoint


@frozen(eq=False)
class StartedCommand:
    """A command that the image starts: `program` has its wrappers and runners taken off, `instruction` holds it."""

    program: Command
    instruction: StartInstruction


def own_start(model: Image) -> Start | None:
    """What the image starts by itself; where the base may set an ENTRYPOINT that is not known, what its CMD says."""
    stage = model.final
    if stage is None:
        return None
    found = start_of(model, stage)
    return found or (start_of(model, stage, stage.start.cmd, place="CMD") if stage.start.cmd else None)


def start_instruction(stage: StageImage) -> StartInstruction | None:
    """The CMD, else the ENTRYPOINT, that a stage's image is started by, in the stage itself or one below it."""
    entrypoint, cmd = _instructions(stage)
    return cmd or entrypoint


def _instructions(stage: StageImage) -> tuple[Entrypoint | None, Cmd | None]:
    """The ENTRYPOINT and CMD that hold; an ENTRYPOINT drops the CMD that came with its base."""
    entrypoint: Entrypoint | None = None
    cmd: Cmd | None = None
    for one in _chain(stage):
        own = [i for i in one.stage.instructions if isinstance(i, Cmd | Entrypoint)]
        if any(isinstance(i, Entrypoint) for i in own) and not any(isinstance(i, Cmd) for i in own):
            cmd = None
        for instruction in own:
            if isinstance(instruction, Entrypoint):
                entrypoint = instruction
            else:
                cmd = instruction
    return entrypoint, cmd


def _chain(stage: StageImage) -> Iterator[StageImage]:
    found = [stage]
    while found[-1].base is not None:
        found.append(found[-1].base)
    return reversed(found)


def start_commands(model: Image, start: Start) -> tuple[StartedCommand, ...]:
    """The commands of CMD and ENTRYPOINT that certainly run.

    Args:
        start: what the image starts (`own_start`), which an entry point may have changed.
    """
    stage = model.final
    if stage is None or not stage.final.is_posix or stage.stage.start.escape != "\\":
        return ()
    running = {program.argv for program in start.programs}
    found: list[StartedCommand] = []
    for instruction, command in _commands(stage):
        program = inner_program(command)
        if program.argv in running and not any(program.words == other.program.words for other in found):
            found.append(StartedCommand(program, instruction))
    return tuple(found)


def _commands(stage: StageImage) -> Iterator[tuple[StartInstruction, Command]]:
    """Each command with the instruction that its last word stands in."""
    entrypoint, cmd = _instructions(stage)
    if entrypoint is not None and cmd is not None and entrypoint.words and cmd.words:
        if entrypoint.form == cmd.form == "json":
            words = tuple((word.value, word.mapped) for word in (*entrypoint.words, *cmd.words))
            yield from ((cmd, command) for command in exec_commands(words, cmd.span))
        elif entrypoint.form == "shell":
            cmd = None  # a shell-form ENTRYPOINT ignores it
    for instruction in (cmd, entrypoint):
        if instruction is not None:
            yield from ((instruction, command) for command in commands_of(instruction) or ())
