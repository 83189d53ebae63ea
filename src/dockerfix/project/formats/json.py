"""JSON as people write it in settings: with comments and trailing commas; and the line on which a key stands."""

from __future__ import annotations

import json
import re

from dockerfix.regexes import regex

__all__ = ["json_line", "read_json"]

_TOKEN = regex(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)


def read_json(text: str) -> object:
    """The value of a JSON text that may hold comments and trailing commas; None where it cannot be read."""
    plain = _TOKEN.sub(_kept, text)
    try:
        return json.loads(_TOKEN.sub(_kept, plain))
    except (ValueError, RecursionError):
        return None


def _kept(match: re.Match[str]) -> str:
    """A string as it is; anything else gives way to blanks, so that what follows keeps its line."""
    return match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])


def json_line(text: str, *keys: str) -> int:
    """The 1-based line on which the first of some keys stands in a JSON text; 1 where none does."""
    for key in keys:
        found = re.search(rf'"{re.escape(key)}"\s*:', text)
        if found is not None:
            return text.count("\n", 0, found.start()) + 1
    return 1
