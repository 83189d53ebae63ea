"""What a refusal is about."""

from __future__ import annotations

from dockerfix.bot.places import Mistake, mistakes_of, named
from dockerfix.report.model import Entry, FileReport, Place, Status
from dockerfix.text import Position


def mistakes(before: str, *found: tuple[str, int], path: str = "Dockerfile") -> tuple[Mistake, ...]:
    """Of rules at lines of a file."""
    report = FileReport(Place(path, path), before.encode(), b"")
    entries = [Entry(code, "r", "m", Position(line, 1), Status.REPAIRED) for code, line in found]
    return mistakes_of({path: report}, [(path, entry) for entry in entries])


def test_a_place_is_the_same_wherever_its_lines_have_moved() -> None:
    assert mistakes("FROM a\nCMD b\n", ("DF1", 2)) == mistakes("# new\nFROM x\n\n  CMD b\n", ("DF1", 4))


def test_other_lines_rules_and_files_are_other_places() -> None:
    one = mistakes("CMD b\n", ("DF1", 1))
    assert one != mistakes("CMD c\n", ("DF1", 1))
    assert one != mistakes("CMD b\n", ("DF2", 1))
    assert one != mistakes("CMD b\n", ("DF1", 1), path="other")


def test_lines_that_go_on_belong_to_it() -> None:
    assert mistakes("RUN a \\\n  b\n", ("DF1", 1)) != mistakes("RUN a \\\n  c\n", ("DF1", 1))


def test_two_findings_of_a_rule_at_one_place_are_one_mistake() -> None:
    assert mistakes("COPY . .\n", ("DF1", 1), ("DF1", 1)) == mistakes("COPY . .\n", ("DF1", 1))


def test_the_same_lines_twice_are_two_mistakes() -> None:
    first, second = mistakes("RUN a\nRUN a\n", ("DF1", 1), ("DF1", 2))
    assert first.line != second.line
    assert not second.is_among([first.line])


def test_very_many_are_remembered_by_file() -> None:
    many = mistakes("RUN a\n" * 1000, *(("DF1", line + 1) for line in range(1000)))
    assert len(named(many)) == 1
    assert all(mistake.is_among(named(many)) for mistake in many)
