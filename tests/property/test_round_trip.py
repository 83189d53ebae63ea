"""Any bytes in, the same bytes out, and every place says what stands there."""

from __future__ import annotations

from dockerfiles import any_bytes, dockerfiles, nasty_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.errors import ParseError
from dockerfix.shell import commands_of, parse_script
from dockerfix.syntax import ArgumentError, Cmd, Dockerfile, Entrypoint, Instruction, Run, check, parse
from dockerfix.text import MappedText, Span, decode, encode

_MANY = settings(deadline=None, max_examples=50)


def item_spans(tree: Dockerfile) -> list[Span]:
    return [item.extent if isinstance(item, Instruction) else item.span for item in tree.items]


def assert_stands(text: MappedText, source: bytes) -> None:
    """Every byte of a mapped text is the one of the file."""
    for at, place, length in text.segments:
        assert source[place : place + length] == text.raw[at : at + length]
    assert sum(length for _, _, length in text.segments) == len(text.raw)


@_MANY
@given(any_bytes())
def test_the_items_tile_the_source(source: bytes) -> None:
    tree = parse(source)
    at = 0
    for span in item_spans(tree):
        assert (span.start, span.end > at) == (at, True)
        at = span.end
    assert at == len(source)
    assert tree.source == source


@_MANY
@given(st.text(max_size=40))
def test_a_string_is_read_as_its_bytes(text: str) -> None:
    try:
        raw = encode(text)
    except UnicodeEncodeError:
        return
    assert decode(parse(text).source) == decode(raw)


@_MANY
@given(any_bytes())
def test_the_lines_of_an_instruction_tile_it(source: bytes) -> None:
    for instruction in parse(source).instructions:
        assert instruction.lines[0].span.start == instruction.extent.start
        assert instruction.lines[-1].span.end == instruction.extent.end
        for one, next_one in zip(instruction.lines, instruction.lines[1:], strict=False):
            assert one.span.end == next_one.span.start
        assert instruction.end_line - instruction.start_line == len(instruction.lines) - 1


@_MANY
@given(any_bytes())
def test_every_value_stands_where_it_says(source: bytes) -> None:
    tree = parse(source)
    for instruction in tree.walk():
        keyword = instruction.keyword_span
        assert_stands(instruction.logical, source)
        assert_stands(instruction.arguments, source)
        assert keyword in instruction.span
        assert instruction.span in instruction.extent
        assert all(flag.span in instruction.span for flag in instruction.flags)
        for heredoc in instruction.heredocs:
            assert decode(source[heredoc.body.start : heredoc.body.end]) == heredoc.content
        try:
            words = instruction.words
        except ArgumentError:
            continue
        for word in words:
            assert_stands(word.mapped, source)
            assert word.span in instruction.span
            if instruction.form == "shell":
                assert word.value == word.mapped.text


@_MANY
@given(any_bytes())
def test_a_file_is_accepted_or_refused_with_one_of_its_lines(source: bytes) -> None:
    line = None
    try:
        check(parse(source))
    except ParseError as error:
        line = error.line
    assert line is None or 1 <= line <= source.count(b"\n") + 1


@_MANY
@given(st.one_of(dockerfiles(), nasty_bytes()))
def test_every_command_stands_where_it_says(source: bytes) -> None:
    for instruction in parse(source).walk():
        if not isinstance(instruction, (Run, Cmd, Entrypoint)):
            continue
        try:
            script = instruction.script
        except ArgumentError:
            continue
        if script is None:
            commands_of(instruction)
            continue
        assert_stands(script, source)
        for command in parse_script(script).commands:
            assert script.span(command.start, command.end) == command.span
            for word in command.words:
                assert script.span(word.start, word.end) == word.span
                assert not command.editable or decode(script.raw[word.start : word.end]) == word.raw


@_MANY
@given(st.one_of(st.binary(max_size=40), nasty_bytes()))
def test_any_shell_text_is_read_or_left_alone(raw: bytes) -> None:
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    assert script.readable or not script.commands
