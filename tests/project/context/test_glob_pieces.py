"""Two ways to match a pattern: whatever `re` says, the automaton says, in time that does not grow with the stars."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfix.project.context.git_patterns import GitPatterns
from dockerfix.project.context.glob_pieces import ANY, FOLDERS, IN_NAME, START, _Automaton, whole_match
from dockerfix.project.context.ignore_patterns import parse_pattern, raw_test
from dockerfix.project.context.wildcards import name_matcher

PIECES = st.lists(
    st.sampled_from([IN_NAME, ANY, FOLDERS, START, "a", "b", "/", r"\.", "[^/]", "[a-b]", "(?!/)[^a]"]), max_size=8
)


@given(PIECES, st.text("ab/.\n", max_size=10), st.booleans())
def test_the_automaton_agrees_with_re(pieces: list[str], text: str, newlines: bool) -> None:
    flags = re.DOTALL if newlines else 0
    expected = re.compile("".join(pieces), flags).fullmatch(text) is not None
    assert _Automaton(pieces, flags).accepts(text) == expected
    assert whole_match(pieces, newlines=newlines)(text) == expected


@pytest.mark.parametrize("stars", [10, 100, 1000])
def test_many_stars_take_no_more_time_than_they_have_letters(stars: int) -> None:
    name = "a" * 250
    begun = process_time()
    pattern = parse_pattern("*a" * stars + "b", 1)
    assert pattern is not None
    assert not raw_test(pattern.text)(name)
    assert not raw_test("**/" + "*a" * stars + "b")("/".join([name] * 4))
    assert not name_matcher("*a" * stars + "b")(name)
    assert GitPatterns(["*a" * stars + "b"]).verdict("", name, False) is None
    assert process_time() - begun < 2
