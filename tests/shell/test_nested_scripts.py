"""Scripts inside scripts: what `sh -c '…'` and `bash <<EOF` hand to an inner shell, mapped back to the file."""

from __future__ import annotations

import pytest

from dockerfix.shell import Command, commands_of, parse_script
from dockerfix.shell.nested import script_place
from dockerfix.syntax import Dockerfile, Run, parse


def run_of(text: str) -> tuple[Dockerfile, Run]:
    tree = parse(text)
    run = tree.instructions[0]
    assert isinstance(run, Run)
    return tree, run


def commands(text: str) -> tuple[Command, ...]:
    found = commands_of(run_of(text)[1])
    assert found is not None
    return found


def nested(text: str) -> list[tuple[str | None, ...]]:
    return [command.argv for command in commands(text) if command.is_nested]


@pytest.mark.parametrize(
    "text",
    [
        "RUN sh -c 'a b && c'",
        'RUN sh -c "a b && c"',
        "RUN bash -lc 'a b && c' ignored",
        "RUN bash -o pipefail -euc 'a b && c'",
        "RUN bash --norc -c -e 'a b && c'",
        "RUN /bin/bash -c -- 'a b && c'",
        "RUN sudo -Eu me bash -c 'a b && c'",
        "RUN exec env A=1 dash -c 'a b && c'",
        "RUN su - me -c 'a b && c'",
        "RUN su --command 'a b && c' me",
        "RUN sh -c a\\ b' '\"&& c\"",
        "RUN if x; then sh -c 'a b && c'; fi",
        "RUN sh -c \"sh -c 'a b && c'\"",
        "RUN sh -c 'a b \\\n  # why\n  && c'",
        'RUN ["sh", "-c", "a b && c"]',
        'RUN ["sudo", "/bin/sh", "-c", "a b && c"]',
        'RUN ["bash", "-c", "a \\u0062 && c"]',
        "RUN bash <<EOF\na b && c\nEOF",
        "RUN bash -e <<'EOF'\na b && c\nEOF",
        "RUN sh -s arg <<-EOF\n\ta b && c\n\tEOF",
        "RUN sudo -u me bash - <<EOF > log\na b && c\nEOF",
        "RUN x && bash <<A && cat <<B\na b && c\nA\nd\nB",
        "RUN <<EOF\nbash <<'X'\na b && c\nX\nEOF",
    ],
)
def test_the_commands_of_an_inner_script_are_read(text: str) -> None:
    assert nested(text)[-2:] == [("a", "b"), ("c",)]
    assert not any(command.opaque for command in commands(text))


@pytest.mark.parametrize(
    "text",
    [
        "RUN cat <<EOF\na\nEOF",
        "RUN python3 <<EOF\na\nEOF",
        "RUN bash script.sh <<EOF\na\nEOF",
        "RUN sh script.sh 'a b'",
        "RUN echo sh -c 'a b'",
        "RUN psql -c 'a b'",
        'RUN ["echo", "-c", "a"]',
    ],
)
def test_text_for_another_program_is_no_script(text: str) -> None:
    assert nested(text) == []
    assert not any(command.opaque for command in commands(text))


@pytest.mark.parametrize(
    "text",
    [
        'RUN sh -c "$X"',
        "RUN sh -c $X",
        "RUN sh $X -c 'a'",
        "RUN sh -c 'a \"b'",
        "RUN curl x | bash",
        "RUN curl x | sh -s -- y",
        "RUN bash < file",
        'RUN eval "$(x)"',
        'RUN sh -c "$X && b"',
        "RUN su --command='a b' me",
        'RUN ["sh", "-c", "a \'b"]',
    ],
)
def test_a_script_that_is_not_known_makes_its_command_opaque(text: str) -> None:
    assert any(command.opaque for command in commands(text))
    assert nested(text) == []


def test_commands_that_cannot_be_known_are_none() -> None:
    assert commands_of(run_of("RUN a 'b")[1]) is None
    assert commands_of(run_of("RUN <<EOF\n#!/usr/bin/env python3\na\nEOF")[1]) is None


def test_an_empty_exec_form_runs_nothing() -> None:
    assert commands_of(run_of("RUN []")[1]) == ()


def test_inner_commands_stand_where_they_say() -> None:
    text = "RUN x && \\\n  bash -c 'a \\\n    # why\n    b' && y\n"
    tree, _ = run_of(text)
    inner = next(command for command in commands(text) if command.is_nested)
    assert [tree.source[word.span.start : word.span.end] for word in inner.words] == [b"a", b"b"]
    assert tree.source[inner.span.start : inner.span.end] == b"a \\\n    # why\n    b"


def test_inner_words_count_bytes_of_the_outermost_script() -> None:
    _, run = run_of("RUN x; sh -c \"y; sh -c 'a b'\"\n")
    assert run.script is not None
    word = parse_script(run.script).commands[-1].words[1]
    assert run.script.raw[word.start : word.end] == b"b"


@pytest.mark.parametrize(
    ("text", "editable"),
    [
        ("RUN sh -c 'a b; c'", [True, True]),
        ('RUN sh -c "a \\"b\\"; c"', [False, True]),
        ('RUN sh -c "a \\$b; c $d"', [False, True]),
        ("RUN sh -c 'a '\"b\"'; c'", [False, True]),
        ('RUN ["sh", "-c", "a \\"b\\"; c"]', [False, True]),
        ("RUN bash <<EOF\na \\$b\nc\nEOF", [False, True]),
        ("RUN bash <<'EOF'\na \\$b\nc\nEOF", [True, True]),
    ],
)
def test_where_the_quotes_change_the_text_it_is_not_editable(text: str, editable: list[bool]) -> None:
    assert [command.editable for command in commands(text) if command.is_nested] == editable


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ('RUN sh -c "a $X b"', ("a", None, "b")),
        ("RUN sh -c \"a '$X' b\"", ("a", None, "b")),
        ("RUN sh -c 'a $X b'", ("a", None, "b")),
        ('RUN sh -c "a \\"b c\\""', ("a", "b c")),
        ("RUN bash <<EOF\na '$X' b\nEOF", ("a", None, "b")),
        ("RUN bash <<'EOF'\na '$X' b\nEOF", ("a", "$X", "b")),
        ('RUN ["sh", "-c", "a \\"b c\\" \\\\\\\\d"]', ("a", "b c", "\\d")),
    ],
)
def test_what_the_outer_shell_replaces_is_unknown_inside(text: str, argv: tuple[str | None, ...]) -> None:
    assert nested(text) == [argv]


def test_a_substitution_that_the_outer_shell_runs_is_listed_once() -> None:
    assert [c.name for c in commands('RUN sh -c "a $(b)"')] == ["sh", "a", "b"]


def test_a_substitution_that_the_inner_shell_runs_is_listed_inside() -> None:
    assert [(c.name, c.within) for c in commands('RUN sh -c "a \\$(b)"')][2] == (
        "b",
        ("nested_script", "command_substitution"),
    )


def test_an_inner_command_knows_the_operator_before_it() -> None:
    assert [(c.name, c.operator) for c in commands("RUN x && sh -c 'a || b'")] == [
        ("x", ""),
        ("sh", "&&"),
        ("a", ""),
        ("b", "||"),
    ]


def test_scripts_nested_without_end_are_opaque() -> None:
    text = "a"
    for depth in range(12):
        text = f"bash <<E{depth}\n{text}\nE{depth}"
    assert any(command.opaque for command in commands(f"RUN x; {text}\n"))


@pytest.mark.parametrize(
    ("argv", "place"),
    [
        (("sh",), "stdin"),
        (("bash", "-x"), "stdin"),
        (("bash", "-c"), None),
        (("bash", "f"), None),
        (("bash", "-o", "pipefail", "f"), None),
        (("bash", "--rcfile", "f", "-c", "x"), 4),
        (("bash", "+e", "-c", "x"), 3),
        (("sh", "/dev/stdin"), "stdin"),
        (("sh", "-c", None), 2),
        (("sh", None), "unknown"),
        ((None, "-c", "x"), None),
        (("eval", "x"), "unknown"),
        (("su", "me"), None),
        ((), None),
    ],
)
def test_where_a_program_takes_a_script_from(argv: tuple[str | None, ...], place: int | str | None) -> None:
    assert script_place(argv) == place
