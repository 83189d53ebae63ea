"""A start by the project's own command, followed to the module that the command calls."""

from __future__ import annotations

from dataclasses import replace

from dockerfix.programs.starts import Program, Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.console_scripts import console_scripts
from dockerfix.shell import parse_script, quoted
from dockerfix.text import MappedText, Span, encode

__all__ = ["followed"]


def followed(start: Start, context: BuildContext) -> tuple[Start, frozenset[str]]:
    """The start with `python -m MODULE` in place of each command of the project, and the names of these commands."""
    modules = console_scripts(context)
    own = {one: modules.get(one.name or "") for one in start.programs if one.file is None}
    programs = tuple(_as_module(one, module) if (module := own.get(one)) else one for one in start.programs)
    return Start(programs, start.problems), frozenset(one.name for one, module in own.items() if module and one.name)


def _as_module(program: Program, module: str) -> Program:
    known = [quoted(value) for value in program.argv[1:] if value is not None]
    text = encode(" ".join(["python", "-m", quoted(module), *known]))
    script = parse_script(MappedText.contiguous(text, Span(0, len(text))))
    return replace(program, command=script.commands[0])
