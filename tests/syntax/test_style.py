"""The manners of a file, told by its majority."""

from __future__ import annotations

import pytest

from dockerfix.syntax import parse


@pytest.mark.parametrize(
    ("text", "newline"),
    [("FROM a\r\nRUN b\r\nCMD c\n", "\r\n"), ("FROM a\nRUN b\nCMD c\r\n", "\n"), ("FROM a", "\n"), ("", "\n")],
)
def test_the_newline_is_that_of_most_lines(text: str, newline: str) -> None:
    assert parse(text).style.newline == newline


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("RUN a \\\n  b \\\n  c \\\n\td\n", "  "),
        ("RUN a \\\n\tb\n", "\t"),
        ("RUN a \\\n      # c\nb \\\n", "    "),
        ("RUN a\n", "    "),
        ("RUN <<EOF\n  a\n  b\nEOF\nRUN c \\\n   d\n", "   "),
    ],
)
def test_the_indentation_is_that_of_most_continuation_lines(text: str, indent: str) -> None:
    assert parse(text).style.indent == indent


@pytest.mark.parametrize(("text", "keyword"), [("from a\nrun b\nCMD c\n", "user"), ("From a\nrun b\n", "USER")])
def test_keywords_take_the_letter_case_of_most(text: str, keyword: str) -> None:
    assert parse(text).style.keyword("User") == keyword
