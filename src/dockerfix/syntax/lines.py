"""The lines of a file: those inside an instruction, and those between instructions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.text import Span

__all__ = ["Directive", "LineKind", "PhysicalLine", "Trivia", "TriviaKind"]

TriviaKind = Literal["comment", "blank", "bom"]
LineKind = Literal["code", "comment", "blank", "heredoc", "terminator"]


@dataclass(frozen=True, slots=True)  # slots: there is one for each line
class PhysicalLine:
    """One line of an instruction, newline included; `content` is what it adds to the logical line."""

    kind: LineKind
    span: Span
    content: Span


@dataclass(frozen=True, slots=True)
class Trivia:
    """A whole line that is no part of an instruction: a comment, a blank, or the byte order mark."""

    kind: TriviaKind
    span: Span
    text: str


@frozen
class Directive:
    """A parser directive at the top of the file: `# syntax=`, `# escape=`, `# check=`."""

    name: str
    value: str
    span: Span
