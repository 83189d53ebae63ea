"""How BuildKit splits a logical line: keyword, flags, JSON, words, name=value pairs.

Source: BuildKit `frontend/dockerfile/parser/line_parsers.go` and `split_command.go`; quirks are kept on purpose.
"""

from __future__ import annotations

import json
import re

from dockerfix.errors import ParseError
from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.text import MappedText, Span, decode, encode

__all__ = [
    "ArgumentError",
    "Flag",
    "LineParts",
    "Word",
    "health_parts",
    "json_words",
    "name_value_words",
    "quoted_words",
    "space_end",
    "space_words",
    "split_line",
]

# What Go's unicode.IsSpace accepts, in UTF-8: ASCII, then what starts with a byte of 0x80 or more.
_ASCII_SPACES = b"\t\n\v\f\r "
_WIDE_SPACE = rb"\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80"
_SPACE_RUN = regex(rb"(?:[\t\n\v\f\r ]|" + _WIDE_SPACE + rb")+")
_WIDE_SPACE_LAST = regex(rb"(?:" + _WIDE_SPACE + rb")\Z")
_BYTE_SPACES = _ASCII_SPACES + b"\x85\xa0"  # unicode.IsSpace of a single byte taken for a rune
_SEPARATOR = regex(rb"[\t\v\f\r ]+")
# Bytes that are themselves everywhere: no space, no quote, no escape character, ASCII.
_PLAIN_RUN = regex(rb"[!#-&(-\[\]-_a-~]+")
_JSON_STRING = regex(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class ArgumentError(ParseError):
    """BuildKit refuses the arguments of an instruction."""


@frozen
class Word:
    """One argument: `value` as BuildKit's parser hands it on, `mapped` as it is written."""

    value: str
    mapped: MappedText

    @property
    def span(self) -> Span:
        """Where the word stands in the file, quotes included."""
        return self.mapped.whole

    def from_character(self, start: int) -> Word:
        """The rest of the word from character `start` of its value; only for words written as they read."""
        at = len(encode(self.value[:start]))
        rest = self.mapped.slice(at, len(self.mapped))
        return Word(self.value[start:], rest)


@frozen
class Flag:
    """A builder flag: `--name=value` or `--name`. `text` is the whole, with quotes and escapes taken off."""

    text: str
    span: Span

    @property
    def name(self) -> str:
        """The name without dashes, in lower case."""
        return self.text[2:].partition("=")[0].lower()

    @property
    def value(self) -> str:
        """What follows the equals sign; empty for a bare flag."""
        return self.text.partition("=")[2]


@frozen
class LineParts:
    """A logical line taken apart: `arguments` is what follows the flags, `kind` the keyword in capitals (if ASCII)."""

    keyword: str
    kind: str
    keyword_span: Span
    flags: tuple[Flag, ...]
    arguments: MappedText


def split_line(logical: MappedText, escape: str) -> LineParts:
    """Keyword, flags and arguments of a logical line, with the white space around each taken off."""
    raw = logical.raw
    start, end = _trimmed(raw, 0)
    gap = _SEPARATOR.search(raw, start, end)
    keyword_end, at = gap.span() if gap else (end, end)
    keyword = decode(raw[start:keyword_end])
    flags: tuple[Flag, ...] = ()
    if raw[at : at + 1] in (b"-", b"\x85", b"\xa0"):
        flags, at = _split_flags(logical, at, end, ord(escape))
    at, end = _trimmed(raw, at)
    small = keyword.lower()  # what Go compares; in capitals U+017F would be an S
    kind = small.upper() if small.isascii() else ""
    return LineParts(keyword, kind, logical.span(start, keyword_end), flags, logical.slice(at, end))


def _trimmed(raw: bytes, start: int) -> tuple[int, int]:
    """Where the text from byte `start` on begins and ends without the white space (as Go counts it) around it."""
    start = space_end(raw, start)
    end = len(raw.rstrip(_ASCII_SPACES))
    while end > start and raw[end - 1] >= 0x80 and (wide := _WIDE_SPACE_LAST.search(raw, max(start, end - 3), end)):
        end = len(raw[: wide.start()].rstrip(_ASCII_SPACES))
    return start, max(start, end)


def space_end(raw: bytes, start: int = 0) -> int:
    """The first byte from `start` on that is no white space (as Go counts it)."""
    if start < len(raw) and 0x20 < raw[start] < 0x80:
        return start
    run = _SPACE_RUN.match(raw, start)
    return run.end() if run else start


def _split_flags(text: MappedText, at: int, end: int, mark: int) -> tuple[tuple[Flag, ...], int]:
    """The builder flags from byte `at` on, and where they are over.

    BuildKit reads this part byte by byte, taking each byte for a character; so does this.
    """
    raw = text.raw
    flags: list[Flag] = []
    while True:
        while at < end and raw[at] in _BYTE_SPACES:
            at += 1
        if raw[at : min(at + 2, end)] != b"--":
            return tuple(flags), at
        start, run = at, _PLAIN_RUN.match(raw, at, end)
        at = run.end() if run else at
        if at == end or raw[at] in _ASCII_SPACES:
            value = raw[start:at].decode()
        else:
            value, at = _flag_value(raw, start, end, mark)
        if value == "--":
            return tuple(flags), at
        flags.append(Flag(value, text.span(start, at)))


def _flag_value(raw: bytes, at: int, end: int, mark: int) -> tuple[str, int]:
    value = bytearray()
    quote: int | None = None
    while at < end:
        char = raw[at]
        if quote is None and char in _BYTE_SPACES:
            break
        at += 1
        if quote is None and char in b"'\"":
            quote = char
        elif char == quote:
            quote = None
        elif char == mark:
            if at < end:
                value.append(raw[at])
                at += 1
        else:
            value.append(char)
    return value.decode("latin-1"), at


def json_words(text: MappedText) -> tuple[Word, ...] | None:
    """The strings of a JSON array, or None when the text is none (then it is shell form).

    Raises:
        ArgumentError: valid JSON, but not of strings only, which BuildKit refuses.
    """
    if not text.raw.startswith(b"["):
        return None
    try:
        found = json.loads(decode(text.raw), parse_constant=_not_json, parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    if not all(isinstance(value, str) for value in found):
        raise ArgumentError("when using JSON array syntax, arrays must be comprised of strings only")
    spans = [match.span() for match in _JSON_STRING.finditer(text.raw)]
    return tuple(Word(_valid(value), text.slice(*span)) for value, span in zip(found, spans, strict=True))


def _valid(value: str) -> str:
    """The string with U+FFFD for each byte or `\\u` escape that is no character, as Go reads JSON."""
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _not_json(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _number(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits} is no number that Go can hold")
    return number


def space_words(text: MappedText) -> tuple[Word, ...]:
    """The text split at runs of white space, quotes meaning nothing."""
    words: list[Word] = []
    at = 0
    for gap in _SEPARATOR.finditer(text.raw):
        words.append(_word(text, at, gap.start()))
        at = gap.end()
    words.append(_word(text, at, len(text.raw)))
    return tuple(words)


def _word(text: MappedText, start: int, end: int) -> Word:
    return Word(decode(text.raw[start:end]), text.slice(start, end))


def quoted_words(text: MappedText, escape: str) -> tuple[Word, ...]:
    """The text split at white space outside quotes; quotes and escapes are kept."""
    raw, mark, mark_alone = text.raw, ord(escape), escape.encode()
    words: list[Word] = []
    at = 0
    while True:
        at = space_end(raw, at)
        if at >= len(raw):
            return tuple(words)
        start, at = at, _quoted_end(raw, at, mark)
        if at > start:
            words.append(_word(text, start, at))
        if raw[at:] == mark_alone:
            return tuple(words)


def _quoted_end(raw: bytes, at: int, mark: int) -> int:
    """Where the word that starts at byte `at` ends, an escape at the very end of the text left out."""
    while at < len(raw):
        run = _PLAIN_RUN.match(raw, at)
        if run:
            at = run.end()
            continue
        char = raw[at]
        if char == mark:
            if at + 1 == len(raw):
                return at  # BuildKit drops it
            at += 2
        elif char in b"'\"":
            at = _quote_end(raw, at, mark)
        elif _SPACE_RUN.match(raw, at):
            return at
        else:
            at += 1
    return at


def _quote_end(raw: bytes, at: int, mark: int) -> int:
    quote = raw[at]
    at += 1
    while at < len(raw):
        char = raw[at]
        if char == mark and quote == 0x22:
            if at + 1 == len(raw):
                return at
            at += 2
            continue
        at += 1
        if char == quote:
            break
    return at


def health_parts(text: MappedText) -> tuple[Word, MappedText] | None:
    """What stands behind HEALTHCHECK: its type (`CMD`, `NONE`) and the rest; None when there is nothing.

    BuildKit looks for the gap byte by byte, taking each byte for a character.
    """
    raw = text.raw
    end = next((at for at, byte in enumerate(raw) if byte in _BYTE_SPACES), len(raw))
    start = end
    while start < len(raw) and raw[start] in _BYTE_SPACES:
        start += 1
    return (_word(text, 0, end), text.slice(start, len(raw))) if end else None


def name_value_words(text: MappedText, escape: str, kind: str) -> tuple[Word, ...]:
    """Name, value, name, value … of ENV and LABEL, in both forms (`k=v …` and `k v`).

    Raises:
        ArgumentError: a word without `=` in the new form, or a name without a value in the old one.
    """
    words = quoted_words(text, escape)
    if not words:
        return ()
    if "=" not in words[0].value:
        gap = _SEPARATOR.search(text.raw)
        if gap is None:
            raise ArgumentError(f"{kind} must have two arguments")
        return (_word(text, 0, gap.start()), _word(text, gap.end(), len(text.raw)))
    found: list[Word] = []
    for word in words:
        name, equals, value = word.value.partition("=")
        if not equals:
            raise ArgumentError(f'Syntax error - can\'t find = in "{word.value}". Must be of the form: name=value')
        at = word.mapped.raw.index(b"=")
        found.append(Word(name, word.mapped.slice(0, at)))
        found.append(Word(value, word.mapped.slice(at + 1, len(word.mapped))))
    return tuple(found)
