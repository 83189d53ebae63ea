"""File names in text for people: whatever a name holds, it is one word on one line."""

from __future__ import annotations

import os

__all__ = ["quoted"]


def quoted(name: str) -> str:
    """The name itself where it can be printed, else as shells read it: `$'new\\nline'`."""
    if name.isprintable():
        return name
    return "$'" + "".join(map(_escaped, name)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}.get(character)
    return short or "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
