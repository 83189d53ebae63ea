"""A word of a shell command: how it is written, and what the program will receive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.text import Span, decode

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["ShellWord", "quoted", "word_value"]

_NOTABLE = regex(r"[\\*?\[~]")
_ESCAPED = regex(r"\\(\n|.)", re.DOTALL)
_ESCAPED_IN_QUOTES = regex(r"\\([$`\"\\]|\n)")
_PLAIN = regex(r"[A-Za-z0-9_./:=,@%+-]+\Z")
_GLOB = regex(r"[*?\[]")
_WORD_KINDS = {"word", "number", "variable_name", "test_operator", "special_variable_name"}
_PATTERN_KINDS = {"regex", "extglob_pattern", "brace_expression"}


@frozen
class ShellWord:
    """One word.

    `raw` is the text as written, `value` what the program receives, or None where an expansion decides that.
    `expands` tells that an unquoted `*`, `?`, `[`, a leading `~` or (in shells that know them) braces may make it
    something else. `start` and `end` are bytes of the script, `span` bytes of the file.
    """

    raw: str
    value: str | None
    expands: bool
    start: int
    end: int
    span: Span


def word_value(node: Node, source: bytes) -> tuple[str, str | None, bool]:
    """What a node of the grammar stands for: `raw`, `value` and `expands` of its word."""
    raw = decode(source[node.start_byte : node.end_byte])
    if node.type == "word" and not _NOTABLE.search(raw):
        return raw, raw, False
    value, expands = _value(node, raw, source)
    return raw, value, expands or raw.startswith("~")


def _value(node: Node, raw: str, source: bytes) -> tuple[str | None, bool]:
    kind = node.type
    if not node.is_named:
        return raw, False
    if kind in _WORD_KINDS:
        return _unescaped(raw), bool(_GLOB.search(_ESCAPED.sub("", raw)))
    if kind == "raw_string":
        return raw[1:-1], False
    if kind == "string":
        if any(child.is_named and child.type != "string_content" for child in node.children):
            return None, False
        return _ESCAPED_IN_QUOTES.sub(lambda m: "" if m[1] == "\n" else m[1], raw[1:-1]), False
    if kind in _PATTERN_KINDS:
        return raw, True
    if kind in ("concatenation", "variable_assignment"):
        return _joined(node, source)
    return None, False


def _unescaped(raw: str) -> str:
    return _ESCAPED.sub(lambda m: "" if m[1] == "\n" else m[1], raw) if "\\" in raw else raw


def _joined(node: Node, source: bytes) -> tuple[str | None, bool]:
    """The value of parts that touch; the grammar has braces stand alone among them."""
    raws = [decode(source[child.start_byte : child.end_byte]) for child in node.children]
    parts = [_value(child, raw, source) for child, raw in zip(node.children, raws, strict=True)]
    values = [value for value, _ in parts if value is not None]
    whole = "".join(values) if len(values) == len(parts) else None
    braces = "{" in raws and any("," in raw or ".." in raw for raw in raws)
    return whole, braces or any(expands for _, expands in parts)


def quoted(value: str) -> str:
    """A word that a POSIX shell reads back as `value`, bare where no quote is needed."""
    if _PLAIN.match(value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"
