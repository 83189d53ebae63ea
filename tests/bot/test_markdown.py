"""Text of a repository cannot do anything in a pull request."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfix.report.markdown import code, plain, quiet

HOSTILE = [
    "@octocat",
    "@acme/platform",
    "fixes #1",
    "acme/shop#12",
    "GH-12",
    "!7 &3 ~bug %milestone $9 ^note",
    "https://evil.example/x",
    "www.evil.example",
    "<img src=x onerror=alert(1)>",
    "<!-- dockerfix {} -->",
    "[text](https://evil.example)",
    "![x](http://evil.example/x.png)",
    "`code` **bold** _it_ ~~gone~~",
    "a\n\n# Heading\n/close",
    ":tada:",
    "me@example.org",
    "\u202egnp.exe",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_github_would_act_on_is_not_there(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert not re.search(r"@\w|#\d|!\d|GH-\d|://|www\.|:tada:|\u202e", shown)
    assert not re.search(r"(?<!\\)[<>`*_\[\]~&$]", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_and_messages_call_nobody(text: str) -> None:
    assert not re.search(r"@\w|#\d|!\d|GH-\d|://|www\.|\u202e|\n", quiet(text))


def test_ordinary_words_stay_as_they_are() -> None:
    text = "Pin python:3.12-slim – user root → app (10001), 2.4 kB, requirements/dev.txt, --no-cache-dir"
    assert (plain(text), quiet(text)) == (text, text)


def test_a_code_span_that_no_backtick_ends() -> None:
    assert code("a`b``c") == "``` a`b``c ```"
    assert code("Dockerfile:3") == "`Dockerfile:3`"
    assert code("`") == "`` ` ``"


def test_a_code_span_stays_on_its_line() -> None:
    assert code("a\n\n- b") == "`a - b`"


def test_long_text_is_cut() -> None:
    assert len(plain("x" * 1000)) == 301


@given(st.text())
def test_no_text_leaves_its_code_span(text: str) -> None:
    shown = code(text)
    fence = re.match("`+", shown)
    assert fence is not None
    inner = shown[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
    assert shown.endswith(fence[0])


@given(st.text())
def test_no_text_makes_a_line_or_calls_anybody(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert not re.search(r"@\w", shown)
    assert "<!--" not in shown
