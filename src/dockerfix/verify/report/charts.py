"""Charts as inline SVG: bars beside each other, and stacked ones."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dockerfix.frozen import frozen

__all__ = ["Bar", "Segment", "bars", "colour", "stacked"]

_WIDTH = 420  # of the narrowest page; a wider one shows it larger
_TEXT, _LINE, _GAP = 16, 14, 10
# Distinct in light and dark, and for most people who see fewer colours (Okabe and Ito).
_PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
_BASE = "#8a8f98"


@frozen
class Bar:
    """One bar: what it is called, how long it is, and that in words."""

    label: str
    value: float
    words: str
    is_after: bool = False


@frozen
class Segment:
    """A part of a stacked bar; `title` shows when a pointer rests on it."""

    value: float
    title: str
    colour: int


def bars(title: str, items: Sequence[Bar]) -> str:
    """Horizontal bars on one scale."""
    most = max((item.value for item in items), default=0.0) or 1.0
    lines = [
        _line(number, item.label, item.words, f'<rect class="{"after" if item.is_after else "before"}" x="0" '
              f'y="{_top(number) + _TEXT}" width="{_length(item.value, most):.1f}" height="{_LINE}"/>')
        for number, item in enumerate(items)
    ]  # fmt: skip
    return _figure(title, lines)


def stacked(title: str, items: Sequence[tuple[str, str, Sequence[Segment]]]) -> str:
    """Horizontal bars made of parts, on one scale.

    Args:
        items: for each its label, its length in words, and its parts.
    """
    most = max((sum(part.value for part in parts) for _, _, parts in items), default=0.0) or 1.0
    lines = []
    for number, (label, words, parts) in enumerate(items):
        start = 0.0
        drawn = []
        for part in parts:
            length = _length(part.value, most)
            place = f'x="{start:.1f}" y="{_top(number) + _TEXT}" width="{length:.1f}" height="{_LINE}"'
            drawn.append(f'<rect {place} fill="{colour(part.colour)}"><title>{escape(part.title)}</title></rect>')
            start += length
        lines.append(_line(number, label, words, "".join(drawn)))
    return _figure(title, lines)


def colour(number: int) -> str:
    """The colour of that number, which starts again after the last one; a negative number is the base image's."""
    return _BASE if number < 0 else _PALETTE[number % len(_PALETTE)]


def _length(value: float, most: float) -> float:
    return value / most * _WIDTH


def _top(number: int) -> int:
    return number * (_TEXT + _LINE + _GAP)


def _line(number: int, label: str, words: str, drawn: str) -> str:
    middle = _top(number) + _TEXT / 2
    return (
        f'<text x="0" y="{middle}" class="label">{escape(label)}</text>{drawn}'
        f'<text x="{_WIDTH}" y="{middle}" class="value">{escape(words)}</text>'
    )


def _figure(title: str, lines: Sequence[str]) -> str:
    height = max(_top(len(lines)), 1)
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">{"".join(lines)}</svg></figure>'
    )
