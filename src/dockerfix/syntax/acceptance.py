"""Whether BuildKit would start to build from this text: its parser's checks, then those of its instruction reader.

What BuildKit finds out only once variables are known or the build runs (image names, mounts, ports) is not asked.
Source: BuildKit `frontend/dockerfile/instructions/parse.go` and `bflag.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from dockerfix.errors import ParseError
from dockerfix.memo import memoised
from dockerfix.regexes import regex
from dockerfix.syntax.heredocs import is_heredoc_mark
from dockerfix.syntax.nodes import BY_KEYWORD, Arg, From, Healthcheck, Instruction, Onbuild, Unknown
from dockerfix.syntax.tree import Dockerfile, ParseProblem

__all__ = ["check", "parser_problem"]

_NEEDS_ONE = {"ENV", "LABEL", "ARG", "EXPOSE", "VOLUME", "SHELL", "HEALTHCHECK", "ONBUILD"}
_EXACTLY_ONE = {"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"}
_STAGE_NAME = regex(r"[a-z][a-z0-9_.-]*")
_COUNT = regex(r"\+?\d+")
_DURATION = regex(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)
# How each flag is given: once with a value, any number of times with a value, or alone (then true).
_ONCE, _REPEATED, _SWITCH = "once", "repeated", "switch"
_FLAGS: dict[str, dict[str, str]] = {
    "FROM": {"platform": _ONCE},
    "RUN": {"mount": _REPEATED, "device": _REPEATED, "network": _ONCE, "security": _ONCE},
    "COPY": {
        "chown": _ONCE,
        "from": _ONCE,
        "chmod": _ONCE,
        "link": _SWITCH,
        "exclude": _REPEATED,
        "parents": _SWITCH,
    },
    "ADD": {
        "chown": _ONCE,
        "chmod": _ONCE,
        "link": _SWITCH,
        "keep-git-dir": _SWITCH,
        "checksum": _ONCE,
        "unpack": _SWITCH,
        "exclude": _REPEATED,
    },
    "HEALTHCHECK": dict.fromkeys(("interval", "timeout", "start-period", "start-interval", "retries"), _ONCE),
}
_FLAGS_NOT_READ = {"ARG", "STOPSIGNAL"}


def parser_problem(dockerfile: Dockerfile) -> ParseProblem | None:
    """The first thing for which BuildKit's parser refuses the file, or None."""
    return dockerfile.problems[0] if dockerfile.problems else None


def check(dockerfile: Dockerfile) -> None:
    """Nothing, when BuildKit would start to build from this file.

    Raises:
        ParseError: it would not; the message says why, `line` (1-based) where.
    """
    problem = _problem(dockerfile)
    if problem is not None:
        raise ParseError(problem.message, problem.line)


@memoised
def _problem(dockerfile: Dockerfile) -> ParseProblem | None:
    return parser_problem(dockerfile) or next(_instruction_problems(dockerfile), None)


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
        return _unknown(instruction.keyword)
    if isinstance(instruction, Onbuild) and isinstance(instruction.trigger, Onbuild):
        return "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
    checks = (_wrong_count, _wrong_flags, _OWN_CHECKS.get(instruction.kind, _nothing))
    return next((message for check in checks if (message := check(instruction)) is not None), None)


def _unknown(keyword: str) -> str:
    from dockerfix.spelling import nearest_name

    return f"unknown instruction: {keyword + nearest_name(keyword, BY_KEYWORD) if keyword else 'an empty line'}"


def _nothing(_: Instruction) -> None:
    return None


def _wrong_count(instruction: Instruction) -> str | None:
    count, kind = len(instruction.words), instruction.kind
    if kind in _NEEDS_ONE and not count and not (isinstance(instruction, Onbuild) and instruction.trigger):
        return f"{kind} requires at least one argument"
    if kind in _EXACTLY_ONE and count != 1:
        return f"{kind} requires exactly one argument"
    if kind in ("COPY", "ADD") and count < 2:
        return f"{kind} requires at least two arguments"
    return None


def _wrong_flags(instruction: Instruction) -> str | None:
    if instruction.kind in _FLAGS_NOT_READ or (isinstance(instruction, Healthcheck) and _is_none(instruction)):
        return None
    known = _FLAGS.get(instruction.kind, {})
    seen: set[str] = set()
    for flag in instruction.flags:
        name, equals, value = flag.text[2:].partition("=")
        how = known.get(name)
        if how is None:
            return f"unknown flag: --{name}{_meant_flag(name, known)}"
        if name in seen and how != _REPEATED:
            return f"duplicate flag specified: --{name}"
        seen.add(name)
        if (how != _SWITCH and not equals) or (how == _SWITCH and equals and not value):
            return f"missing a value on flag: --{name}"
        if how == _SWITCH and value.lower() not in ("", "true", "false"):
            return f"expecting boolean value for flag --{name}, not: {value}"
    return None


def _meant_flag(name: str, known: Iterable[str]) -> str:
    from dockerfix.spelling import nearest_name

    return nearest_name(f"--{name}", [f"--{flag}" for flag in known])


def _is_none(instruction: Healthcheck) -> bool:
    return instruction.type.upper() == "NONE"


def _wrong_from(instruction: Instruction) -> str | None:
    assert isinstance(instruction, From)
    if instruction.name is None and len(instruction.words) != 1:
        return "FROM requires either one or three arguments"
    if instruction.name is not None and not _STAGE_NAME.fullmatch(instruction.name):
        name = instruction.words[2].value
        return f'invalid name for build stage: "{name}", name can\'t start with a number or contain symbols'
    return None


def _wrong_pairs(instruction: Instruction) -> str | None:
    blank = any(not word.value for word in instruction.words[::2])
    return f"{instruction.kind} names can not be blank" if blank else None


def _wrong_arg(instruction: Instruction) -> str | None:
    return "ARG names can not be blank" if any(value.startswith("=") for value in instruction.values) else None


def _wrong_transfer(instruction: Instruction) -> str | None:
    if is_heredoc_mark(instruction.values[-1]):
        return f"{instruction.kind} cannot accept a heredoc as a destination"
    return None


def _wrong_volume(instruction: Instruction) -> str | None:
    blank = any(not value.strip() for value in instruction.values)
    return "VOLUME specified can not be an empty string" if blank else None


def _wrong_shell(instruction: Instruction) -> str | None:
    return None if instruction.form == "json" else "SHELL requires the arguments to be in JSON form"


def _wrong_healthcheck(instruction: Instruction) -> str | None:
    assert isinstance(instruction, Healthcheck)
    arguments = len(instruction.words) - 1
    if _is_none(instruction):
        return "HEALTHCHECK NONE takes no arguments" if arguments else None
    if instruction.type.upper() != "CMD":
        return f'Unknown type "{instruction.type.upper()}" in HEALTHCHECK (try CMD)'
    if not arguments:
        return "Missing command after HEALTHCHECK CMD"
    for flag in instruction.flags:
        pattern = _COUNT if flag.name == "retries" else _DURATION
        if flag.value and not pattern.fullmatch(flag.value):
            return f"invalid value for flag --{flag.name}: {flag.value}"
    return None


def _wrong_onbuild(instruction: Instruction) -> str | None:
    assert isinstance(instruction, Onbuild)
    trigger = instruction.trigger
    if trigger is None:
        return None
    if trigger.kind in ("FROM", "MAINTAINER"):
        return f"{trigger.kind} isn't allowed as an ONBUILD trigger"
    return _refused(trigger)


_OWN_CHECKS: dict[str, Callable[[Instruction], str | None]] = {
    "FROM": _wrong_from,
    "ENV": _wrong_pairs,
    "LABEL": _wrong_pairs,
    "ARG": _wrong_arg,
    "COPY": _wrong_transfer,
    "ADD": _wrong_transfer,
    "VOLUME": _wrong_volume,
    "SHELL": _wrong_shell,
    "HEALTHCHECK": _wrong_healthcheck,
    "ONBUILD": _wrong_onbuild,
}
