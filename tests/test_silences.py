"""Comments that were meant to silence a rule, as people misspell them."""

from __future__ import annotations

import pytest

from dockerfix.check import rule_names
from dockerfix.rules import all_rules
from dockerfix.silences import misspellings
from dockerfix.syntax import parse

KNOWN = rule_names(all_rules())


def _said(comment: str) -> str | None:
    found = misspellings(parse(f"FROM python:3.12-slim\n{comment}\nRUN pip install flask\n"), KNOWN)
    return found[0].message if found else None


@pytest.mark.parametrize(
    "comment",
    [
        "# dockerfix: ignore=DF301",
        "#dockerfix:ignore=df301, DF501 the cache is wanted",
        "# dockerfix: ignore = pip-cache-kept",
        "# dockerfix: ignore",
        "# dockerfix: ignore as upstream wants it so",
        "# dockerfix: ignore=DL3042 hadolint's name",
        "# hadolint ignore=DL9999",
        "# dockerfix repaired this once",
        "# the Dockerfile: ignored by Git",
        "# noqa: E501",
        "# dockerfix: ignore=DF301 and see issue 12",
        "# dockerfix: ignore=DF301 as DF501 is about something else",
    ],
)
def test_what_is_written_well_is_no_matter(comment: str) -> None:
    assert _said(comment) is None


@pytest.mark.parametrize(
    "rest", [" DF301", ": DF301", ":DF301", " (DF301)", "=[DF301]", " pip-cache-kept DF301", " for DF301", '="DF301"']
)
def test_every_rule_is_silenced_where_one_was_meant(rest: str) -> None:
    said = _said(f"# dockerfix: ignore{rest}") or ""
    assert said.startswith("silences every rule: write `# dockerfix: ignore=")
    assert "DF301" in said


@pytest.mark.parametrize("comment", ["# dockerfix: ignore=", "# dockerfix: ignore:", "# dockerfix: ignore= "])
def test_nothing_behind_it(comment: str) -> None:
    assert (_said(comment) or "").startswith("names no rule and silences every one")


@pytest.mark.parametrize(
    ("comment", "hint"),
    [
        ("# dockerfix: ignore=DF310", "did you mean DF3"),
        ("# dockerfix: ignore=pip-cache-keep", "did you mean pip-cache-kept"),
        ("# dockerfix: ignore=DF301,DF999", "there is no rule DF999"),
        ("# dockerfix: ignore=DF4", "write DF401,DF402"),
        ("# dockerfix: ignore=all", "`# dockerfix: ignore` silences every one"),
        ("# dockerfix: ignore=DF-301", "did you mean DF301"),
    ],
)
def test_a_rule_that_does_not_exist(comment: str, hint: str) -> None:
    assert hint in (_said(comment) or "")


@pytest.mark.parametrize("rest", ["DF301 DF501", "DF301; DF501", "DF301 and DF501", "DF301,,DF501", "DF301 + DF501"])
def test_a_second_rule_that_is_lost(rest: str) -> None:
    said = _said(f"# dockerfix: ignore={rest}") or ""
    assert said == "does not silence DF501: write `# dockerfix: ignore=DF301,DF501`"


@pytest.mark.parametrize(
    "comment",
    [
        "# dockerfix ignore=DF301",
        "# dockerfix: disable=DF301",
        "# dockerfix: ignores=DF301",
        "# dockerfix-ignore: DF301",
        "# dockerfix: noqa DF301",
        "# docker-fix: ignore=DF301",
        "# dockerfile: ignore=DF301",
        "# noqa: DF301",
        "# dockerfix: ignore_file=DF301",
        "# dockerfix: skip DF301",
    ],
)
def test_another_word_silences_nothing(comment: str) -> None:
    assert _said(comment) == "silences nothing: write `# dockerfix: ignore=DF301`"


def test_a_comment_for_the_file_below_its_beginning() -> None:
    assert (_said("# dockerfix: ignore-file=DF301") or "").startswith("silences nothing here")


def test_a_comment_behind_an_instruction() -> None:
    text = "FROM python:3.12-slim\nRUN pip install flask # dockerfix: ignore=DF301\n"
    (found,) = misspellings(parse(text), KNOWN)
    assert found.line == 2
    assert found.message.startswith("silences nothing behind an instruction")


def test_lines_are_those_of_the_comments() -> None:
    text = "# dockerfix: ignore DF501\nFROM a\nRUN x \\\n  # dockerfix: ignore=DF3O1\n  y\n"
    assert [one.line for one in misspellings(parse(text), KNOWN)] == [1, 4]
