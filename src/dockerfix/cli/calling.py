"""Calls a command of typer as all of ours are: `-h`, help without Python's types, one voice for what is mistyped."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import typer
from typer.main import get_command

__all__ = ["call"]

_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]  # typer exports the class below it only
# What the parser of the command line says, and how we do.
_OURS = [
    (re.compile(pattern), ours)
    for pattern, ours in (
        (r"Value error, ", ""),
        (r"Input should be a valid integer", "it must be a whole number"),
        (r"Input should be ", "it must be "),
        (r", unable to parse string as an? \w+", ""),
        (r"Got unexpected extra arguments? ?(?:\(s\) )?\((.+)\)", r"too many words: \1"),
        (r"\. Did you mean '?([^'?]+)'?\?", r" (did you mean \1?)"),
        (r"'([^' ]+(?: / [^' ]+)?)'", r"\1"),
    )
]
_WRONG = 2
_COMPLETIONS = ("--install-completion", "--show-completion")  # what tools made with typer have


def call(app: typer.Typer, words: list[str], name: str) -> int:
    """The exit code of a command.

    Args:
        words: its options and arguments.
        name: what it is called by, as `dockerfix rule`.
    """
    command = get_command(app)
    for parameter in _parameters(command):
        if hasattr(parameter, "display_type"):
            vars(parameter)["display_type"] = lambda context, one=parameter: _choices(one, context)
    try:
        code = command.main(words, prog_name=name, standalone_mode=False, help_option_names=["-h", "--help"])
    except _USAGE_ERROR as error:
        sys.stderr.write(f"error: {_sentence(error)}; `{name} --help` lists the options\n")
        return _WRONG
    return code if isinstance(code, int) else 0


def _parameters(command: Any) -> Iterator[Any]:
    yield from command.params
    for below in getattr(command, "commands", {}).values():
        yield from _parameters(below)


def _choices(parameter: Any, context: Any) -> str:
    """What the help says behind a name: the words to choose from, and no type."""
    shown = type(parameter).display_type(parameter, context).strip("<>")
    return shown if "|" in shown else ""


def _sentence(error: Any) -> str:
    """What is wrong with the words, said as all other errors are."""
    option = getattr(error, "option_name", "")
    if option in _COMPLETIONS:
        return f"there is no option {option}: `dockerfix completion bash` (zsh, fish) prints the script"
    if option and hasattr(error, "possibilities"):
        return f"there is no option {option}{_meant_option(option, error.possibilities or ())}"
    text = error.format_message()
    for pattern, ours in _OURS:
        text = pattern.sub(ours, text)
    return " ".join((text[:1].lower() + text[1:]).rstrip(".").split())


def _meant_option(option: str, possibilities: Iterable[str]) -> str:
    from dockerfix.spelling import nearest_name

    spellings = {name.lstrip("-"): name for name in possibilities}
    found = nearest_name(option.lstrip("-"), spellings)
    return re.sub(r"(?<=mean )(.+)(?=\?)", lambda name: spellings[name[1]], found)
