"""Edits of a command where it stands: new words in its own style, in shell form and in exec form alike."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from dockerfix.regexes import regex
from dockerfix.shell.script import Command
from dockerfix.shell.words import ShellWord, quoted
from dockerfix.text import Edit, Span, encode

__all__ = ["add_option", "append_words", "insert_words", "remove_word", "replace_word"]

_PLAIN = regex(r"[A-Za-z0-9_./:=,@%+-]+\Z")
_GAP = regex(rb"(?:[ \t]|[\\`][ \t]*\r?\n)*")
_JSON_GAP = regex(rb"(?:[ \t,]|[\\`][ \t]*\r?\n)*")
_CONTINUED = regex(rb"([ \t]*[\\`][ \t]*\r?\n)(?:.*\n)?([ \t]*)\Z", re.DOTALL)


def add_option(command: Command, after: ShellWord, option: str) -> Edit | None:
    """Put an option behind a word of a command, on the line of that word.

    Args:
        after: a word of the command, for instance the verb of `pip install`.
        option: its value; it gets quotes where it needs them.
    Returns:
        The edit, or None where the command cannot be edited (see `insert_words`).
    """
    return insert_words(command, after, [option])


def append_words(command: Command, words: Sequence[str], source: bytes = b"") -> Edit | None:
    """Put words behind the last word of a command, in front of the redirections that follow it.

    Args:
        source: the file. With it, a command that has its last word on a line of its own gets the new words on
            lines of their own.
    """
    if not command.words:
        return None
    return insert_words(command, command.words[-1], words, _separator(command, source))


def insert_words(command: Command, after: ShellWord, words: Sequence[str], separator: bytes = b" ") -> Edit | None:
    """Put words behind a word of a command.

    Args:
        words: their values; each gets the quotes it needs, in exec form those of JSON.
        separator: what stands in front of each new word in shell form.
    Returns:
        The edit; None where text put there would not be read as these words: the command is not editable, a
        line break inside a word, or a word that needs quotes inside the quotes of an inner script.
    """
    written = [_written(command, word) for word in words]
    if not written or None in written:
        return None
    if command.redirects and words[-1].isdigit() and command.form == "shell":
        return None  # `2` in front of `>log` would be a file descriptor
    lead = encode(_json_separator(command)) if command.form == "json" else separator
    return Edit.insert(after.span.end, b"".join(lead + encode(word) for word in written if word is not None))


def replace_word(command: Command, word: ShellWord, value: str) -> Edit | None:
    """Put another value in place of a word; None as in `insert_words`."""
    written = _written(command, value)
    return Edit(word.span, encode(written)) if written is not None else None


def remove_word(command: Command, word: ShellWord, source: bytes) -> Edit | None:
    """Take a word out, with the gap in front of it.

    Returns:
        The edit; None for the first word, where more than blanks and line breaks stands in the gap (a comment, a
        redirection), and as in `insert_words`.
    """
    places = [other.span for other in command.words]
    number = places.index(word.span)
    if not number or not command.editable:
        return None
    gap = Span(places[number - 1].end, word.span.start)
    blank = _JSON_GAP if command.form == "json" else _GAP
    return Edit(Span(gap.start, word.span.end), b"") if blank.fullmatch(source, gap.start, gap.end) else None


def _written(command: Command, value: str) -> str | None:
    """A value as it is written in this command; None where it cannot be."""
    if not command.editable or "\n" in value or "\r" in value:
        return None
    if command.form == "json":
        return json.dumps(value, ensure_ascii=False)
    if command.is_nested:
        return value if _PLAIN.match(value) else None
    return quoted(value)


def _json_separator(command: Command) -> str:
    places = [word.span for word in command.words]
    tight = len(places) > 1 and places[1].start - places[0].end == 1
    return "," if tight else ", "


def _separator(command: Command, source: bytes) -> bytes:
    """What parts the last two words when a line break does, comment lines in between left out; else a space."""
    if command.form == "json" or len(command.words) < 2:
        return b" "
    last, previous = command.words[-1].span, command.words[-2].span
    found = _CONTINUED.match(source, previous.end, last.start)
    return found[1] + found[2] if found else b" "
