"""Whether BuildKit would build from this text at all: its parser's checks, then those of its instruction reader.

Source: BuildKit `frontend/dockerfile/instructions/parse.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.errors import ParseError
from dockerfix.syntax.nodes import Arg, From, Instruction, Onbuild, Unknown
from dockerfix.syntax.tree import Dockerfile, ParseProblem

__all__ = ["check", "parser_problem"]

_NEEDS_ONE = {"FROM", "RUN", "ENV", "LABEL", "ARG", "EXPOSE", "VOLUME", "SHELL", "HEALTHCHECK", "ONBUILD"}
_EXACTLY_ONE = {"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"}


def parser_problem(dockerfile: Dockerfile) -> ParseProblem | None:
    """The first thing for which BuildKit's parser refuses the file, or None."""
    return dockerfile.problems[0] if dockerfile.problems else None


def check(dockerfile: Dockerfile) -> None:
    """Nothing, when BuildKit would start to build from this file.

    Raises:
        ParseError: it would not; the message says why, `line` (1-based) where.
    """
    problem = parser_problem(dockerfile) or next(_instruction_problems(dockerfile), None)
    if problem is not None:
        raise ParseError(problem.message, problem.line)


def _instruction_problems(dockerfile: Dockerfile) -> Iterator[ParseProblem]:
    for instruction in dockerfile.instructions:
        message = _refused(instruction)
        if message is not None:
            yield ParseProblem(message, instruction.start_line)
    if not dockerfile.stages:
        yield ParseProblem("no FROM: a Dockerfile starts a stage before anything is built", None)
        return
    for instruction in dockerfile.instructions[: dockerfile.stages[0].start.index]:
        if not isinstance(instruction, Arg):
            message = f"{instruction.keyword} before the first FROM; only ARG may stand there"
            yield ParseProblem(message, instruction.start_line)


def _refused(instruction: Instruction) -> str | None:
    if isinstance(instruction, Unknown):
        return f"unknown instruction: {instruction.keyword or 'an empty line'}"
    count = len(instruction.words)
    kind = instruction.kind
    if kind in _NEEDS_ONE and not count:
        return f"{kind} requires at least one argument"
    if kind in _EXACTLY_ONE and count != 1:
        return f"{kind} requires exactly one argument"
    if kind in ("COPY", "ADD") and count < 2:
        return f"{kind} requires at least two arguments"
    if kind == "SHELL" and instruction.form != "json":
        return "SHELL requires the arguments to be in JSON form"
    if isinstance(instruction, From) and not _from_words_fit(instruction):
        return "FROM requires either one or three arguments"
    if isinstance(instruction, Onbuild) and instruction.trigger is not None:
        return _refused_trigger(instruction.trigger)
    return None


def _from_words_fit(instruction: From) -> bool:
    count = len(instruction.words)
    return count == 1 or (count == 3 and instruction.words[1].value.lower() == "as")


def _refused_trigger(trigger: Instruction) -> str | None:
    if trigger.kind in ("ONBUILD", "FROM", "MAINTAINER"):
        return f"{trigger.kind} isn't allowed as an ONBUILD trigger"
    return _refused(trigger)
