"""A word of a shell command: how it is written, and what the program will receive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockerfix.text import MappedText, Span, decode

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["ShellWord", "quoted", "shell_word"]

_ESCAPED = re.compile(r"\\(\n|.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r"\\([$`\"\\]|\n)")
_PLAIN = re.compile(r"[A-Za-z0-9_./:=,@%+-]+\Z")
_GLOB = re.compile(r"(?<!\\)[*?\[]")


@dataclass(frozen=True, slots=True)
class ShellWord:
    """One word.

    `raw` is the text as written, `value` what the program receives, or None where an expansion decides that.
    `expands` tells that an unquoted `*`, `?`, `[` or a leading `~` may make it something else. `start` and
    `end` are bytes of the script, `span` bytes of the file.
    """

    raw: str
    value: str | None
    expands: bool
    start: int
    end: int
    span: Span


def shell_word(node: Node, source: MappedText) -> ShellWord:
    """The word that a node of the grammar stands for."""
    raw = decode(source.raw[node.start_byte : node.end_byte])
    value, expands = _value(node, source)
    span = source.span(node.start_byte, node.end_byte)
    return ShellWord(raw, value, expands or raw.startswith("~"), node.start_byte, node.end_byte, span)


def _value(node: Node, source: MappedText) -> tuple[str | None, bool]:
    raw = decode(source.raw[node.start_byte : node.end_byte])
    kind = node.type
    if kind in ("word", "number", "variable_name", "test_operator", "regex", "special_variable_name") or (
        not node.is_named
    ):
        return _ESCAPED.sub(lambda m: "" if m[1] == "\n" else m[1], raw), bool(_GLOB.search(raw))
    if kind == "raw_string":
        return raw[1:-1], False
    if kind == "string":
        if any(child.is_named and child.type != "string_content" for child in node.children):
            return None, False
        return _ESCAPED_IN_QUOTES.sub(lambda m: "" if m[1] == "\n" else m[1], raw[1:-1]), False
    if kind in ("concatenation", "variable_assignment"):
        parts = [_value(child, source) for child in node.children]
        values = [value for value, _ in parts if value is not None]
        whole = "".join(values) if len(values) == len(parts) else None
        return whole, any(expands for _, expands in parts)
    return None, False


def quoted(value: str) -> str:
    """A word that a POSIX shell reads back as `value`, bare where no quote is needed."""
    if _PLAIN.match(value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"
