"""Edits of a tree, written in the file's own style; `Editor` collects them and gives the new tree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from dockerfix.syntax.lines import Trivia
from dockerfix.syntax.nodes import From, Instruction, Onbuild, Unknown
from dockerfix.syntax.parser import parse
from dockerfix.syntax.tree import Dockerfile
from dockerfix.text import Edit, Span, apply_edits, decode, encode

__all__ = [
    "Editor",
    "add_flag",
    "delete_lines",
    "exec_form",
    "in_style",
    "insert_after",
    "insert_before",
    "replace",
    "set_flag",
    "whole_lines",
]

_USUAL_INDENT = b"    "


def exec_form(words: Iterable[str]) -> str:
    """A JSON array as people write it in a Dockerfile: `["a", "b"]`, other than ASCII kept readable."""
    return "[" + ", ".join(json.dumps(word, ensure_ascii=False) for word in words) + "]"


def in_style(dockerfile: Dockerfile, text: str) -> str:
    """Instructions written the usual way (`RUN`, a backslash, four spaces) as this file would write them.

    Keywords take its letter case, continuation lines its escape character and its indentation; lines stay parted
    by `\\n`.
    """
    tree = parse(text)
    edits = [edit for instruction in tree.walk() for edit in _restyled(tree, instruction, dockerfile)]
    return decode(apply_edits(tree.source, edits))


def _restyled(tree: Dockerfile, instruction: Instruction, target: Dockerfile) -> Iterator[Edit]:
    if not isinstance(instruction, Unknown):
        yield Edit(instruction.keyword_span, encode(target.style.keyword(instruction.keyword)))
    if isinstance(instruction, From) and instruction.name is not None:
        yield Edit(instruction.words[1].span, encode(target.style.keyword("AS")))
    if tree.instructions[instruction.index] is not instruction:
        return  # the lines are those of the ONBUILD that holds it
    for number, line in enumerate(line for line in instruction.lines if line.kind == "code"):
        content = tree.source[line.content.start : line.content.end]
        if number and content.startswith(_USUAL_INDENT) and not content[len(_USUAL_INDENT) :].startswith(b" "):
            yield Edit(Span(line.content.start, line.content.start + len(_USUAL_INDENT)), encode(target.style.indent))
        if tree.source.startswith(tree.escape.encode(), line.content.end):
            yield Edit(Span(line.content.end, line.content.end + 1), target.escape.encode())


def replace(dockerfile: Dockerfile, span: Span, text: str) -> Edit:
    """Put `text` (lines parted by `\\n`) in place of a range, in the file's newline and otherwise as it stands."""
    return Edit(span, dockerfile.style.encoded(text))


def insert_before(dockerfile: Dockerfile, place: Instruction | Trivia, text: str) -> Edit:
    """Put whole lines above an instruction, a comment or a blank, in the file's style (see `in_style`).

    Args:
        text: one or more lines; the last newline may be left out.
    """
    span = place.span if isinstance(place, Trivia) else place.extent
    lines = dockerfile.style.set_in(in_style(dockerfile, text.removesuffix("\n")))
    return Edit.insert(span.start, dockerfile.style.encoded(lines + "\n"))


def insert_after(dockerfile: Dockerfile, instruction: Instruction, text: str) -> Edit:
    """Put whole lines below an instruction, in the file's style (see `in_style`).

    A file without a final newline stays one. A last instruction that ends in a continuation mark loses the mark,
    which would take in what follows.
    """
    lines = dockerfile.style.set_in(in_style(dockerfile, text.removesuffix("\n")))
    end = instruction.extent.end
    start, kept = end, b""
    mark = _open_mark(dockerfile, instruction)
    if mark is not None:
        start, kept = mark, dockerfile.source[mark + 1 : end]
    closed = dockerfile.source[:end].endswith(b"\n")
    return Edit(Span(start, end), kept + dockerfile.style.encoded(lines + "\n" if closed else "\n" + lines))


def _open_mark(dockerfile: Dockerfile, instruction: Instruction) -> int | None:
    """Where the continuation mark stands with which the file breaks off inside an instruction."""
    if instruction.heredocs or instruction.extent.end != len(dockerfile.source):
        return None
    last = next(line for line in reversed(instruction.lines) if line.kind == "code")
    is_open = dockerfile.source.startswith(dockerfile.escape.encode(), last.content.end)
    return last.content.end if is_open else None


def whole_lines(dockerfile: Dockerfile, instruction: Instruction, *, comments: bool = False) -> Span:
    """The full lines of an instruction, on request with the comment block that stands on it."""
    above = dockerfile.comments_above(instruction) if comments else ()
    return Span(above[0].span.start if above else instruction.extent.start, instruction.extent.end)


def delete_lines(dockerfile: Dockerfile, instruction: Instruction) -> Edit:
    """Take an instruction out, its lines and nothing else; comments stay."""
    return Edit(whole_lines(dockerfile, instruction), b"")


def add_flag(instruction: Instruction, flag: str) -> Edit:
    """Add a builder flag (`--chown=app:app`) behind the flags that stand there; an ONBUILD's goes to its trigger."""
    if isinstance(instruction, Onbuild) and instruction.trigger is not None:
        return add_flag(instruction.trigger, flag)
    behind = instruction.flags[-1].span if instruction.flags else instruction.keyword_span
    return Edit.insert(behind.end, encode(" " + flag))


def set_flag(instruction: Instruction, name: str, value: str) -> Edit:
    """Give a builder flag another value, or add it where it is missing: `set_flag(copy, "chown", "app")`."""
    if isinstance(instruction, Onbuild) and instruction.trigger is not None:
        return set_flag(instruction.trigger, name, value)
    there = instruction.flag(name)
    text = f"--{name}={value}"
    return Edit(there.span, encode(text)) if there is not None else add_flag(instruction, text)


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

    def set_flag(self, instruction: Instruction, name: str, value: str) -> None:
        """See `dockerfix.syntax.set_flag`."""
        self.add(set_flag(instruction, name, value))

    def result(self) -> Dockerfile:
        """The tree of the changed text.

        Raises:
            EditError: two edits overlap.
        """
        return parse(apply_edits(self.dockerfile.source, self._edits))
