"""A repair as it fits the file: which edits a tool may make of one finding, and the same as whole lines."""

from __future__ import annotations

from collections.abc import Sequence

from dockerfix.frozen import frozen
from dockerfix.report.lines import split_lines
from dockerfix.report.model import Entry, FileReport, Status, whole_change
from dockerfix.rule import FileChange
from dockerfix.text import Edit, LineIndex, apply_edits

__all__ = ["LineReplacement", "Replacement", "line_replacement", "replacement"]


@frozen
class Replacement:
    """What makes one repair.

    Attributes:
        edits: of the Dockerfile as it was.
        files: changes of other files, named as the report names them.
    """

    title: str
    edits: tuple[Edit, ...]
    files: tuple[FileChange, ...]


@frozen
class LineReplacement:
    """Lines `first` to `last` (1-based, both included) give way to `lines`, which lack the last newline.

    Attributes:
        lines: None deletes them.
    """

    first: int
    last: int
    lines: bytes | None


def replacement(file: FileReport, entry: Entry) -> Replacement | None:
    """The repair of one finding; None where the gate refused it or nothing would be replaced.

    A repair that only fits on top of others carries all repairs of its file.
    """
    if entry.status is Status.HELD_BACK or entry.applicability is None:
        return None
    title, edits, files = entry.title, entry.edits, entry.files
    if edits is None:
        if entry.status is not Status.REPAIRED:
            return None
        title, edits, files = f"{title}, together with the other repairs", whole_change(file), file.named_files
    files = tuple(change for change in files if change.before != change.after)
    return Replacement(title, edits, files) if edits or files else None


def line_replacement(source: bytes, edits: Sequence[Edit]) -> LineReplacement | None:
    """All edits as one change of whole lines, those between them included; None where there is no line to change.

    What would be one empty line, which many tools take for none, takes its neighbour along.
    """
    if not edits or not source:
        return None
    start, end = min(edit.span.start for edit in edits), max(edit.span.end for edit in edits)
    index, lines = LineIndex(source), split_lines(source)
    first = min(index.line(start), len(lines))
    last = max(first, min(index.line(max(start, end - 1)), len(lines)))
    after = _changed(lines, edits, first, last)
    if after and not after.endswith(b"\n") and last < len(lines):  # the next line comes up behind it
        last += 1
        after = _changed(lines, edits, first, last)
    if after in (b"\n", b"\r\n"):
        first, last = (first - 1, last) if first > 1 else (first, min(last + 1, len(lines)))
        after = _changed(lines, edits, first, last)
    return LineReplacement(first, last, after.removesuffix(b"\n").removesuffix(b"\r") if after else None)


def _changed(lines: Sequence[bytes], edits: Sequence[Edit], first: int, last: int) -> bytes:
    """The new text of whole lines that hold every edit."""
    start = sum(map(len, lines[: first - 1]))
    moved = [Edit(edit.span.moved(-start), edit.text) for edit in edits]
    return apply_edits(b"".join(lines[first - 1 : last]), moved)
