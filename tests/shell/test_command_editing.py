"""Words put into a command where it stands, in the file's own style; everything else stays."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dockerfix.shell import (
    Command,
    add_option,
    append_words,
    commands_of,
    insert_words,
    parse_script,
    quoted,
    remove_word,
    replace_word,
)
from dockerfix.syntax import Cmd, Dockerfile, Run, parse
from dockerfix.text import Edit, MappedText, Span, apply_edits, encode


def commands(tree: Dockerfile) -> list[Command]:
    starting = [i for i in tree.walk() if isinstance(i, (Run, Cmd))]
    return [command for instruction in starting for command in commands_of(instruction) or ()]


def pip(tree: Dockerfile) -> Command:
    return next(command for command in commands(tree) if command.name == "pip")


def with_option(text: str, option: str = "--no-cache-dir") -> str | None:
    tree = parse(text)
    command = pip(tree)
    return applied(tree, add_option(command, command.words[1], option))


def appended(text: str, words: Sequence[str] = ("gunicorn",)) -> str | None:
    tree = parse(text)
    return applied(tree, append_words(pip(tree), words, tree.source))


def applied(tree: Dockerfile, edit: Edit | None) -> str | None:
    return parse(apply_edits(tree.source, [edit])).text if edit is not None else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN pip install x", "RUN pip install --no-cache-dir x"),
        ("RUN pip install", "RUN pip install --no-cache-dir"),
        ("RUN pip install \\\n    x", "RUN pip install --no-cache-dir \\\n    x"),
        ("RUN pip install\\\n    x", "RUN pip install --no-cache-dir\\\n    x"),
        ("RUN pip \\\n  # why\n  install \\\n  x", "RUN pip \\\n  # why\n  install --no-cache-dir \\\n  x"),
        ("RUN pip install>log x", "RUN pip install --no-cache-dir>log x"),
        ("RUN pip install;pip list", "RUN pip install --no-cache-dir;pip list"),
        ("RUN pip\tinstall\tx", "RUN pip\tinstall --no-cache-dir\tx"),
        ("# escape=`\r\nRUN pip install `\r\n\tx\r\n", "# escape=`\r\nRUN pip install --no-cache-dir `\r\n\tx\r\n"),
        ('RUN ["pip", "install", "x"]', 'RUN ["pip", "install", "--no-cache-dir", "x"]'),
        ('RUN ["pip","install","x"]', 'RUN ["pip","install","--no-cache-dir","x"]'),
        ('RUN ["pip", \\\n "install", \\\n "x"]', 'RUN ["pip", \\\n "install", "--no-cache-dir", \\\n "x"]'),
        ("RUN <<EOF\npip install x\nEOF", "RUN <<EOF\npip install --no-cache-dir x\nEOF"),
        ("RUN <<-EOF\r\n\tpip install x\r\nEOF\r\n", "RUN <<-EOF\r\n\tpip install --no-cache-dir x\r\nEOF\r\n"),
        ("RUN sh -c 'pip install x'", "RUN sh -c 'pip install --no-cache-dir x'"),
        ('RUN bash -lc "pip install $X"', 'RUN bash -lc "pip install --no-cache-dir $X"'),
        ('RUN ["sh", "-c", "pip install x"]', 'RUN ["sh", "-c", "pip install --no-cache-dir x"]'),
        ('RUN sh -c "pip install \\"x\\""', None),
        ("ONBUILD RUN pip install x", "ONBUILD RUN pip install --no-cache-dir x"),
        ("RUN if x; then pip install y; fi", "RUN if x; then pip install --no-cache-dir y; fi"),
        ("RUN a=$(pip install y)", "RUN a=$(pip install --no-cache-dir y)"),
    ],
)
def test_an_option_goes_behind_its_word_on_the_same_line(before: str, after: str | None) -> None:
    assert with_option(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN pip install x", "RUN pip install x gunicorn"),
        ("RUN pip install x && y", "RUN pip install x gunicorn && y"),
        ("RUN pip install x # why", "RUN pip install x gunicorn # why"),
        ("RUN pip install x>=1 'y' > log 2>&1", "RUN pip install x>=1 'y' gunicorn > log 2>&1"),
        ("RUN pip install \\\n    x \\\n    y", "RUN pip install \\\n    x \\\n    y \\\n    gunicorn"),
        ("RUN pip install \\\n\tx \\\n && y", "RUN pip install \\\n\tx \\\n\tgunicorn \\\n && y"),
        ("RUN pip install x \\\n  # why\n  y", "RUN pip install x \\\n  # why\n  y \\\n  gunicorn"),
        ("RUN pip install x\\\r\n\r\n  y\r\n", "RUN pip install x\\\r\n\r\n  y\\\r\n  gunicorn\r\n"),
        ("# escape=`\nRUN pip install x `\n  y", "# escape=`\nRUN pip install x `\n  y `\n  gunicorn"),
        ("RUN pip install \\\n  x y", "RUN pip install \\\n  x y gunicorn"),
        (
            "RUN cat <<EOF | pip install -r /dev/stdin\nx\nEOF",
            "RUN cat <<EOF | pip install -r /dev/stdin gunicorn\nx\nEOF",
        ),
        ("RUN pip install -r - <<EOF\nx\nEOF", "RUN pip install -r - gunicorn <<EOF\nx\nEOF"),
        ("RUN <<EOF\npip install \\\n  x \\\n  y\nEOF", "RUN <<EOF\npip install \\\n  x \\\n  y \\\n  gunicorn\nEOF"),
        ('RUN ["pip", "install", "x"]', 'RUN ["pip", "install", "x", "gunicorn"]'),
        ('RUN [ "pip" ]', 'RUN [ "pip", "gunicorn" ]'),
        ("RUN sh -c 'pip install x'", "RUN sh -c 'pip install x gunicorn'"),
    ],
)
def test_words_are_appended_behind_the_last_word(before: str, after: str) -> None:
    assert appended(before) == after


def test_several_words_each_get_their_line() -> None:
    assert appended("RUN pip install \\\n  x", ["a", "b"]) == "RUN pip install \\\n  x \\\n  a \\\n  b"


def test_without_the_source_words_stay_on_the_line() -> None:
    tree = parse("RUN pip install \\\n  x")
    assert applied(tree, append_words(pip(tree), ["a"])) == "RUN pip install \\\n  x a"


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("RUN pip install", "a b", "RUN pip 'a b' install"),
        ("RUN pip install", "it's", "RUN pip 'it'\\''s' install"),
        ('RUN ["pip", "x"]', 'a "b"', 'RUN ["pip", "a \\"b\\"", "x"]'),
    ],
)
def test_words_get_the_quotes_they_need(before: str, word: str, after: str) -> None:
    tree = parse(before)
    assert applied(tree, insert_words(pip(tree), pip(tree).words[0], [word])) == after


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("RUN sh -c 'pip install x'", ["a b"]),
        ("RUN pip install x", ["a\nb"]),
        ("RUN pip install x>log", ["2"]),
        ("RUN pip install x", []),
    ],
)
def test_nothing_is_written_that_would_not_be_read_back(before: str, words: list[str]) -> None:
    tree = parse(before)
    assert append_words(pip(tree), words, tree.source) is None


def test_assignments_alone_take_no_words() -> None:
    tree = parse("RUN A=1")
    assert append_words(commands(tree)[0], ["b"]) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN pip \\\n  'install' x", "RUN pip \\\n  download x"),
        ('RUN ["pip", "install"]', 'RUN ["pip", "download"]'),
        ('RUN sh -c "pip install \\"x\\""', None),
    ],
)
def test_a_word_is_replaced(before: str, after: str | None) -> None:
    tree = parse(before)
    assert applied(tree, replace_word(pip(tree), pip(tree).words[1], "download")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN pip install \\\n  --pre \\\n  x", "RUN pip install \\\n  x"),
        ("RUN pip install --pre x", "RUN pip install x"),
        ('RUN ["pip", "install", "--pre", "x"]', 'RUN ["pip", "install", "x"]'),
        ("RUN pip install \\\n  # why\n  --pre x", None),
        ("RUN pip install >log --pre x", None),
    ],
)
def test_a_word_is_removed_with_the_gap_before_it(before: str, after: str | None) -> None:
    tree = parse(before)
    command = pip(tree)
    assert applied(tree, remove_word(command, command.words[2], tree.source)) == after


def test_the_first_word_is_not_removed() -> None:
    tree = parse("RUN pip x")
    assert remove_word(pip(tree), pip(tree).words[0], tree.source) is None


@pytest.mark.parametrize("value", ["", "a", "a b", "it's", "$x", "a\\b", '"', "*", "~", "a;b", "\u00e4", "a\nb"])
def test_a_quoted_word_is_read_back(value: str) -> None:
    raw = encode("x " + quoted(value))
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    assert script.commands[0].argv == ("x", value)
    assert not script.commands[0].words[1].expands
