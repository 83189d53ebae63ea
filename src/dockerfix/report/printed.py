"""Text of strangers as a terminal and a CI runner may be shown it: words, and nothing that either would obey."""

from __future__ import annotations

import re

__all__ = ["one_line", "several_lines"]

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Source: actions/runner, ActionCommand.cs: a line that begins with `::`, and `##[` wherever it stands.
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)
_BETWEEN = "\u200b"


def several_lines(text: str) -> str:
    """The text with control characters spelled out, and no line that is a command of a runner."""
    shown = _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)
    return _COMMAND.sub(lambda found: f"{found[0]}{_BETWEEN}", shown)


def one_line(text: str) -> str:
    """The same on one line."""
    return several_lines(text.replace("\n", "\\n").replace("\t", " "))
