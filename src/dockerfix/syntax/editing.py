"""Edits of a tree, written in the file's own style; `Editor` collects them and gives the new tree."""

from __future__ import annotations

import json
from collections.abc import Iterable

from dockerfix.syntax.nodes import Instruction, Trivia
from dockerfix.syntax.parser import parse
from dockerfix.syntax.tree import Dockerfile
from dockerfix.text import Edit, Span, apply_edits, encode

__all__ = [
    "Editor",
    "add_flag",
    "delete_lines",
    "exec_form",
    "insert_after",
    "insert_before",
    "replace",
    "whole_lines",
]


def exec_form(words: Iterable[str]) -> str:
    """A JSON array as people write it in a Dockerfile: `["a", "b"]`, other than ASCII kept readable."""
    return "[" + ", ".join(json.dumps(word, ensure_ascii=False) for word in words) + "]"


def replace(dockerfile: Dockerfile, span: Span, text: str) -> Edit:
    """Put `text` (lines parted by `\\n`) in place of a range, in the file's newline."""
    return Edit(span, dockerfile.style.encoded(text))


def insert_before(dockerfile: Dockerfile, place: Instruction | Trivia, text: str) -> Edit:
    """Put whole lines above an instruction, a comment or a blank.

    Args:
        text: one or more lines; the last newline may be left out.
    """
    span = place.span if isinstance(place, Trivia) else place.extent
    return Edit.insert(span.start, dockerfile.style.encoded(text.removesuffix("\n") + "\n"))


def insert_after(dockerfile: Dockerfile, instruction: Instruction, text: str) -> Edit:
    """Put whole lines below an instruction; a file without a final newline stays one."""
    lines = text.removesuffix("\n")
    end = instruction.extent.end
    closed = dockerfile.source[:end].endswith(b"\n")
    return Edit.insert(end, dockerfile.style.encoded(lines + "\n" if closed else "\n" + lines))


def whole_lines(dockerfile: Dockerfile, instruction: Instruction, *, comments: bool = False) -> Span:
    """The full lines of an instruction, on request with the comment block that stands on it."""
    above = dockerfile.comments_above(instruction) if comments else ()
    return Span(above[0].span.start if above else instruction.extent.start, instruction.extent.end)


def delete_lines(dockerfile: Dockerfile, instruction: Instruction) -> Edit:
    """Take an instruction out, its lines and nothing else; comments stay."""
    return Edit(whole_lines(dockerfile, instruction), b"")


def add_flag(instruction: Instruction, flag: str) -> Edit:
    """Add a builder flag (`--chown=app:app`) behind the flags that stand there."""
    if instruction.flags:
        return Edit.insert(instruction.flags[-1].span.end, encode(" " + flag))
    return Edit.insert(instruction.keyword_span.end, encode(" " + flag))


class Editor:
    """Collects edits of one Dockerfile and makes them all at once.

    >>> editor = Editor(parse("FROM debian\\nCMD serve\\n"))
    >>> editor.insert_before(editor.dockerfile.instructions[1], "USER nobody")
    >>> editor.result().text
    'FROM debian\\nUSER nobody\\nCMD serve\\n'
    """

    def __init__(self, dockerfile: Dockerfile) -> None:
        self.dockerfile = dockerfile
        self._edits: list[Edit] = []

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was asked for so far, in that order."""
        return tuple(self._edits)

    def add(self, *edits: Edit) -> None:
        """Take over edits made elsewhere, for instance by `dockerfix.shell`."""
        self._edits += edits

    def replace(self, span: Span, text: str) -> None:
        """See `dockerfix.syntax.replace`."""
        self.add(replace(self.dockerfile, span, text))

    def insert_before(self, place: Instruction | Trivia, text: str) -> None:
        """See `dockerfix.syntax.insert_before`."""
        self.add(insert_before(self.dockerfile, place, text))

    def insert_after(self, instruction: Instruction, text: str) -> None:
        """See `dockerfix.syntax.insert_after`."""
        self.add(insert_after(self.dockerfile, instruction, text))

    def delete(self, instruction: Instruction) -> None:
        """See `dockerfix.syntax.delete_lines`."""
        self.add(delete_lines(self.dockerfile, instruction))

    def add_flag(self, instruction: Instruction, flag: str) -> None:
        """See `dockerfix.syntax.add_flag`."""
        self.add(add_flag(instruction, flag))

    def result(self) -> Dockerfile:
        """The tree of the changed text.

        Raises:
            EditError: two edits overlap.
        """
        return parse(apply_edits(self.dockerfile.source, self._edits))
