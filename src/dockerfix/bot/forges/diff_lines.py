"""Which lines of the new text a diff shows, and where those lines stood before."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dockerfix.report.lines import changed_lines, split_lines

__all__ = ["lines_in_diff", "shown_lines"]

_CONTEXT = 3  # unchanged lines around a change, as git shows them
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def shown_lines(hunks: Iterable[str]) -> dict[int, int | None]:
    """1-based lines of the new text, added and unchanged ones, each with its line before; None for an added one.

    Args:
        hunks: the lines of one file's diff, from its first `@@`; lines above that are passed over.
    """
    lines: dict[int, int | None] = {}
    old = new = 0
    for line in hunks:
        header = _HUNK.match(line)
        if header:
            old, new = int(header[1]), int(header[2])
        elif not new:
            continue
        elif line.startswith("+"):
            lines[new] = None
            new += 1
        elif line.startswith("-"):
            old += 1
        elif line.startswith(" "):
            lines[new] = old
            old, new = old + 1, new + 1
    return lines


def lines_in_diff(before: bytes, after: bytes) -> frozenset[int]:
    """1-based lines of the new text that a diff with three lines of context shows."""
    new = split_lines(after)
    shown: set[int] = set()
    for change in changed_lines(split_lines(before), new):
        shown.update(range(max(1, change.new_start + 1 - _CONTEXT), min(len(new), change.new_end + _CONTEXT) + 1))
    return frozenset(shown)
