"""Which repair a change is laid at the door of, and how the one that breaks is found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from proofs import AFTER, BEFORE

from dockerfix.fix import Applied
from dockerfix.image import Aspect
from dockerfix.rule import FileChange, Finding, Fix
from dockerfix.text import Edit, Position, Span
from dockerfix.verify.bisect import first_breaking
from dockerfix.verify.metrics import rows
from dockerfix.verify.verdicts import verdicts

MAY_CHANGE = {
    "DF401": frozenset({Aspect.START_COMMAND}),
    "DF501": frozenset({Aspect.USER}),
    "DF901": frozenset({Aspect.LABELS}),
    "DF902": frozenset({Aspect.USER}),
}


def applied(code: str, *files: FileChange) -> Applied:
    edits = () if files else (Edit(Span(0, 0), b"x"),)
    fix = Fix.safe("Do it", *edits, because="of a test", files=files)
    finding = Finding(code, f"rule-{code}", "a message", Span(0, 0), fix)
    return Applied(finding, Position(1, 1))


def test_a_change_speaks_for_the_rule_that_declared_its_aspect() -> None:
    found = verdicts([applied("DF401"), applied("DF901")], rows(BEFORE, AFTER), MAY_CHANGE)
    assert [(item.code, item.word) for item in found] == [("DF401", "helps"), ("DF901", "neutral")]
    assert found[0].because == ("SIGTERM to exit: 10.1 s (exit code 137, killed) → 0.3 s (exit code 0)",)


def test_a_change_for_the_worse_outweighs_those_for_the_better() -> None:
    (found,) = verdicts([applied("DF401")], rows(AFTER, BEFORE), MAY_CHANGE)
    assert found.word == "harms"


def test_rules_with_the_same_aspect_share_their_verdict() -> None:
    found = verdicts([applied("DF501"), applied("DF902")], rows(BEFORE, AFTER), MAY_CHANGE)
    assert [item.shared for item in found] == [("DF902",), ("DF501",)]


def test_a_repair_of_other_files_speaks_for_the_context_alone() -> None:
    both = {code: frozenset({Aspect.BUILD_CONTEXT, Aspect.USER}) for code in ("DF501", "DF601")}
    found = verdicts([applied("DF501"), applied("DF601", FileChange("x", None, b""))], rows(BEFORE, AFTER), both)
    because = {item.code: [words.partition(":")[0] for words in item.because] for item in found}
    assert because == {
        "DF501": ["user of process 1", "capabilities of process 1"],
        "DF601": ["build context", "image size", "secrets in the image"],
    }


@pytest.mark.parametrize("culprit", [1, 2, 3, 4, 5, 6])
def test_the_breaking_repair_is_found_by_halves(culprit: int) -> None:
    codes = [f"DF{number}" for number in range(1, 7)]
    asked: list[Sequence[str]] = []

    def is_broken(kept: Sequence[str]) -> bool:
        asked.append(kept)
        return f"DF{culprit}" in kept

    assert first_breaking(codes, is_broken) == f"DF{culprit}"
    assert len(asked) <= 3
