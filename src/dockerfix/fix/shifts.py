"""Where places of a text stand after edits were made, and where they stood before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from dockerfix.text import Edit

__all__ = ["Shifts"]


class Shifts:
    """How some edits of one text, none of which overlap, move what stands behind them. Asking takes log n steps."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._edits = sorted(edits, key=lambda edit: edit.span)
        self._ends = [edit.span.end for edit in self._edits]
        self._grown = [0, *accumulate(len(edit.text) - len(edit.span) for edit in self._edits)]
        self._new_starts = [edit.span.start + by for edit, by in zip(self._edits, self._grown, strict=False)]

    def after(self, offset: int) -> int:
        """Where the byte at `offset` of the old text stands in the new one; edits that end there have moved it."""
        return offset + self._grown[bisect_right(self._ends, offset)]

    def is_new(self, offset: int) -> bool:
        """Whether an edit put the byte at `offset` of the new text there, on lines that the old text has not."""
        number = bisect_right(self._new_starts, offset)
        edit = self._edits[number - 1] if number else None
        is_inside = edit is not None and offset < self._new_starts[number - 1] + len(edit.text)
        return is_inside and edit is not None and not len(edit.span)

    def before(self, offset: int) -> int:
        """Where the byte at `offset` of the new text stood in the old one; new text stands where its edit begins."""
        number = bisect_right(self._new_starts, offset)
        if number and offset < self._new_starts[number - 1] + len(self._edits[number - 1].text):
            return self._edits[number - 1].span.start
        return offset - self._grown[number]
