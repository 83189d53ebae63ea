"""Whose branch it is."""

from __future__ import annotations

import pytest

from dockerfix.bot.forge import Author, Commit, Comparison
from dockerfix.bot.marker import TRAILER, is_ours, result_digest, text_digest

BLOBS = (("Dockerfile", "a" * 40), ("old", None))
SOMEBODY = Author("A", "a@example.org")


def commit(digest: str | None, parents: int = 1) -> Commit:
    message = f"fix\n\n{TRAILER}: {digest}\n" if digest else "fix\n"
    return Commit("c" * 40, message, SOMEBODY, SOMEBODY, ("p" * 40,) * parents)


OURS = commit(result_digest(BLOBS))


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ([], False),
        ([OURS], True),
        ([commit("0" * 64), OURS], True),
        ([OURS, commit(None, parents=2)], True),
        ([OURS, commit(None)], False),
        ([commit(None), OURS], False),
        ([OURS, commit("0" * 64)], False),
        ([commit(None, parents=2)], False),
    ],
)
def test_a_branch_is_ours_by_its_commits_and_what_they_make(commits: list[Commit], expected: bool) -> None:
    assert is_ours(Comparison("b" * 40, tuple(commits), BLOBS)) is expected


def test_a_branch_that_makes_something_else_is_not() -> None:
    assert not is_ours(Comparison("b" * 40, (OURS,), (*BLOBS, ("more", "d" * 40))))


def test_a_list_that_was_cut_proves_nothing() -> None:
    assert not is_ours(Comparison("b" * 40, (OURS,), BLOBS, is_complete=False))


def test_a_text_is_the_same_with_other_line_ends_and_blanks_around() -> None:
    assert text_digest("a\nb") == text_digest("a  \r\nb\r\n\r\n")
    assert text_digest("a\nb") != text_digest("a\n\nb")


def test_what_is_measured_does_not_make_another_text() -> None:
    assert text_digest("build context 59 kB → 1.2 MB in 3.1 s") == text_digest(
        "build context 61.5 kB → 980 kB in 12 ms"
    )
    assert text_digest("2 steps, python:3.12-slim") != text_digest("3 steps, python:3.12-slim")
