"""Scripts inside scripts: the text that `sh -c '…'` or `bash <<EOF` hands to an inner shell, mapped back."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.text import MappedText, decode, encode

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["RUNNERS", "InnerScript", "ScriptPlace", "script_place", "text_of_body", "text_of_json", "text_of_word"]

_SHELLS = {"sh", "bash", "dash", "ash", "ksh", "zsh"}
_SWITCHERS = {"su", "runuser"}
RUNNERS = _SHELLS | _SWITCHERS | {"eval"}
_LONG_WITH_VALUE = {"--rcfile", "--init-file"}
_STDIN = {"/dev/stdin", "/proc/self/fd/0"}
_DROPPED_IN_QUOTES = regex(rb"\\([$`\"\\]|\n)")
_DROPPED_IN_BODY = regex(rb"\\([$`\\]|\n)")
_DROPPED_OUTSIDE = regex(rb"\\(.|\n)", re.DOTALL)
_JSON_ESCAPE = regex(rb"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CHANGES = regex(rb"[$`]")


@frozen
class InnerScript:
    """The text of an inner script. `breaks` are the bytes of it before which the outer text has something more.

    `expanded` tells that the outer shell replaces variables and commands in the text before the inner one reads it.
    """

    text: MappedText
    expanded: bool
    breaks: tuple[int, ...]

    def is_broken(self, start: int, end: int) -> bool:
        """Whether the outer text has something more between the bytes `start` and `end`."""
        return bisect_right(self.breaks, start) < bisect_left(self.breaks, end)


ScriptPlace = int | Literal["stdin", "unknown"] | None


def script_place(argv: Sequence[str | None]) -> ScriptPlace:
    """Where a program takes a shell script from.

    Returns:
        The number of the word that is the script; `stdin`; `unknown` for a script put together at run time; None
        for every other program, and for a shell that runs a file.
    """
    name = (argv[0] or "").rsplit("/", 1)[-1] if argv else ""
    if name not in RUNNERS:
        return None
    if name == "eval":
        return "unknown"
    return _switcher_script(argv) if name in _SWITCHERS else _shell_script(argv)


def _switcher_script(argv: Sequence[str | None]) -> ScriptPlace:
    for number, value in enumerate(argv[:-1]):
        if value is not None and (value == "--command" or re.fullmatch(r"-[a-z]*c", value)):
            return number + 1
    return "unknown" if any(value and value.startswith("--command=") for value in argv) else None


def _shell_script(argv: Sequence[str | None]) -> ScriptPlace:
    at = 1
    letters = ""
    while at < len(argv):
        value = argv[at]
        if value is None and "c" in letters:
            break
        if value is None:
            return "unknown"
        if value in ("-", "--") or value[:1] not in ("-", "+"):
            break
        if value.startswith("--"):
            at += 2 if value in _LONG_WITH_VALUE else 1
            continue
        letters += value[1:]
        at += 1 + value[1:].lower().count("o")
    if at < len(argv) and argv[at] in ("-", "--"):
        at += 1
    if "c" in letters:
        return at if at < len(argv) else None
    return "stdin" if at >= len(argv) or "s" in letters or argv[at] in _STDIN else None


def text_of_word(node: Node, text: MappedText) -> InnerScript | None:
    """What a quoted word holds; None where an expansion alone decides that.

    Args:
        node: the word in the grammar's tree of `text`.
    """
    nodes = node.children if node.type == "concatenation" else [node]
    parts: list[MappedText] = []
    breaks: list[int] = []
    at = 0
    expanded = False
    for number, part in enumerate(nodes):
        found = _word_parts(part, text)
        if found is None and node.type != "concatenation":
            return None
        breaks += [at] if number else []
        pieces = found or [text.slice(part.start_byte, part.end_byte)]
        expanded = expanded or found is None or _expands(part)
        for count, piece in enumerate(pieces):
            breaks += [at] if count else []
            at += len(piece)
        parts += pieces
    return InnerScript(MappedText.concatenated(parts), expanded, tuple(breaks))


def _word_parts(node: Node, text: MappedText) -> list[MappedText] | None:
    start, end = node.start_byte, node.end_byte
    if node.type == "raw_string":
        return [text.slice(start + 1, end - 1)]
    if node.type == "string":
        return list(_without(_DROPPED_IN_QUOTES, text, start + 1, end - 1))
    if node.type in ("word", "number"):
        return list(_without(_DROPPED_OUTSIDE, text, start, end))
    return None


def _expands(node: Node) -> bool:
    return node.type == "string" and any(child.is_named and child.type != "string_content" for child in node.children)


def _without(escape: re.Pattern[bytes], text: MappedText, start: int, end: int) -> Iterator[MappedText]:
    """The text between escapes, of which the backslash goes, and the newline behind it too."""
    for match in escape.finditer(text.raw, start, end):
        yield text.slice(start, match.start())
        start = match.end() if match[1] == b"\n" else match.start() + 1
        if match[1] != b"\n":
            yield text.slice(start, start + 1)
            start += 1
    yield text.slice(start, end)


def text_of_body(text: MappedText, start: int, end: int, *, literal: bool) -> InnerScript:
    """What the body of a heredoc, the bytes `start` to `end`, hands to the command that reads it."""
    if literal:
        return InnerScript(text.slice(start, end), False, ())
    parts = list(_without(_DROPPED_IN_BODY, text, start, end))
    breaks: list[int] = []
    at = 0
    for part in parts[:-1]:
        at += len(part)
        breaks.append(at)
    whole = MappedText.concatenated(parts)
    return InnerScript(whole, bool(_CHANGES.search(text.raw, start, end)), tuple(breaks))


def text_of_json(value: str, mapped: MappedText) -> InnerScript | None:
    """What a JSON string holds; None where its escapes cannot be mapped."""
    raw = mapped.raw
    parts: list[MappedText] = []
    breaks: list[int] = []
    done, at = 1, 0
    for match in _JSON_ESCAPE.finditer(raw, 1, len(raw) - 1):
        char = _json_char(mapped, match.start(), match.end())
        if char is None:
            return None
        parts += (mapped.slice(done, match.start()), char)
        at += match.start() - done
        breaks += (at, at + len(char))
        at += len(char)
        done = match.end()
    parts.append(mapped.slice(done, len(raw) - 1))
    whole = MappedText.concatenated(parts)
    return InnerScript(whole, False, tuple(breaks)) if whole.text == value else None


def _json_char(mapped: MappedText, start: int, end: int) -> MappedText | None:
    """The character of an escape; one written as itself keeps its place, another stands for the whole escape."""
    if mapped.raw[start + 1 : end] in (b'"', b"\\", b"/"):
        return mapped.slice(start + 1, end)
    try:
        char = encode(json.loads(decode(b'"' + mapped.raw[start:end] + b'"')))
    except (ValueError, UnicodeEncodeError):
        return None
    return MappedText(char, ((0, mapped.offset(start), len(char)),))
