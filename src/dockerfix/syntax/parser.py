"""Splits a file into instructions exactly as BuildKit does, and keeps every byte.

Source: BuildKit `frontend/dockerfile/parser/parser.go` and `directives.go`.
"""

from __future__ import annotations

from bisect import bisect_left

from dockerfix.errors import ParseError
from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.syntax import nodes
from dockerfix.syntax.arguments import LineParts, json_words, space_end, split_line
from dockerfix.syntax.heredocs import Heredoc, HeredocMark, heredoc_marks
from dockerfix.syntax.lines import Directive, LineKind, PhysicalLine, Trivia
from dockerfix.syntax.tree import Dockerfile, Item, ParseProblem
from dockerfix.text import BOM, MappedText, Span, decode, encode

__all__ = ["parse", "parse_again"]

_DIRECTIVE = regex(rb"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_DIRECTIVE_NAMES = (b"syntax", b"escape", b"check")
_HASH = 0x23
_LONGEST_LINE = 64 * 1024 - 1  # what Go's bufio.Scanner holds, the newline not counted
_MAY_FAIL = ("ENV", "LABEL", "HEALTHCHECK")


def parse(source: bytes | str) -> Dockerfile:
    """The tree of any text; `parse(source).source == source`, and its items tile the source.

    Never refuses a text: what BuildKit's parser would refuse is in `Dockerfile.problems`, and `syntax.check`
    turns it into an error.

    Raises:
        UnicodeEncodeError: a string with a surrogate that stands for no byte, which no file can hold.
    """
    return _Parser(encode(source) if isinstance(source, str) else source).parse()


def parse_again(source: bytes, earlier: Dockerfile, same: int) -> Dockerfile:
    """As `parse(source)`; the instructions above a change stay the same objects, with what is known of them.

    Args:
        earlier: the tree of a text that begins with the same bytes.
        same: how many these are at least.
    """
    parser = _Parser(source)
    if not earlier.problems:
        parser.take_over(earlier, same)
    return parser.parse()


class _Parser:
    """Reads line after line; `next` is the 0-based number of the line to read, thus the count of those read."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.escape = "\\"
        self.items: list[Item] = []
        self.problems: list[ParseProblem] = []
        self.seen: set[bytes] = set()
        self.directives_over = False
        self.next = 0
        self.count = 0
        self.texts, self.starts = _lines(source)

    def take_over(self, earlier: Dockerfile, same: int) -> None:
        """Begins with the items that end, with their line, before the first `same` bytes do.

        Not the last one: at the end of a file an instruction may lack the line that would continue it.
        """
        above = [i for i in earlier.instructions[:-1] if i.extent.end <= same]
        if not above:  # directives may still be read
            return
        self.items = [*earlier.items[: earlier.item_number(above[-1]) + 1]]
        self.next = bisect_left(self.starts, above[-1].extent.end)
        self.count = len(above)
        self.escape = earlier.escape
        self.directives_over = True

    def parse(self) -> Dockerfile:
        start = 0
        self._refuse_long_lines()
        if not self.items and self.source.startswith(BOM):
            start = len(BOM)
            self.items.append(Trivia("bom", Span(0, start), ""))
            self.texts[0] = self.texts[0][start:]
            self.starts[0] = start
        while self.next < len(self.texts):
            number = self.next
            self.next += 1
            self._item(number, self.texts[number])
        if not self.count and not self.problems:
            self._problem("file with no instructions", None)
        return Dockerfile(self.source, tuple(self.items), self.escape, tuple(self.problems))

    def _refuse_long_lines(self) -> None:
        if len(self.source) <= _LONGEST_LINE:
            return
        for number in range(len(self.texts)):
            line = self.source[self.starts[number] : self.starts[number + 1]]
            if len(line.removesuffix(b"\n")) > _LONGEST_LINE:
                self._problem(f"dockerfile line greater than max allowed size of {_LONGEST_LINE}", number + 1)

    def _span(self, number: int) -> Span:
        """The bytes of a line, its newline included."""
        return Span(self.starts[number], self.starts[number + 1])

    def _problem(self, message: str, line: int | None) -> None:
        problem = ParseProblem(message, line)
        if problem not in self.problems:
            self.problems.append(problem)

    def _item(self, number: int, text: bytes) -> None:
        indent = space_end(text)
        if not self.directives_over and self._directive(number, text[indent:]):
            return
        if indent == len(text):
            if self.starts[number + 1] > self.starts[number]:
                self.items.append(Trivia("blank", self._span(number), ""))
        elif text[indent] == _HASH:
            self.items.append(Trivia("comment", self._span(number), decode(text[indent:])))
        else:
            self._instruction(number, text, indent)

    def _directive(self, number: int, text: bytes) -> bool:
        match = _DIRECTIVE.match(text, space_end(text, 1)) if text.startswith(b"#") else None
        name = match[1].lower() if match else b""
        if match is None or name not in _DIRECTIVE_NAMES:
            self.directives_over = True
            return False
        if name in self.seen:
            self._problem(f"only one {decode(name)} parser directive can be used", number + 1)
        self.seen.add(name)
        value = decode(match[2])
        if name == b"escape":
            if value in ("\\", "`"):
                self.escape = value
            else:
                self._problem(f"invalid escape token '{value}' does not match ` or \\", number + 1)
        self.items.append(Directive(decode(name), value, self._span(number)))
        return True

    def _instruction(self, first: int, text: bytes, indent: int) -> None:
        line, open_ = self._code_line(first, text, indent)
        lines = [line]
        while open_ and self.next < len(self.texts):
            line, open_ = self._continuation()
            lines.append(line)
        logical = MappedText.join(self.source, [part.content for part in lines if part.kind == "code"])
        chain = self._chain(logical)
        heredocs = self._heredocs(chain[:2][-1], logical.raw, first + 1, lines)
        end = self.starts[self.next - 1] + len(self.texts[self.next - 1])
        place = _Place(end, first + 1, self.next, tuple(lines), heredocs, self.escape, self.count)
        node = _node(logical, chain, place)
        if chain[-1].kind in _MAY_FAIL or chain[-1].arguments.raw.startswith(b"["):
            self._check_arguments(node)
        self.items.append(node)
        self.count += 1

    def _code_line(self, number: int, text: bytes, indent: int) -> tuple[PhysicalLine, bool]:
        """A line of code, and whether it ends in a continuation mark, which is no part of its content."""
        start, end = self.starts[number], len(text)
        mark = self.escape.encode()
        open_ = False
        if mark in text:
            body = text[indent:].rstrip(b" \t")
            open_ = body.endswith(mark) and body[-2:-1] != mark
            end = indent + len(body) - 1 if open_ else end
        return PhysicalLine("code", self._span(number), Span(start + indent, start + end)), open_

    def _continuation(self) -> tuple[PhysicalLine, bool]:
        number = self.next
        self.next += 1
        text = self.texts[number]
        indent = space_end(text)
        if indent < len(text) and text[indent] != _HASH:
            return self._code_line(number, text, 0)
        span = self._span(number)
        kind: LineKind = "comment" if indent < len(text) else "blank"
        return PhysicalLine(kind, span, Span(span.start, span.start)), True

    def _chain(self, logical: MappedText) -> list[LineParts]:
        """The instruction of a line, then what it holds if it is an ONBUILD; BuildKit reads a chain of any length."""
        chain = [split_line(logical, self.escape)]
        while chain[-1].kind == "ONBUILD" and len(chain[-1].arguments):
            chain.append(split_line(chain[-1].arguments, self.escape))
        return chain

    def _heredocs(
        self, parts: LineParts, line: bytes, start_line: int, lines: list[PhysicalLine]
    ) -> tuple[Heredoc, ...]:
        found: list[Heredoc] = []
        for mark in self._heredoc_marks(parts, line, start_line):
            heredoc = self._heredoc(mark, lines)
            if heredoc is None:
                self._problem(f"unterminated heredoc: no line holds just {mark.name}", start_line)
                break
            found.append(heredoc)
        return tuple(found)

    def _heredoc_marks(self, parts: LineParts, line: bytes, start_line: int) -> list[HeredocMark]:
        if b"<<" not in line or parts.kind not in ("RUN", "COPY", "ADD"):
            return []
        try:
            return heredoc_marks(line) if json_words(parts.arguments) is None else []
        except ParseError as error:
            self._problem(error.message, start_line)
            return []

    def _heredoc(self, mark: HeredocMark, lines: list[PhysicalLine]) -> Heredoc | None:
        name = encode(mark.name)
        start = self.starts[self.next]
        while self.next < len(self.texts):
            number = self.next
            self.next += 1
            span, text = self._span(number), self.texts[number]
            nothing = Span(span.start, span.start)
            if (text.lstrip(b"\t") if mark.chomp else text) == name:
                lines.append(PhysicalLine("terminator", span, nothing))
                content = decode(self.source[start : span.start])
                end = Span(span.start + len(text) - len(name), span.start + len(text))
                body = Span(start, span.start)
                return Heredoc(mark.name, mark.file_descriptor, mark.expand, mark.chomp, content, body, end)
            lines.append(PhysicalLine("heredoc", span, nothing))
        return None

    def _check_arguments(self, node: nodes.Instruction) -> None:
        try:
            _ = node.words
        except ParseError as error:
            self._problem(error.message, node.start_line)


def _lines(source: bytes) -> tuple[list[bytes], list[int]]:
    """The text of each line without its newline, as BuildKit trims it, and where each starts; then the file's end."""
    texts = source.split(b"\n")
    starts = [0]
    at = 0
    for text in texts:
        at += len(text) + 1
        starts.append(at)
    starts[-1] = len(source)
    if not texts[-1]:
        texts.pop()
        starts.pop()
    return (texts if b"\r" not in source else [text.rstrip(b"\r") for text in texts]), starts


@frozen
class _Place:
    """What an ONBUILD and its trigger share: `end` lies before the last newline, line numbers are 1-based."""

    end: int
    start_line: int
    end_line: int
    lines: tuple[PhysicalLine, ...]
    heredocs: tuple[Heredoc, ...]
    escape: str
    index: int


def _node(logical: MappedText, chain: list[LineParts], place: _Place) -> nodes.Instruction:
    """The instruction of a line, holding the one behind it in the chain of ONBUILDs."""
    extent = Span(place.lines[0].span.start, place.lines[-1].span.end)
    found: nodes.Instruction | None = None
    for number in range(len(chain) - 1, -1, -1):
        parts = chain[number]
        values = {
            "keyword": parts.keyword,
            "keyword_span": parts.keyword_span,
            "span": Span(parts.keyword_span.start, place.end),
            "extent": extent,
            "start_line": place.start_line,
            "end_line": place.end_line,
            "lines": place.lines,
            "logical": logical if number == 0 else chain[number - 1].arguments,
            "flags": parts.flags,
            "arguments": parts.arguments,
            "heredocs": place.heredocs,
            "escape": place.escape,
            "index": place.index,
        }
        if parts.kind == "ONBUILD":
            values["trigger"] = found
        found = nodes.BY_KEYWORD.get(parts.kind, nodes.Unknown)(**values)  # type: ignore[arg-type]
    assert found is not None
    return found
