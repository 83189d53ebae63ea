"""Heredocs as BuildKit finds them, and the script that a RUN with heredocs becomes."""

from __future__ import annotations

import pytest

from dockerfix.syntax import Copy, Heredoc, Instruction, Run, parse
from dockerfix.syntax.heredocs import is_heredoc_mark


def first(text: str) -> Instruction:
    return parse(text).instructions[0]


def names(text: str) -> list[str]:
    return [heredoc.name for heredoc in first(text).heredocs]


def script(text: str) -> str | None:
    run = first(text)
    assert isinstance(run, Run)
    return run.script.text if run.script is not None else None


@pytest.mark.parametrize(
    ("mark", "end", "expand", "chomp", "descriptor"),
    [
        ("<<EOF", "EOF", True, False, 0),
        ("<<-EOF", "EOF", True, True, 0),
        ("<<-EOF", "\t\tEOF", True, True, 0),
        ("<<'EOF'", "EOF", False, False, 0),
        ('<<"E F"', "E F", False, False, 0),
        ("<<EO'F'", "EOF", False, False, 0),
        ("<<eo\\'f", "eo'f", True, False, 0),
        ("3<<EOF", "EOF", True, False, 3),
        ("<<$EOF", "$EOF", True, False, 0),
        ("<<file.txt", "file.txt", True, False, 0),
        ("<<  EOF", "EOF", True, False, 0),
    ],
)
def test_a_mark_opens_a_heredoc(mark: str, end: str, expand: bool, chomp: bool, descriptor: int) -> None:
    (heredoc,) = first(f"RUN cat {mark} > x\n\ta $b\n\n{end}\nUSER c\n").heredocs
    assert (heredoc.expand, heredoc.chomp, heredoc.file_descriptor) == (expand, chomp, descriptor)
    assert heredoc.name == end.lstrip("\t")
    assert heredoc.content == "\ta $b\n\n"


@pytest.mark.parametrize(
    "text",
    [
        'RUN "<<EOF"',
        "RUN '<<EOF'",
        "RUN cat <<<EOF",
        "RUN echo $((1<<2))",
        "RUN a <<",
        "RUN a <<''",
        "RUN <<- EOF",
        'RUN ["<<EOF"]',
        "ENV A=<<EOF",
        "USER <<EOF",
        "CMD cat <<EOF",
        "ONBUILD ONBUILD RUN <<EOF",
    ],
)
def test_no_heredoc_is_seen_where_buildkit_sees_none(text: str) -> None:
    tree = parse(text + "\nEOF\n")
    assert tree.instructions[0].heredocs == ()
    assert tree.instructions[0].end_line == 1


def test_several_heredocs_follow_each_other() -> None:
    copy = first("COPY <<a <<b /x\nb\na\na\nb\nUSER c\n")
    assert isinstance(copy, Copy)
    assert [(h.name, h.content) for h in copy.heredocs] == [("a", "b\n"), ("b", "a\n")]
    assert copy.end_line == 5


def test_a_heredoc_may_stand_behind_a_continuation() -> None:
    assert names("RUN a && \\\n  # c\n  cat <<EOF\nx\nEOF\n") == ["EOF"]


def test_heredocs_of_an_onbuild_belong_to_both() -> None:
    onbuild = parse("ONBUILD RUN <<EOF\nx\nEOF\n").instructions[0]
    assert [heredoc.content for heredoc in onbuild.heredocs] == ["x\n"]
    assert onbuild.end_line == 3


def test_comments_and_marks_in_a_body_are_text() -> None:
    assert first("RUN <<EOF\n# a \\\nb \\\nEOF\n").heredocs[0].content == "# a \\\nb \\\n"


def test_body_and_terminator_know_where_they_stand() -> None:
    source = b"RUN <<-EOF\r\n\ta\r\n\tEOF\r\n"
    (heredoc,) = parse(source).instructions[0].heredocs
    assert source[heredoc.body.start : heredoc.body.end] == b"\ta\r\n"
    assert source[heredoc.terminator.start : heredoc.terminator.end] == b"EOF"


def test_an_empty_body_has_a_place() -> None:
    heredoc: Heredoc = first("RUN <<EOF\nEOF\n").heredocs[0]
    assert (heredoc.content, heredoc.body.start, heredoc.body.end) == ("", 10, 10)


def test_a_lone_heredoc_is_the_script() -> None:
    assert script("RUN <<EOF\na\n\tb\nEOF\n") == "a\n\tb\n"


def test_leading_tabs_are_taken_off_a_lone_heredoc_that_asks_for_it() -> None:
    assert script("RUN <<-EOF\n\ta\n\t\tb \tc\nEOF\n") == "a\nb \tc\n"


def test_other_heredocs_follow_the_command_line() -> None:
    assert script("RUN cat <<a >x && cat <<'b'\n1\na\n2\nb\n") == "cat <<a >x && cat <<'b'\n1\na\n2\nb"


@pytest.mark.parametrize("line", ["#!/bin/sh", "#!/usr/bin/env bash", "#!/bin/bash -e", "#!/usr/bin/env -S bash -e"])
def test_a_heredoc_for_a_shell_is_a_script(line: str) -> None:
    assert script(f"RUN <<EOF\n{line}\na\nEOF\n") == f"{line}\na\n"


@pytest.mark.parametrize("line", ["#!/usr/bin/env python3", "#!/usr/bin/perl", "#!"])
def test_a_heredoc_for_another_program_is_no_script(line: str) -> None:
    assert script(f"RUN <<EOF\n{line}\na\nEOF\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "RUN <<-EOF\r\n\ta \\\r\n\t\tb\r\nEOF\r\n",
        "RUN cat <<a && \\\n  # c\n  cat <<-b\n1\na\n\t2\n\tb\n",
        "# escape=`\nRUN a `\n\n  b <<X\n\u00e4\nX\n",
    ],
)
def test_every_byte_of_a_script_stands_where_its_map_says(text: str) -> None:
    tree = parse(text)
    run = tree.instructions[0]
    assert isinstance(run, Run)
    assert run.script is not None
    read = bytes(tree.source[run.script.offset(index)] for index in range(len(run.script)))
    assert read == run.script.raw


def test_word_whose_quote_stays_open_is_no_mark() -> None:
    assert is_heredoc_mark('<<"EOF"')
    assert not is_heredoc_mark('<<"EOF')
