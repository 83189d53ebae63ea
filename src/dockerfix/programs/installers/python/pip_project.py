"""An install of the project itself by pip, or `uv pip`: how to install its dependencies alone.

Source: uv documentation, "Using uv in Docker" (the pip interface); setuptools documentation, "Dynamic Metadata".
"""

from __future__ import annotations

from dataclasses import replace

from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Split
from dockerfix.programs.installers.python.pip_dependencies import ProjectDependencies
from dockerfix.programs.installers.python.pip_reading import PipReading, is_project
from dockerfix.programs.installers.python.pip_suggestions import suggested_split
from dockerfix.shell import Command, PipCommand, ShellWord, pip_command

__all__ = ["project_split"]


def project_split(call: Call, pip: PipCommand) -> Split | None:
    """The same install of what is named besides the project, and of files that name the project's dependencies."""
    if pip.verb != "install" or call.item.command.assignments or not pip.is_certain:
        return None
    program = _without_projects(call.item.command, pip)
    rest = pip_command(program)
    folders = [path for path in (*pip.editables, *pip.local) if path is not None and is_project(path)]
    if rest is None or not folders:
        return None
    reader = PipReading(call, rest)
    if reader.problem() is not None:
        return None
    words: list[str] = []
    doubts: list[str] = []
    for folder in folders:
        project = ProjectDependencies(call, folder, reader)
        words += project.of_uv() if pip.tool == "uv" else project.of_pip()
        doubts += project.doubts
    if not words and not rest.requirements and not rest.groups:
        return suggested_split(call, pip, folders)
    command = " ".join([*(word.raw for word in program.words), *words])
    return Split(dict(reader.reading.reads), instead=command, doubt=next(iter(doubts), ""))


def _without_projects(command: Command, pip: PipCommand) -> Command:
    """A command without the folders it installs, and without the `-e` in front of them."""
    words: list[ShellWord] = []
    for word in command.words:
        value = word.value or ""
        follows = bool(words) and words[-1].value in ("-e", "--editable")
        if follows:
            words.pop()
        is_folder = value.startswith("--editable=") or (value in pip.local and is_project(value))
        if not follows and not is_folder:
            words.append(word)
    return replace(command, words=tuple(words))
