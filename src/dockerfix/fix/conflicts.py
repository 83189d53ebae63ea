"""Which fixes can be made in one pass."""

from __future__ import annotations

from collections.abc import Iterable

from dockerfix.rule import Finding, Fix

__all__ = ["choose", "conflict"]


def choose(findings: Iterable[Finding]) -> list[Finding]:
    """The findings whose fixes do not touch each other, most trusted first; the others wait for the next pass.

    On overlap the safer fix goes first, then the wider one, then the earlier, then the lower code.
    """
    ranked = sorted(findings, key=_rank)
    chosen: list[Finding] = []
    for finding in ranked:
        assert finding.fix is not None  # callers pass findings that have one
        if not any(other.fix is not None and conflict(finding.fix, other.fix) for other in chosen):
            chosen.append(finding)
    return chosen


def _rank(finding: Finding) -> tuple[int, int, int, str]:
    assert finding.fix is not None
    bounds = finding.fix.bounds
    return (finding.fix.applicability.rank, -len(bounds), bounds.start, finding.code)


def conflict(one: Fix, other: Fix) -> bool:
    """Whether two fixes change the same bytes or the same file."""
    if {change.path for change in one.files} & {change.path for change in other.files}:
        return True
    return any(a.span.overlaps(b.span) for a in one.edits for b in other.edits)
