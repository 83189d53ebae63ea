"""How a file is split; the cases follow BuildKit's own parser tests, in other words."""

from __future__ import annotations

import pytest

from dockerfix.syntax import Directive, Dockerfile, Instruction, Onbuild, Trivia, Unknown, parse
from dockerfix.text import BOM, Span


def only(text: str | bytes) -> Instruction:
    tree = parse(text)
    assert len(tree.instructions) == 1, [i.logical.text for i in tree.instructions]
    return tree.instructions[0]


def logical(text: str) -> list[str]:
    return [instruction.logical.text for instruction in parse(text).instructions]


def item_spans(tree: Dockerfile) -> list[Span]:
    return [item.extent if isinstance(item, Instruction) else item.span for item in tree.items]


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\n",
        b"FROM a",
        BOM,
        BOM + b"FROM a\r\n",
        b"# only a comment",
        b"FROM a \\\n\t\n  # c\nRUN",
        b"FROM \xff\xfe\r\r\n\x00\x0b",
        b"FROM a\nRUN <<EOF\n\x80\r\nEOF",
        b"RUN <<EOF\nnever closed\n",
        b"\\\n\\\n",
    ],
)
def test_items_tile_the_source(source: bytes) -> None:
    tree = parse(source)
    assert b"".join(source[span.start : span.end] for span in item_spans(tree)) == source
    assert tree.source == source


def test_a_string_is_read_as_its_bytes() -> None:
    assert parse("FROM ä").source == "FROM ä".encode()


def test_a_continuation_joins_lines_without_their_marks_and_keeps_their_indentation() -> None:
    assert logical("RUN echo hello\\\n  world \\  \n\tagain\n") == ["RUN echo hello  world \tagain"]


def test_comments_and_empty_lines_inside_a_continuation_are_left_out() -> None:
    instruction = only("RUN a && \\\n  # why\n\n \t\n  b\n")
    assert instruction.logical.text == "RUN a &&   b"
    assert [line.kind for line in instruction.lines] == ["code", "comment", "blank", "blank", "code"]
    assert len(instruction.comments) == 1


def test_a_comment_that_ends_in_a_mark_continues_nothing() -> None:
    assert logical("# a \\\nRUN b\n") == ["RUN b"]


def test_an_escaped_mark_continues_nothing() -> None:
    assert logical("ENV A b\\\\\nENV C d\n") == ["ENV A b\\\\", "ENV C d"]


def test_a_mark_alone_on_its_line_continues() -> None:
    assert logical("ENV E hello\\\n\\\n \\\nworld\n") == ["ENV E hello world"]


def test_a_mark_at_the_end_of_the_file_is_dropped() -> None:
    instruction = only("RUN something \\")
    assert (instruction.arguments.text, instruction.end_line) == ("something", 1)


def test_an_instruction_that_breaks_off_takes_in_what_follows() -> None:
    assert only("RUN a \\\n# c\n\n").end_line == 3


def test_lines_are_counted_from_one_with_every_line_of_the_instruction() -> None:
    first, second = parse("\n# c\nFROM a\\\n\n  b\n\nRUN <<X\n1\nX\n").instructions
    assert (first.start_line, first.end_line) == (3, 5)
    assert (second.start_line, second.end_line) == (7, 9)


def test_span_runs_from_keyword_to_the_last_line_and_extent_covers_whole_lines() -> None:
    source = b"FROM a\r\n \tRUN b \\\r\n c\r\n\r\n"
    run = parse(source).instructions[1]
    assert source[run.span.start : run.span.end] == b"RUN b \\\r\n c"
    assert source[run.extent.start : run.extent.end] == b" \tRUN b \\\r\n c\r\n"


def test_a_lone_carriage_return_parts_no_lines() -> None:
    assert logical("RUN a\rb\n") == ["RUN a\rb"]


def test_crlf_ends_lines_and_marks_stand_before_it() -> None:
    assert logical("RUN a \\\r\n  b\r\nUSER c\r\n") == ["RUN a   b", "USER c"]


def test_go_counts_more_white_space_than_ascii() -> None:
    instruction = only("\u3000RUN a\u00a0\n")
    assert (instruction.keyword, instruction.arguments.text) == ("RUN", "a")


def test_a_no_break_space_parts_no_keyword() -> None:
    assert isinstance(only("RUN\u00a0a\n"), Unknown)


def test_the_byte_order_mark_is_an_item_of_its_own() -> None:
    tree = parse(BOM + b"FROM a\n")
    assert tree.items[0] == Trivia("bom", Span(0, 3), "")
    assert tree.instructions[0].extent == Span(3, 10)


def test_comments_and_blanks_are_trivia() -> None:
    tree = parse("  # hello \n\t\nFROM a\n")
    assert [(item.kind, item.text) for item in tree.items if isinstance(item, Trivia)] == [
        ("comment", "# hello "),
        ("blank", ""),
    ]


@pytest.mark.parametrize("line", ["# escape=`", "#ESCAPE = ` ", "\t# eScApE\t=\t`"])
def test_the_escape_directive_changes_the_mark(line: str) -> None:
    tree = parse(f"# syntax=docker/dockerfile:1\n{line}\nRUN a `\n b\nRUN c \\\n")
    assert tree.escape == "`"
    assert [i.logical.text for i in tree.instructions] == ["RUN a  b", "RUN c \\"]


@pytest.mark.parametrize("before", ["# a comment\n", "\n", "FROM a\n", "# key=value\n"])
def test_directives_stand_only_at_the_top(before: str) -> None:
    tree = parse(before + "# escape=`\nRUN a\n")
    assert (tree.escape, tree.directives) == ("\\", ())


def test_directives_keep_name_and_value() -> None:
    tree = parse("# syntax = docker/dockerfile:1 \n#check=skip=all;error=true\nFROM a\n")
    assert [(d.name, d.value) for d in tree.directives] == [
        ("syntax", "docker/dockerfile:1"),
        ("check", "skip=all;error=true"),
    ]
    assert isinstance(tree.items[0], Directive)


def test_a_directive_may_follow_a_byte_order_mark() -> None:
    assert parse(BOM + b"# escape=`\nFROM a\n").escape == "`"


def test_onbuild_holds_the_instruction_that_follows() -> None:
    tree = parse("ONBUILD \\\n  COPY --from=x a b\n")
    onbuild = tree.instructions[0]
    assert isinstance(onbuild, Onbuild)
    assert onbuild.trigger is not None
    assert (onbuild.trigger.kind, onbuild.trigger.flags[0].text) == ("COPY", "--from=x")
    assert tree.source[onbuild.trigger.span.start : onbuild.trigger.span.end] == b"COPY --from=x a b"
    assert onbuild.values == onbuild.trigger.values == ("a", "b")


def test_a_chain_of_any_length_is_read() -> None:
    onbuild = only("ONBUILD " * 3000 + "RUN a")
    assert onbuild.values == ("a",)


def test_keywords_are_compared_in_small_letters() -> None:
    assert [type(i).__name__ for i in parse("from a\nuSeR b\nu\u017fer c\n").instructions] == [
        "From",
        "User",
        "Unknown",
    ]


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        (b"", "file with no instructions", None),
        (b"# escape=x\nFROM a\n", "invalid escape token 'x'", 1),
        (b"# escape=`\n# escape=`\nFROM a\n", "only one escape parser directive", 2),
        (b"FROM a\nRUN <<EOF\nx\n", "unterminated heredoc", 2),
        (b"FROM a\nENV b\n", "ENV must have two arguments", 2),
        (b"FROM a\nENV a=b c\n", 'can\'t find = in "c"', 2),
        (b'FROM a\nCMD ["a", 1]\n', "arrays must be comprised of strings only", 2),
        (b'FROM a\nONBUILD CMD ["a", ["b"]]\n', "arrays must be comprised of strings only", 2),
        (b"FROM a\nRUN x " + b"y" * 65530 + b"\n", "line greater than max allowed size of 65535", 2),
    ],
)
def test_what_the_parser_refuses_is_a_problem_with_its_line(source: bytes, message: str, line: int | None) -> None:
    problem = parse(source).problems[0]
    assert message in problem.message
    assert problem.line == line


def test_a_line_as_long_as_buildkit_holds_is_no_problem() -> None:
    assert parse(b"RUN x " + b"y" * 65529 + b"\n").problems == ()
