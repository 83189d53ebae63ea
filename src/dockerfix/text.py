"""Places in a file and changes to it: pure values that every room shares.

Inside dockerfix a place is a byte offset, 0-based, and a range is half-open. People are told
1-based lines and columns, which `LineIndex` works out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from dockerfix.errors import EditError, OffsetError
from dockerfix.frozen import frozen

__all__ = ["BOM", "Edit", "LineIndex", "MappedText", "Position", "Span", "apply_edits", "decode", "encode", "is_number"]

BOM = b"\xef\xbb\xbf"


def decode(raw: bytes) -> str:
    """The text of bytes that may be no valid UTF-8; `encode` gives the same bytes back."""
    return raw.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes of a text that `decode` made, or of any text."""
    return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True, order=True)  # slots: a file has several for each of its lines
class Span:
    """A half-open range of bytes, `start` to `end`, 0-based from the start of the file."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __contains__(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether both cannot be edited at once.

        Ranges that only touch do not overlap; two insertions at one place do, for their order would
        be a guess, and so does an insertion strictly inside a range.
        """
        if self.start == self.end and other.start == other.end:
            return self.start == other.start
        return self.start < other.end and other.start < self.end

    def moved(self, by: int) -> Span:
        """The same range `by` bytes further on."""
        return Span(self.start + by, self.end + by)


@frozen(order=True)
class Position:
    """A place as people count: 1-based line, 1-based column in characters."""

    line: int
    column: int


@frozen
class Edit:
    """New bytes for a range. An empty range inserts, empty text deletes."""

    span: Span
    text: bytes

    @classmethod
    def insert(cls, offset: int, text: bytes) -> Edit:
        """An edit that puts `text` before the byte at `offset`."""
        return cls(Span(offset, offset), text)


def apply_edits(source: bytes, edits: Iterable[Edit]) -> bytes:
    """The source with every edit made; what no edit covers is the same byte for byte.

    Raises:
        EditError: two edits overlap, or one lies outside the source.
    """
    pieces: list[bytes] = []
    done = 0
    previous: Edit | None = None
    for edit in sorted(edits, key=lambda edit: edit.span):
        if edit.span.start > edit.span.end or edit.span.start < 0 or edit.span.end > len(source):
            raise EditError(
                f"an edit at bytes {edit.span.start}-{edit.span.end} lies outside the file ({len(source)} bytes)"
            )
        if previous is not None and previous.span.overlaps(edit.span):
            raise EditError(f"two edits overlap at byte {edit.span.start}")
        pieces += (source[done : edit.span.start], edit.text)
        done, previous = edit.span.end, edit
    pieces.append(source[done:])
    return b"".join(pieces)


class LineIndex:
    """Turns byte offsets of one source into lines and columns, and back."""

    def __init__(self, source: bytes) -> None:
        self._source = source

    @cached_property
    def starts(self) -> list[int]:
        """The offset at which each line starts; a line ends behind its `\\n`, as BuildKit reads lines."""
        starts = [0]
        found = self._source.find(b"\n")
        while found != -1:
            starts.append(found + 1)
            found = self._source.find(b"\n", found + 1)
        return starts

    def line(self, offset: int) -> int:
        """The 1-based number of the line that holds the byte at `offset`."""
        return bisect_right(self.starts, offset)

    def line_start(self, offset: int) -> int:
        """The offset at which the line of `offset` starts."""
        return self.starts[self.line(offset) - 1]

    def position(self, offset: int) -> Position:
        """Where a byte offset stands, as people count.

        Args:
            offset: bytes from the start of the file, 0-based; the file's length is allowed.
        Returns:
            Line and column, both 1-based; the column counts characters. A BOM has no width, CRLF ends one line.
        Raises:
            OffsetError: `offset` lies outside the file.
        """
        if not 0 <= offset <= len(self._source):
            raise OffsetError(f"offset {offset} lies outside the file ({len(self._source)} bytes)")
        line = self.line(offset)
        before = self._source[self.starts[line - 1] : offset]
        if line == 1:
            before = before.removeprefix(BOM)
        return Position(line, len(decode(before)) + 1)


@frozen
class MappedText:
    """Text taken out of a file with gaps (continuations, comment lines, quotes), and where each byte stood.

    `segments` are `(offset in raw, offset in the file, length)`, in order, and cover `raw` whole.
    """

    raw: bytes
    segments: tuple[tuple[int, int, int], ...]

    @classmethod
    def contiguous(cls, source: bytes, span: Span) -> MappedText:
        """The bytes of `span` as they stand in the file."""
        return cls(source[span.start : span.end], ((0, span.start, len(span)),))

    @classmethod
    def join(cls, source: bytes, spans: Sequence[Span]) -> MappedText:
        """The bytes of several ranges, one behind the other; nothing but empty ranges keep the place of the last."""
        if len(spans) == 1:
            return cls.contiguous(source, spans[0])
        return cls.concatenated([cls.contiguous(source, span) for span in spans])

    @classmethod
    def concatenated(cls, parts: Sequence[MappedText]) -> MappedText:
        """Several texts, one behind the other; nothing but empty ones keep the place of the last."""
        segments: list[tuple[int, int, int]] = []
        at = 0
        for part in parts:
            if part.raw:
                segments += ((at + start, place, length) for start, place, length in part.segments if length)
                at += len(part.raw)
        if not segments and parts:
            segments.append((0, parts[-1].offset(0), 0))
        return cls(b"".join([part.raw for part in parts]), tuple(segments))

    @property
    def text(self) -> str:
        """The text as a string (invalid UTF-8 as surrogate escapes)."""
        return decode(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def offset(self, index: int) -> int:
        """The file offset of byte `index`; for `len(self)`, just behind the last byte.

        Raises:
            OffsetError: `index` lies outside the text.
        """
        if index == len(self.raw) and self.segments:
            _, place, length = self.segments[-1]
            return place + length
        return self.span(index, index).start

    def _segment(self, index: int) -> int:
        """The number of the segment that holds byte `index`."""
        return bisect_left(self.segments, (index + 1,)) - 1

    def span(self, start: int, end: int) -> Span:
        """The range of the file from byte `start` up to byte `end` of this text, gaps included.

        Raises:
            OffsetError: it lies outside the text.
        """
        if not 0 <= start <= end <= len(self.raw) or not self.segments:
            raise OffsetError(f"bytes {start}-{end} lie outside a text of {len(self.raw)} bytes")
        at, place, length = self.segments[self._segment(start) if len(self.segments) > 1 else 0]
        first = place + start - at
        return Span(first, first + end - start if end <= at + length else self.offset(end - 1) + 1)

    @property
    def whole(self) -> Span:
        """The range of the file that this text came from, gaps included."""
        return self.span(0, len(self.raw))

    def slice(self, start: int, end: int) -> MappedText:
        """The part from byte `start` up to byte `end`, mapped as before."""
        end = min(end, len(self.raw))
        if start >= end:
            return MappedText(b"", ((0, self.offset(start), 0),))
        if len(self.segments) == 1:
            return MappedText(self.raw[start:end], ((0, self.segments[0][1] + start, end - start),))
        parts: list[tuple[int, int, int]] = []
        at = start
        for number in range(self._segment(start), len(self.segments)):
            first, place, length = self.segments[number]
            stop = min(first + length, end)
            if at < stop:
                parts.append((at - start, place + at - first, stop - at))
                at = stop
            if at == end:
                break
        return MappedText(self.raw[start:end], tuple(parts))

    def stripped(self) -> MappedText:
        """The text without the white space around it."""
        body = self.raw.strip(b" \t\r\n\v\f")
        start = self.raw.find(body) if body else 0
        return self.slice(start, start + len(body))

    def has_gap(self, start: int, end: int) -> bool:
        """Whether the bytes `start` to `end` do not stand side by side in the file."""
        return start < end and len(self.span(start, end)) != end - start


def is_number(text: str) -> bool:
    """Whether a text is a whole number that `int` reads, of a size that anything is counted in: not `²`, not `999…`."""
    return text.isascii() and text.isdigit() and len(text) < 20
