"""Lines put above an instruction, as a paragraph of their own or joined to it."""

from __future__ import annotations

import pytest

from dockerfix.syntax import Copy, Workdir, parse
from dockerfix.syntax.paragraphs import insert_block, insert_paragraph
from dockerfix.text import apply_edits


def block(before: str) -> str:
    tree = parse(before)
    return apply_edits(tree.source, [insert_block(tree, next(tree.find(Copy)), "USER app")]).decode()


def paragraph(before: str) -> tuple[str, str]:
    tree = parse(before)
    edit, follower = insert_paragraph(tree, next(tree.find(Copy)), "RUN a", (Workdir,))
    return apply_edits(tree.source, [edit]).decode(), follower.kind


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a\nCOPY b c\n", "FROM a\nUSER app\nCOPY b c\n"),
        ("FROM a\n\nCOPY b c\n", "FROM a\n\nUSER app\nCOPY b c\n"),
        ("FROM a\n# why\nCOPY b c\n", "FROM a\nUSER app\n# why\nCOPY b c\n"),
        ("FROM a\n\n# why\nCOPY b c\n", "FROM a\n\nUSER app\n\n# why\nCOPY b c\n"),
        ("FROM a\r\n\r\n# why\r\nCOPY b c", "FROM a\r\n\r\nUSER app\r\n\r\n# why\r\nCOPY b c"),
    ],
)
def test_block_goes_above_the_comments(before: str, after: str) -> None:
    assert block(before) == after


@pytest.mark.parametrize(
    ("before", "after", "follower"),
    [
        ("FROM a\nCOPY b c\n", "FROM a\nRUN a\nCOPY b c\n", "COPY"),
        ("FROM a\n\nCOPY b c\n", "FROM a\n\nRUN a\n\nCOPY b c\n", "COPY"),
        ("FROM a\n\n# here\nWORKDIR /d\nCOPY b c\n", "FROM a\n\nRUN a\n\n# here\nWORKDIR /d\nCOPY b c\n", "WORKDIR"),
        ("FROM a\n\nRUN x\nWORKDIR /d\n# y\nCOPY b c\n", "FROM a\n\nRUN x\nWORKDIR /d\nRUN a\n# y\nCOPY b c\n", "COPY"),
        ("FROM a\n\n# head\n\n# y\nCOPY b c\n", "FROM a\n\nRUN a\n\n# head\n\n# y\nCOPY b c\n", "COPY"),
        ("FROM a\n# tail\n\nCOPY b c\n", "FROM a\n# tail\n\nRUN a\n\nCOPY b c\n", "COPY"),
    ],
)
def test_paragraph_goes_above_the_paragraph(before: str, after: str, follower: str) -> None:
    assert paragraph(before) == (after, follower)
