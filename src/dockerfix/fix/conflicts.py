"""Which fixes can be made in one pass."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from dockerfix.rule import Finding, Fix
from dockerfix.text import Span

__all__ = ["choose"]


def choose(findings: Iterable[Finding]) -> list[Finding]:
    """The findings whose fixes do not touch each other, most trusted first; the others wait for the next pass.

    On overlap the safer fix goes first, then the wider one, then the earlier, then the lower code.
    """
    chosen: list[Finding] = []
    taken = _Taken()
    for finding in sorted(findings, key=_rank):
        assert finding.fix is not None  # callers pass findings that have one
        if taken.leaves_room(finding.fix):
            taken.add(finding.fix)
            chosen.append(finding)
    return chosen


def _rank(finding: Finding) -> tuple[int, int, int, str]:
    assert finding.fix is not None
    bounds = finding.fix.bounds
    return (finding.fix.applicability.rank, -len(bounds), bounds.start, finding.code)


class _Taken:
    """The bytes and the other files that chosen fixes change; none of the ranges overlap."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._paths: set[str] = set()

    def leaves_room(self, fix: Fix) -> bool:
        """Whether a fix changes none of them."""
        if not self._paths.isdisjoint(change.path for change in fix.files):
            return False
        return not any(self._overlaps(edit.span) for edit in fix.edits)

    def _overlaps(self, span: Span) -> bool:
        number = bisect_left(self._spans, span)
        return any(other.overlaps(span) for other in self._spans[max(number - 1, 0) : number + 1])

    def add(self, fix: Fix) -> None:
        """Takes what a fix changes."""
        for edit in fix.edits:
            insort(self._spans, edit.span)
        self._paths.update(change.path for change in fix.files)
