"""Heredocs inside shell text: bodies are text, not commands; the rest of the line goes on."""

from __future__ import annotations

import pytest

from dockerfix.shell import Script, parse_script
from dockerfix.shell.heredocs import find_heredocs, without_heredocs
from dockerfix.text import MappedText, Span, encode


def script_of(text: str) -> Script:
    raw = encode(text)
    return parse_script(MappedText.contiguous(raw, Span(0, len(raw))))


def bodies(text: str) -> list[bytes]:
    raw = encode(text)
    return [raw[heredoc.body : heredoc.body_end] for heredoc in find_heredocs(raw)]


@pytest.mark.parametrize(
    ("mark", "end"),
    [
        ("<<EOF", "EOF"),
        ("<<-EOF", "\tEOF"),
        ("<< EOF", "EOF"),
        ("<<'EOF'", "EOF"),
        ('<<"E F"', "E F"),
        ("<<\\EOF", "EOF"),
        ("3<<EOF", "EOF"),
        ("<<E'O'F", "EOF"),
    ],
)
def test_a_body_is_no_command_and_the_line_goes_on(mark: str, end: str) -> None:
    script = script_of(f"cat {mark} > x && a b\npip install c\n{end}\nd\n")
    assert script.readable
    assert [command.argv for command in script.commands] == [("cat",), ("a", "b"), ("d",)]
    assert script.commands[0].redirects == (mark, "> x")
    assert script.operators == ("&&", "\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cat <<A && cat <<B\n1\nA\n2\nB\nx", [b"1\n", b"2\n"]),
        ("cat <<A <<B\n1\nA\n2\nB\n", [b"1\n", b"2\n"]),
        ("cat <<A; b\n1\nA\n", [b"1\n"]),
        ("(cat <<A) | b\n1\nA\n", [b"1\n"]),
        ("cat <<A\nA\n", [b""]),
        ("cat <<A\n1\nA", [b"1\n"]),
        ("cat <<A\r\n1\r\nA\r\n", [b"1\r\n"]),
        ("cat <<A \\\n  b\n1\nA\n", [b"1\n"]),
        ("cat <<A 'x\ny'\n1\nA\n", [b"1\n"]),
        ('x="$(cat <<A\n1 "\nA\n)" && b', [b'1 "\n']),
        ("a 'x <<A'\nA\n", []),
        ('a "x <<A"\nA\n', []),
        ("a # <<A\nA\n", []),
        ("a b#c <<A\n1\nA\n", [b"1\n"]),
        ("a \\<<A\nA\n", []),
        ("a <<<A\nA\n", []),
        ("a $((1<<2))\n3\n", []),
        ("a <<A\nnever closed\n", []),
    ],
)
def test_heredocs_are_found_as_the_shell_finds_them(text: str, found: list[bytes]) -> None:
    assert bodies(text) == found


def test_two_heredocs_in_one_line_are_read() -> None:
    script = script_of("cat <<A > x && tee <<B y\n1\nA\n2\nB\nc\n")
    assert [command.argv for command in script.commands] == [("cat",), ("tee", "y"), ("c",)]


def test_a_command_behind_a_heredoc_and_a_pipe_is_read() -> None:
    script = script_of("cat <<A | tee x && b\n1\nA\n")
    assert [(c.name, c.within) for c in script.commands] == [("cat", ("pipeline",)), ("tee", ("pipeline",)), ("b", ())]


def test_commands_substituted_in_a_body_are_read() -> None:
    script = script_of("cat <<A\nx $(b 'c') \"\nA\nd\n")
    assert [(c.argv, c.within) for c in script.commands[:2]] == [
        (("cat",), ()),
        (("b", "c"), ("command_substitution",)),
    ]
    inner = script.commands[1]
    assert script.source.raw[inner.start : inner.end] == b"b 'c'"


def test_commands_in_a_quoted_body_are_text() -> None:
    assert len(script_of("cat <<'A'\n$(b)\nA\n").commands) == 1


def test_masking_keeps_every_byte_in_its_place() -> None:
    raw = b"a <<'X' && b\n$(\n'\nX\nc\n"
    masked = without_heredocs(raw, find_heredocs(raw))
    assert len(masked) == len(raw)
    assert masked == b"a <xxxx && b\n     \nc\n".replace(b"     ", b" " * 6)
