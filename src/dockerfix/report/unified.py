"""A unified diff as `git apply` and `patch -p1` take it, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerfix.report.lines import Change, changed_lines, split_lines
from dockerfix.text import encode

__all__ = ["hunks", "unified_diff"]

_CONTEXT = 3
_ESCAPES = {0x07: b"a", 0x08: b"b", 0x09: b"t", 0x0A: b"n", 0x0B: b"v", 0x0C: b"f", 0x0D: b"r", 0x22: b'"', 0x5C: b"\\"}


def unified_diff(path: str, before: bytes | None, after: bytes) -> bytes:
    """The change of one file; empty where nothing changes.

    The bytes of both texts stand in it unaltered (CRLF, invalid UTF-8, a missing last newline).

    Args:
        path: relative, posix; named `a/path` and `b/path`.
        before: None for a new file, which is named `/dev/null`.
    """
    body = hunks(before or b"", after)
    if not body:
        return b""
    old = b"/dev/null" if before is None else _name("a/" + path)
    return b"".join((b"--- ", old, b"\n+++ ", _name("b/" + path), b"\n", body))


def hunks(before: bytes, after: bytes, context: int = _CONTEXT) -> bytes:
    """The changed places with lines around them, without the names of the files.

    Args:
        context: how many unchanged lines stand on each side.
    """
    old, new = split_lines(before), split_lines(after)
    groups = _grouped(changed_lines(old, new), context)
    return b"".join(line for group in groups for line in _hunk(group, old, new, context))


def _name(path: str) -> bytes:
    """As git writes it: quoted where a control character, quote or backslash stands in it, or a space at its end.

    A tab ends a name that holds another space, which patch would otherwise cut there.
    """
    raw = encode(path)
    if raw.endswith(b" ") or any(byte < 0x20 or byte in (0x22, 0x5C, 0x7F) for byte in raw):
        return b'"' + b"".join(_escaped(byte) for byte in raw) + b'"'
    return raw + b"\t" if b" " in raw else raw


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return b"\\" + _ESCAPES[byte]
    return b"\\%03o" % byte if byte < 0x20 or byte >= 0x7F else bytes((byte,))


def _grouped(changes: Sequence[Change], context: int) -> list[list[Change]]:
    """Changes whose surroundings touch stand in one hunk."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and change.start - groups[-1][-1].end <= 2 * context:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _hunk(group: Sequence[Change], old: Sequence[bytes], new: Sequence[bytes], context: int) -> Iterator[bytes]:
    first, last = group[0], group[-1]
    lead = min(context, first.start)
    tail = min(context, len(old) - last.end)
    start, new_start = first.start - lead, first.new_start - lead
    counts = last.end + tail - start, last.new_end + tail - new_start
    yield b"@@ -%s +%s @@\n" % (_range(start, counts[0]), _range(new_start, counts[1]))
    at = start
    for change in group:
        yield from _marked(b" ", old[at : change.start])
        yield from _marked(b"-", old[change.start : change.end])
        yield from _marked(b"+", new[change.new_start : change.new_end])
        at = change.end
    yield from _marked(b" ", old[at : at + tail])


def _range(start: int, count: int) -> bytes:
    """`line,count`; an empty range is named by the line before it."""
    if count == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if count else start, count)


def _marked(mark: bytes, lines: Sequence[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line
        if not line.endswith(b"\n"):
            yield b"\n\\ No newline at end of file\n"
