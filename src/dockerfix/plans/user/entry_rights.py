"""Programs of the start that a `chmod` of the build leaves to their owner alone: the app's user has to own them."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import StageImage
from dockerfix.plans.writes.written import Written
from dockerfix.programs.starts import Start
from dockerfix.shell.cd import absolute_word
from dockerfix.text import is_number

__all__ = ["shut_programs"]


def shut_programs(stage: StageImage, start: Start) -> Iterator[tuple[int, Written]]:
    """Each started file that a literal `chmod` lets its owner alone execute, with the line of that RUN."""
    started = {program.argv[0]: program for program in start.programs if program.file is not None and program.argv}
    places = {absolute_word(name, program.workdir) for name, program in started.items() if name}
    for step in stage.all_steps:
        for item in step.commands or ():
            if item.program.name != "chmod" or any(value is None for value in item.program.argv):
                continue
            words = [value for value in item.program.argv[1:] if value and not value.startswith("-")]
            named = {absolute_word(word, item.workdir) for word in words[1:]}
            line = step.instruction.start_line
            if words and named <= places and _is_for_the_owner(words[0]):
                for place in sorted(place for place in named if place is not None):
                    yield line, Written(place, f"line {line}", needs_folder=False)


def _is_for_the_owner(mode: str) -> bool:
    """Whether a mode lets the owner execute a file, and says nothing for others or shuts them out."""
    if is_number(mode) and len(mode) in (3, 4):
        owner, others = int(mode[-3]), int(mode[-1])
        return bool(owner & 1) and not others & 1
    who = mode.partition("+")[0].partition("=")[0]
    return who == "u" and "x" in mode and "," not in mode
