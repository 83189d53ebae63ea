"""Work grows with the length of a file, not with its square: counted, so that a slow machine says the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from dockerfix.shell import parse_script
from dockerfix.syntax import Dockerfile, Run, parse

_LINES: dict[str, Callable[[int], str]] = {
    "one instruction a line": lambda n: "FROM a\n" + "RUN pip install flask && echo b\n" * n,
    "one long RUN": lambda n: "FROM a\nRUN set -x" + " \\\n    && pip install flask >x" * n + "\n",
    "comments above": lambda n: "FROM a\n" + "# c\nENV a=1 b='2'\n" * (n // 2),
    "stages": lambda n: "FROM a AS b\nCOPY --from=b c d\n" * (n // 2),
    "one long ENV": lambda n: "FROM a\nENV z=1" + " \\\n    a=1" * n + "\n",
    "heredocs": lambda n: "FROM a\n" + "RUN <<EOF\nx\nEOF\n" * (n // 3),
    "one heredoc": lambda n: "FROM a\nRUN <<EOF\n" + "pip install flask\n" * n + "EOF\n",
}


def _use(text: str) -> None:
    tree: Dockerfile = parse(text)
    for instruction in tree.walk():
        _ = instruction.words
        tree.comments_above(instruction)
        tree.stage_of(instruction)
        if isinstance(instruction, Run) and instruction.script is not None:
            parse_script(instruction.script)


def _calls(text: str) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        _use(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", _LINES)
def test_ten_times_the_lines_cost_ten_times_the_calls(kind: str) -> None:
    _use(_LINES[kind](20))
    assert _calls(_LINES[kind](2_000)) < 10.5 * _calls(_LINES[kind](200))
