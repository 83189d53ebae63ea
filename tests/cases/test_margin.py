"""Lines that a repair adds to a file whose instructions are all indented."""

from __future__ import annotations

import pytest

from dockerfix.syntax import Copy, insert_after, insert_before, parse
from dockerfix.syntax.paragraphs import insert_block
from dockerfix.text import apply_edits


@pytest.mark.parametrize("first", ["FROM debian", "  FROM debian"])
def test_a_line_gets_the_indent_of_the_file(first: str) -> None:
    tree = parse(f"{first}\n  COPY . /app\n    \n  RUN true\n")
    copy = next(tree.find(Copy))
    edits = [insert_before(tree, copy, "USER a"), insert_after(tree, copy, "RUN b && \\\n    c")]
    after = f"{first}\n  USER a\n  COPY . /app\n  RUN b && \\\n      c\n    \n  RUN true\n"
    assert apply_edits(tree.source, edits).decode() == after


def test_a_block_gets_it_too() -> None:
    tree = parse("FROM debian\n\t# sources\n\tCOPY . /app\n\tRUN true\n")
    after = "FROM debian\n\tUSER app\n\t# sources\n\tCOPY . /app\n\tRUN true\n"
    assert apply_edits(tree.source, [insert_block(tree, next(tree.find(Copy)), "USER app")]).decode() == after


def test_one_line_without_an_indent_says_that_there_is_none() -> None:
    tree = parse("FROM debian\n  COPY . /app\nRUN true\n")
    assert tree.style.margin == ""
