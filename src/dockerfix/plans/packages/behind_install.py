"""A command that is to run right behind an install in the same RUN: where it goes, and why it may not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.shell import Script, runner
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

__all__ = ["final_stages", "last_ones", "put_behind", "why_not_behind"]

_GAP = re.compile(rb"(?:[ \t]|[\\`][ \t]*\r?\n)*&&(?:[ \t]|[\\`][ \t]*\r?\n)*")
_PLAIN_PARTS = frozenset({"if_statement", "case_statement", "subshell", "compound_statement"})


def final_stages(model: Image) -> Iterator[StageImage]:
    """The stages that the final image is made of, from the lowest one."""
    found: list[StageImage] = []
    stage = model.final
    while stage is not None:
        found.append(stage)
        stage = stage.base
    return reversed(found)


def why_not_behind(run: Run, items: list[RunCommand]) -> str | None:
    """Why no command can be put behind the installs, or None."""
    if run.form == "json":
        return "exec form runs one command alone"
    script = script_of(run)
    if script is None:
        return "the commands cannot be read"
    if {"||", "|", "&"} & set(script.operators):
        return "the RUN has || or the like, and would treat a failure differently"
    for item in items:
        wrapper = runner(item.command.name)
        if item.command.is_nested or (wrapper is not None and wrapper.user):
            return "the install runs in another shell or as another user"
        if item.command.redirects or not set(item.command.within) <= _PLAIN_PARTS:
            return "the install stands inside a loop, a pipe or the like, or has its output redirected"
    return None


def last_ones(
    script: Script, step: Step, items: list[RunCommand], may_be_followed: Callable[[RunCommand], bool]
) -> list[RunCommand]:
    """The commands behind which it goes: the last one of the manager in a list, else each install that may be last."""
    if script.is_and_list:
        calls = [item for item in step.commands or () if may_be_followed(item)]
        return calls[-1:]
    plain = [item for item in items if not item.command.within]
    return [item for item in items if item.command.within or item is plain[-1]]


def put_behind(dockerfile: Dockerfile, script: Script, item: RunCommand, command: bytes) -> Edit:
    """`&&` and the command behind another one, on a line of its own where the list has such lines."""
    own = script.own_commands
    pairs = [pair for pair in pairwise(own) if item.command in pair and not pair[0].redirects]
    gaps = [dockerfile.source[one.span.end : other.span.start] for one, other in pairs if script.is_and_list]
    gap = next((gap for gap in gaps if _GAP.fullmatch(gap)), b" && ")
    return Edit.insert(item.command.span.end, gap + command)
