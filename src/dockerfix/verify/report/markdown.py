"""A proof as Markdown, for the text of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.report.markdown import plain
from dockerfix.report.printed import several_lines
from dockerfix.verify.proof import Proof
from dockerfix.verify.report.story import (
    changed_kinds,
    changed_layers,
    headline,
    layer_words,
    mending_words,
    method,
    prediction_words,
    rebuild_words,
    verdict_words,
    what_failed,
)
from dockerfix.verify.words import bytes_text

__all__ = ["markdown"]

_SIGNS = {"better": "✅", "worse": "❌", "same": "", "noted": ""}
_WORDS = {"helps": "✅ helps", "neutral": "➖ neutral", "harms": "❌ harms"}
_LONGEST = 200  # characters of a cell


def markdown(proof: Proof) -> str:
    """The proof of one Dockerfile; it names no path of the machine that measured it."""
    return "\n".join(_lines(proof)) + "\n"


def _lines(proof: Proof) -> Iterator[str]:
    yield f"**{plain(proof.label)}**, built and started before and after: {plain(headline(proof))}."
    yield ""
    if proof.rows:
        yield from _table(("", "before", "after", ""), (
            (row.what, row.before, row.after, _SIGNS[row.effect]) for row in proof.rows
        ))  # fmt: skip
    if proof.verdicts:
        yield from _table(("repair", "verdict", "because"), (
            (f"{item.code} {item.name}", _WORDS[item.word], verdict_words(item)) for item in proof.verdicts
        ))  # fmt: skip
    yield from (f"{plain(line.partition(' Its log: ')[0])}\n" for line in mending_words(proof))
    for title, lines, _ in what_failed(proof):
        yield f"**{plain(title)}**"
        yield from _fenced(lines)
    yield "<details><summary>Layers, and how it was measured</summary>"
    yield ""
    yield from _layers(proof)
    yield from (f"- {plain(line)}" for line in rebuild_words(proof))
    yield ""
    yield f"{method(proof)} Measured with {plain(proof.engine)} on {plain(proof.machine)}, {proof.date}."
    yield from (plain(line) for line in prediction_words(proof))
    yield ""
    yield "</details>"


def _layers(proof: Proof) -> Iterator[str]:
    layers = changed_layers(proof)
    if layers:
        yield from _table(("layer", "before", "after", "what is in it"), (
            (change.made_by, bytes_text(change.sizes[0]), bytes_text(change.sizes[1]), layer_words(change))
            for change in layers
        ))  # fmt: skip
    kinds = changed_kinds(proof)
    if kinds:
        yield from _table(("files", "before", "after"), (
            (kind.kind, bytes_text(kind.before), bytes_text(kind.after)) for kind in kinds
        ))  # fmt: skip


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(text) for text in row)} |"
    yield ""


def _cell(text: str) -> str:
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return plain(" ".join(short.split())).replace("|", "\\|")


def _fenced(lines: tuple[str, ...]) -> Iterator[str]:
    """A code block that nothing in it ends."""
    text = several_lines("\n".join(lines))
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (fence, text, fence, "")
