"""Places as editors count them: lines and columns from 0, columns in the units that client and server agreed on.

Source: Language Server Protocol 3.17, "Text Documents" and "Position": `\\n`, `\\r\\n` and `\\r` end a line, columns
count UTF-16 code units where nothing else was agreed on, and one behind the end of a line stands for its end.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol import types

from dockerfix.report.lines import line_edits
from dockerfix.text import Edit, Span, apply_edits

__all__ = ["Places", "encoded"]

_LINE_END = re.compile(rb"\r\n|\n|\r")
_UNITS = {types.PositionEncodingKind.Utf8: "utf-8", types.PositionEncodingKind.Utf32: "utf-32-le"}
_SIZES = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}


def encoded(text: str) -> bytes:
    """The bytes of a buffer, which may hold half a surrogate pair."""
    return text.encode("utf-8", "surrogatepass")


class Places:
    """Turns byte offsets of one text into an editor's positions, and back."""

    def __init__(self, source: bytes, encoding: str | None = None) -> None:
        self._source = source
        self._units = _UNITS.get(types.PositionEncodingKind(encoding), "utf-16-le") if encoding else "utf-16-le"
        self._ends = [(found.start(), found.end()) for found in _LINE_END.finditer(source)]
        self._starts = [0, *(end for _, end in self._ends)]

    def position(self, offset: int) -> types.Position:
        """Where the byte at an offset stands."""
        line = bisect_right(self._starts, offset) - 1
        before = self._source[self._starts[line] : min(offset, self._end(line))]
        return types.Position(line, self._width(before.decode("utf-8", "surrogatepass")))

    def range(self, span: Span) -> types.Range:
        """The range of some bytes."""
        return types.Range(self.position(span.start), self.position(span.end))

    def line(self, number: int) -> Span:
        """The bytes of a line (1-based, ended by `\\n`), without the white space around them."""
        lines = self._source.split(b"\n")
        text = lines[number - 1] if 0 < number <= len(lines) else b""
        start = sum(len(line) + 1 for line in lines[: number - 1]) + len(text) - len(text.lstrip())
        return Span(start, start + len(text.strip())) if text else Span(0, 0)

    def offset(self, position: types.Position) -> int:
        """The byte at a position; one behind the text or a line stands for its end."""
        if position.line >= len(self._starts):
            return len(self._source)
        start = self._starts[position.line]
        text = self._source[start : self._end(position.line)].decode("utf-8", "surrogatepass")
        passed = 0
        for number, character in enumerate(text):
            if passed >= position.character:
                return start + len(encoded(text[:number]))
            passed += self._width(character)
        return self._end(position.line)

    def edits(self, edits: tuple[Edit, ...]) -> list[types.TextEdit]:
        """Edits as changes of whole lines: no position then falls into an end of a line."""
        after = apply_edits(self._source, edits)
        return [
            types.TextEdit(self.range(edit.span), edit.text.decode("utf-8", "surrogatepass"))
            for edit in line_edits(self._source, after)
        ]

    def _width(self, text: str) -> int:
        return len(text.encode(self._units, "surrogatepass")) // _SIZES[self._units]

    def _end(self, line: int) -> int:
        return self._ends[line][0] if line < len(self._ends) else len(self._source)
