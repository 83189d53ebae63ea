"""How BuildKit splits what stands behind a keyword: flags, JSON, words, name=value pairs, heredoc marks.

Source: BuildKit `frontend/dockerfile/parser/line_parsers.go` and `split_command.go`; quirks are kept on purpose.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from dockerfix.errors import ParseError
from dockerfix.text import MappedText, Span, decode, encode

__all__ = [
    "ASCII_SPACE",
    "GO_SPACE",
    "ArgumentError",
    "Flag",
    "Heredoc",
    "Word",
    "heredoc_marks",
    "json_words",
    "name_value_words",
    "quoted_words",
    "run_script",
    "space_words",
    "split_flags",
    "stripped",
]

# What Go's unicode.IsSpace accepts, in UTF-8.
GO_SPACE = rb"(?:[\t\n\v\f\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)"
ASCII_SPACE = re.compile(rb"[\t\v\f\r ]+")
_GO_SPACE_RUN = re.compile(GO_SPACE + rb"+")
_GO_SPACE_END = re.compile(GO_SPACE + rb"+\Z")
_BYTE_SPACES = b"\t\n\v\f\r \x85\xa0"  # unicode.IsSpace of a single byte taken for a rune
_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class ArgumentError(ParseError):
    """BuildKit refuses the arguments of an instruction."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A heredoc: `content` as BuildKit keeps it, leading tabs of `<<-` not yet taken off."""

    name: str
    file_descriptor: int
    expand: bool
    chomp: bool
    content: str
    body: Span
    terminator: Span


def split_flags(text: MappedText, escape: str) -> tuple[tuple[Flag, ...], MappedText]:
    """The builder flags that open `text`, and the rest, stripped.

    BuildKit reads this part byte by byte, taking each byte for a character; so does this.
    """
    raw, mark = text.raw, ord(escape)
    flags: list[Flag] = []
    at = 0
    while True:
        while at < len(raw) and raw[at] in _BYTE_SPACES:
            at += 1
        if raw[at : at + 2] != b"--":
            return tuple(flags), stripped(text, at)
        start = at
        value, at, quoted = _flag_value(raw, at, mark)
        if value == "--":
            return tuple(flags), stripped(text, at)
        if value or quoted:
            flags.append(Flag(value, text.span(start, at)))


def _flag_value(raw: bytes, at: int, mark: int) -> tuple[str, int, bool]:
    value = bytearray()
    quote: int | None = None
    quoted = False
    while at < len(raw):
        char = raw[at]
        if quote is None and char in _BYTE_SPACES:
            break
        at += 1
        if quote is None and char in b"'\"":
            quote, quoted = char, True
        elif char == quote:
            quote = None
        elif char == mark:
            if at < len(raw):
                value.append(raw[at])
                at += 1
        else:
            value.append(char)
    return value.decode("latin-1"), at, quoted


def stripped(text: MappedText, start: int = 0) -> MappedText:
    """The text from byte `start` on, without the white space (as Go counts it) around it."""
    opening = _GO_SPACE_RUN.match(text.raw, start)
    start = opening.end() if opening else start
    closing = _GO_SPACE_END.search(text.raw, start)
    return text.slice(start, closing.start() if closing else len(text.raw))


def json_words(text: MappedText) -> tuple[Word, ...] | None:
    """The strings of a JSON array, or None when the text is none (then it is shell form).

    Raises:
        ArgumentError: valid JSON, but not of strings only, which BuildKit refuses.
    """
    if not text.raw.startswith(b"["):
        return None
    try:
        found = json.loads(text.raw.decode("utf-8", "replace"), parse_constant=_not_json)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    if not all(isinstance(value, str) for value in found):
        raise ArgumentError("when using JSON array syntax, arrays must be comprised of strings only")
    spans = [match.span() for match in _JSON_STRING.finditer(text.raw)]
    values = [value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for value in found]
    return tuple(Word(value, text.slice(*span)) for value, span in zip(values, spans, strict=True))


def _not_json(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def space_words(text: MappedText) -> tuple[Word, ...]:
    """The text split at runs of white space, quotes meaning nothing."""
    words: list[Word] = []
    at = 0
    for gap in ASCII_SPACE.finditer(text.raw):
        words.append(_word(text, at, gap.start()))
        at = gap.end()
    words.append(_word(text, at, len(text.raw)))
    return tuple(words)


def _word(text: MappedText, start: int, end: int) -> Word:
    return Word(decode(text.raw[start:end]), text.slice(start, end))


def quoted_words(text: MappedText, escape: str) -> tuple[Word, ...]:
    """The text split at white space outside quotes; quotes and escapes are kept."""
    raw, mark = text.raw, ord(escape)
    words: list[Word] = []
    at = 0
    while True:
        gap = _GO_SPACE_RUN.match(raw, at)
        at = gap.end() if gap else at
        if at >= len(raw):
            return tuple(words)
        start = at
        value, at = _quoted_word(raw, at, mark)
        if value:
            words.append(Word(decode(value), text.slice(start, at)))


def _quoted_word(raw: bytes, at: int, mark: int) -> tuple[bytes, int]:
    value = bytearray()
    quote: int | None = None
    while at < len(raw):
        char = raw[at]
        if quote is None:
            if _GO_SPACE_RUN.match(raw, at):
                break
            if char in b"'\"":
                quote = char
        elif char == quote:
            quote = None
            value.append(char)
            at += 1
            continue
        if char == mark and quote != 0x27:
            if at + 1 == len(raw):
                return bytes(value), at + 1  # BuildKit drops an escape at the very end
            value.append(char)
            at += 1
            char = raw[at]
        value.append(char)
        at += 1
    return bytes(value), at


def name_value_words(text: MappedText, escape: str, kind: str) -> tuple[Word, ...]:
    """Name, value, name, value … of ENV and LABEL, in both forms (`k=v …` and `k v`).

    Raises:
        ArgumentError: a word without `=` in the new form, or a name without a value in the old one.
    """
    words = quoted_words(text, escape)
    if not words:
        return ()
    if "=" not in words[0].value:
        gap = ASCII_SPACE.search(text.raw)
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


def heredoc_marks(line: bytes) -> list[tuple[str, int, bool, bool]]:
    """Name, file descriptor, expand, chomp of each heredoc that a logical line opens.

    Raises:
        ArgumentError: a quote in the mark stays open.
    """
    if b"<<" not in line:
        return []
    from e2b_dockerfile_utils import ShellLex, parse_heredoc

    lexer = ShellLex("\\", raw_quotes=True, raw_escapes=True, skip_unset_env=True)
    try:
        words = lexer.process_words(decode(line))
    except ValueError:
        return []
    try:
        found = [heredoc for word in words if (heredoc := parse_heredoc(word)) is not None]
    except ValueError as error:
        raise ArgumentError(str(error)) from None
    return [(h.name, h.file_descriptor, h.expand, h.chomp) for h in found]


def run_script(arguments: MappedText, heredocs: tuple[Heredoc, ...]) -> MappedText | None:
    """The script of a RUN in shell form, as BuildKit puts it together.

    A lone `<<EOF` is the script itself; otherwise each heredoc follows the command line and the shell reads it.
    Source: BuildKit `dockerfile2llb/convert.go`, dispatchRun.
    """
    if not heredocs:
        return arguments
    if len(heredocs) == 1 and heredoc_marks(arguments.raw) and not ASCII_SPACE.search(arguments.raw):
        return None if heredocs[0].content.startswith("#!") else _heredoc_script(heredocs[0])
    raw, segments = arguments.raw, arguments.segments
    for heredoc in heredocs:
        name = encode(heredoc.name)
        for text, place in ((b"\n", heredoc.body.start - 1), (encode(heredoc.content), heredoc.body.start)):
            segments += ((len(raw), place, len(text)),)
            raw += text
        segments += ((len(raw), heredoc.terminator.start, len(name)),)
        raw += name
    return MappedText(raw, segments)


def _heredoc_script(heredoc: Heredoc) -> MappedText:
    raw = b""
    segments: list[tuple[int, int, int]] = []
    place = heredoc.body.start
    for line in encode(heredoc.content).splitlines(keepends=True):
        kept = line.lstrip(b"\t") if heredoc.chomp else line
        segments.append((len(raw), place + len(line) - len(kept), len(kept)))
        raw += kept
        place += len(line)
    return MappedText(raw, tuple(segments) or ((0, place, 0),))
