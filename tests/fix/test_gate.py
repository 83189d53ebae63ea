"""The promises of the write gate, each broken on purpose: the gate itself has to see it."""

from __future__ import annotations

import pytest

from dockerfix.errors import GateError
from dockerfix.fix import pass_gate
from dockerfix.rule import Aspect, BuildContext
from dockerfix.syntax import Dockerfile, parse
from dockerfix.text import Edit, Span

TEXT = "FROM a\nRUN b\nRUN c\nCMD d\n"
NOTHING = (BuildContext.unknown(), BuildContext.unknown())
ANYTHING = frozenset(Aspect)


def _edit(old: str, new: str) -> Edit:
    start = TEXT.index(old)
    return Edit(Span(start, start + len(old)), new.encode())


def test_a_repair_that_keeps_all_else_passes() -> None:
    pass_gate(parse(TEXT), parse(TEXT.replace("RUN b", "RUN x")), (_edit("b", "x"),), NOTHING, ANYTHING)


def test_an_instruction_that_no_edit_touches_stays_what_it_is() -> None:
    after = parse(TEXT.replace("RUN b", "RUN x").replace("RUN c", "RUN y"))
    with pytest.raises(GateError, match="line 3 was not to be touched"):
        pass_gate(parse(TEXT), after, (_edit("b", "x"),), NOTHING, ANYTHING)


def test_an_edit_that_ends_where_an_instruction_begins_does_not_touch_it() -> None:
    start = TEXT.index("RUN c")
    after = parse(TEXT.replace("RUN c", "USER u\nRUN y"))
    with pytest.raises(GateError, match="line 3 was not to be touched"):
        pass_gate(parse(TEXT), after, (Edit.insert(start, b"USER u\n"),), NOTHING, ANYTHING)


def test_one_of_two_equal_instructions_may_not_go() -> None:
    twice = TEXT.replace("RUN c", "RUN b")
    after = parse("FROM a\nRUN x\nCMD d\n")
    with pytest.raises(GateError, match="line 3 was not to be touched"):
        pass_gate(parse(twice), after, (_edit("b", "x"),), NOTHING, ANYTHING)


def test_what_another_parser_reads_differently_is_refused() -> None:
    swallowed = TEXT.replace("RUN b", "RUN b \\")
    misread = Dockerfile(swallowed.encode(), parse(swallowed.replace("\\", " ")).items, "\\", ())
    with pytest.raises(GateError, match="splits the result differently"):
        pass_gate(parse(TEXT), misread, (_edit("b", "b \\"),), NOTHING, ANYTHING)
