"""Which lines of the new text the hunks of a unified diff show, and where those lines stood before."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["shown_lines"]

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
