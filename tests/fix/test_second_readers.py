"""What two other parsers are given to read of a repair, and that they refuse what we misread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerfix.errors import GateError
from dockerfix.fix.second_readers import ChangedPart, changed_part, second_readers_agree
from dockerfix.syntax import Dockerfile, parse
from dockerfix.text import Edit, Span, apply_edits

TEXT = "# syntax=docker/dockerfile:1\nFROM a\n\n# first\nRUN b \\\n  c\nRUN d\n# last\nCMD e\nUSER f\n"


def _edited(text: str, *changes: tuple[str, str]) -> tuple[Dockerfile, Dockerfile, tuple[Edit, ...]]:
    source = text.encode()
    edits = tuple(
        Edit(Span(source.index(old.encode()), source.index(old.encode()) + len(old.encode())), new.encode())
        for old, new in changes
    )
    return parse(source), parse(apply_edits(source, edits)), edits


def _part(text: str, *changes: tuple[str, str]) -> ChangedPart:
    return changed_part(*_edited(text, *changes))


def test_changed_instruction_is_read_with_the_one_behind_it() -> None:
    part = _part(TEXT, ("RUN d", "RUN new \\\n  line"))
    assert part.source == b"#\nRUN new \\\n  line\n# last\nCMD e\n"
    assert [i.kind for i in part.instructions] == ["RUN", "CMD"]
    second_readers_agree(part)


def test_everything_between_two_edits_is_read() -> None:
    part = _part(TEXT, ("b ", "x "), ("e\n", "y\n"))
    assert part.source == b"#\n\n# first\nRUN x \\\n  c\nRUN d\n# last\nCMD y\nUSER f\n"
    second_readers_agree(part)


def test_change_at_the_top_is_read_with_its_directives() -> None:
    part = _part(TEXT, ("FROM a", "FROM z"))
    assert part.source.startswith(b"# syntax=")
    assert part.first_line == 1
    second_readers_agree(part)


def test_change_at_the_end_of_a_file_without_final_newline() -> None:
    part = _part("FROM a\nRUN b", ("b", "c"))
    assert part.source == b"#\nRUN c"
    second_readers_agree(part)


def test_line_put_behind_an_end_without_newline_is_read_with_what_it_touches() -> None:
    source = b"FROM a\nRUN b"
    edits = (Edit.insert(len(source), b"\nRUN c"),)
    part = changed_part(parse(source), parse(apply_edits(source, edits)), edits)
    assert part.source == b"#\nRUN b\nRUN c"
    second_readers_agree(part)


def test_comment_at_the_start_of_the_part_is_no_directive() -> None:
    part = _part("FROM a\n# escape=`\nRUN b \\\n c\nRUN d\n", ("b", "x"))
    assert part.source == b"#\n# escape=`\nRUN x \\\n c\nRUN d\n"
    second_readers_agree(part)


def test_escape_character_is_told() -> None:
    part = _part("# escape=`\nFROM a\nRUN b `\n y\nRUN d\n", ("y", "x"))
    assert part.source == b"# escape=`\n#\nRUN b `\n x\nRUN d\n"
    second_readers_agree(part)


def test_heredoc_is_read_whole() -> None:
    part = _part("FROM a\nRUN <<EOF\nFROM b\nEOF\nRUN c\n", ("FROM b", "USER b"))
    assert part.source == b"#\nRUN <<EOF\nUSER b\nEOF\nRUN c\n"
    second_readers_agree(part)


def test_instruction_that_swallows_the_next_is_noticed() -> None:
    part = _part(TEXT, ("RUN d", "RUN d \\"))
    ours = parse(TEXT)
    misread = tuple(i for i in ours.instructions if i.start_line >= 7)
    with pytest.raises(GateError, match="splits the result differently"):
        second_readers_agree(replace(part, instructions=misread))


def test_lines_are_numbered_as_in_the_whole_file() -> None:
    part = _part(TEXT, ("RUN d", "RUN x"))
    with pytest.raises(GateError, match="splits the result differently"):
        second_readers_agree(replace(part, first_line=part.first_line + 1))


def test_text_that_buildkit_refuses_is_refused() -> None:
    part = ChangedPart(b"#\nRNU x\n", 1, (), "\\")
    with pytest.raises(GateError, match="unknown instruction"):
        second_readers_agree(part)


def test_keywords_that_dockerfile_parse_reads_otherwise_are_noticed() -> None:
    part = _part(TEXT, ("RUN d", "RUN x"))
    renamed = tuple(replace(i, keyword="ruN") for i in part.instructions)
    second_readers_agree(replace(part, instructions=(renamed[0], part.instructions[1])))
    with pytest.raises(GateError):
        second_readers_agree(replace(part, instructions=(replace(renamed[0], keyword="ADD"), part.instructions[1])))
