"""The manners of a file that new text has to follow: newline, indentation, letter case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.text import decode, encode

if TYPE_CHECKING:
    from dockerfix.syntax.nodes import Instruction

__all__ = ["FileStyle", "file_style"]

_DEEPEST = 8  # what stands further in is aligned with the words of its own command


@frozen
class FileStyle:
    """How the file is written, told by its majority.

    `newline` is `\\n` or `\\r\\n`; `indent` is what opens a continuation line; `lowercase` tells that keywords
    are written small. `margin` are the blanks in front of each instruction but FROM, where all have some.
    """

    newline: str
    indent: str
    lowercase: bool
    margin: str = ""

    def keyword(self, name: str) -> str:
        """An instruction keyword in the file's letter case."""
        return name.lower() if self.lowercase else name.upper()

    def encoded(self, text: str) -> bytes:
        """Text written with `\\n`, as bytes with the file's newline."""
        return encode(text.replace("\n", self.newline) if self.newline != "\n" else text)

    def set_in(self, text: str) -> str:
        """Whole lines (parted by `\\n`) behind the file's margin; continuation lines have their indentation."""
        if not self.margin:
            return text
        return "\n".join(self.margin + line if line[:1].strip() else line for line in text.split("\n"))


def file_style(source: bytes, instructions: Sequence[Instruction]) -> FileStyle:
    """The style of a source; an empty one gets `\\n`, four spaces and capitals."""
    newlines = source.count(b"\n")
    crlf = source.count(b"\r\n")
    indents: Counter[str] = Counter()
    small = 0
    for instruction in instructions:
        small += instruction.keyword.islower()
        for line in instruction.lines[1:]:
            if line.kind == "code":
                text = decode(source[line.content.start : line.content.end])
                indents[text[: len(text) - len(text.lstrip(" \t"))]] += 1
    usual = [indent for indent, _ in indents.most_common() if 0 < len(indent) <= _DEEPEST]
    margin = _margin(source, instructions)
    indent = usual[0] if usual else f"{margin}    "
    return FileStyle("\r\n" if crlf * 2 > newlines else "\n", indent, small * 2 > len(instructions), margin)


def _margin(source: bytes, instructions: Sequence[Instruction]) -> str:
    """The blanks that all instructions but FROM have in front of them; the fewest where they differ."""
    found = [decode(source[one.extent.start : one.span.start]) for one in instructions if one.kind != "FROM"]
    blanks = [text for text in found if not text.strip()]
    return min(blanks, key=len) if blanks and len(blanks) == len(found) else ""
