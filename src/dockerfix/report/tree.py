"""The parsed tree of a Dockerfile as text, each item with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dockerfix.syntax import ArgumentError, Directive, Dockerfile, Flag, Instruction, Onbuild, Trivia, Word
from dockerfix.text import Span

__all__ = ["tree_text"]

_HAVE_SHELL_FORM = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")


def tree_text(dockerfile: Dockerfile) -> str:
    """One line for each item of the tree, indented below what holds it.

    Each starts with `start-end` in bytes (0-based, half-open); instructions have their lines too (1-based).
    """
    lines = [f"Dockerfile, {len(dockerfile.source)} bytes, escape {dockerfile.escape}"]
    for item in dockerfile.items:
        lines += _item(item, dockerfile, "  ")
    lines += (f"problem{_line(problem.line)}: {problem.message}" for problem in dockerfile.problems)
    return "\n".join(lines) + "\n"


def _line(number: int | None) -> str:
    return "" if number is None else f" in line {number}"


def _item(item: Trivia | Directive | Instruction, dockerfile: Dockerfile, margin: str) -> Iterator[str]:
    if isinstance(item, Trivia):
        yield f"{margin}{_place(item.span)} {item.kind}{f' {_quoted(item.text)}' if item.text else ''}"
    elif isinstance(item, Directive):
        yield f"{margin}{_place(item.span)} directive {item.name} = {_quoted(item.value)}"
    else:
        yield from _instruction(item, dockerfile, margin)


def _instruction(item: Instruction, dockerfile: Dockerfile, margin: str) -> Iterator[str]:
    last = f"-{item.end_line}" if item.end_line > item.start_line else ""
    form = f"{item.form} form, " if item.form == "json" or item.kind in _HAVE_SHELL_FORM else ""
    yield f"{margin}{_place(item.span)} {item.keyword} ({form}line {item.start_line}{last})"
    inner = margin + "  "
    yield from (_flag(flag, inner) for flag in item.flags)
    if isinstance(item, Onbuild) and item.trigger is not None:
        yield from _instruction(item.trigger, dockerfile, inner)
        return
    try:
        yield from (_word(word, inner) for word in item.words)
    except ArgumentError as error:
        yield f"{inner}arguments that BuildKit refuses: {error}"
    for span in item.comments:
        text = dockerfile.source[span.start : span.end].decode("utf-8", "replace").strip()
        yield f"{inner}{_place(span)} comment {_quoted(text)}"
    for heredoc in item.heredocs:
        mark = "expanded" if heredoc.expand else "literal"
        yield f"{inner}{_place(heredoc.body)} heredoc {heredoc.name} ({mark}) {_quoted(heredoc.content)}"


def _flag(flag: Flag, margin: str) -> str:
    return f"{margin}{_place(flag.span)} flag --{flag.name} = {_quoted(flag.value)}"


def _word(word: Word, margin: str) -> str:
    return f"{margin}{_place(word.mapped.whole)} word {_quoted(word.value)}"


def _place(span: Span) -> str:
    return f"{span.start}-{span.end}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
