"""Variables in exec form: no shell reads the words, so that `$PORT` reaches the program as it is written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.plans.serving.uses import started_uses
from dockerfix.programs.starts import inner_program
from dockerfix.regexes import regex
from dockerfix.shell import Command, ShellWord
from dockerfix.shell.nested import script_place
from dockerfix.text import Span

__all__ = ["Use", "as_script", "has_shell", "uses_in"]

_VARIABLE = regex(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?P<otherwise>:?[-+?=][^{}$`\"'\\]*)?\})")
# What else may stand in a word that is a value, and no text in a language of its own.
_VALUE = regex(r"[\w@%+=:,./?&#~\[\]-]*")
# What the container runtime sets, and the variable by which platforms tell an app its port.
_ALWAYS_SET = frozenset({"HOME", "HOSTNAME", "PATH", "PORT"})
# Programs in whose language a dollar sign is their own (awk's fields, jq's and PowerShell's variables), and envsubst,
# to which a variable is named that it replaces in a text.
_OWN_DOLLARS = frozenset(
    "awk gawk mawk nawk perl php jq yq pwsh powershell make gmake expect tclsh nu envsubst".split()
)
_WORDS = regex(r"(?:OPTS|OPTIONS|ARGS|ARGUMENTS|FLAGS|PARAMS)$")


@frozen
class Use:
    """A variable in a word. `known` tells that the container has it, or that the word says what to take instead."""

    name: str
    known: bool


def uses_in(words: Sequence[str], model: Image, stage: StageImage) -> tuple[Use, ...]:
    """The variables that were meant to be replaced, none where a program of its own accord reads them.

    A word is looked at where it is nothing but a value with variables in it: what holds blanks, quotes or braces may
    be a text in a language in which `$` means something else (awk, nginx, a script for an inner shell). So may a name
    in lower case that nothing sets.
    """
    nowhere = Span(0, 0)
    literal = tuple(ShellWord(word, word, False, 0, 0, nowhere) for word in words)
    program = inner_program(Command(literal, (), (), (), "", 0, 0, nowhere, "json"))
    if program.name in _OWN_DOLLARS or (program.name in POSIX_SHELLS and script_place(program.argv) is not None):
        return ()
    found = [match for word in words if _is_value(word) for match in _VARIABLE.finditer(word)]
    uses = [Use(_name(match), _is_known(match, _name(match), model, stage)) for match in found]
    return tuple(uses) if all(use.known or use.name.isupper() for use in uses) else ()


def as_script(words: Sequence[str], stage: StageImage) -> str:
    """The words as a shell has to read them, variables replaced, each still one word.

    A variable that stands for several options (`$JAVA_OPTS`) is left to be split, and to be nothing when empty.
    """
    return " ".join(_quoted(word, stage) for word in words)


def has_shell(stage: StageImage) -> bool | None:
    """Whether the image has a shell to start; None where the base is not known."""
    if stage.reference is not None and stage.reference.is_scratch:
        return False
    return None if stage.facts is None else stage.facts.shell is not None


def _quoted(word: str, stage: StageImage) -> str:
    if not (_is_value(word) and _VARIABLE.search(word)):
        return shlex.quote(word)
    whole = _VARIABLE.fullmatch(word)
    return word if whole and _stands_for_words(_name(whole), stage) else f'"{word}"'


def _stands_for_words(name: str, stage: StageImage) -> bool:
    value = stage.final.env.get(name)
    return bool(_WORDS.search(name)) or (value is not None and (value == "" or value.startswith("-")))


def _name(match: re.Match[str]) -> str:
    return match["plain"] or match["braced"]


def _is_value(word: str) -> bool:
    return _VALUE.fullmatch(_VARIABLE.sub("", word)) is not None and "$$" not in word


def _is_known(match: re.Match[str], name: str, model: Image, stage: StageImage) -> bool:
    if match["otherwise"] or name in stage.final.env or name in _ALWAYS_SET or _WORDS.search(name):
        return True
    return any(name == variable for use in started_uses(model) for variable, _ in use.environment)
