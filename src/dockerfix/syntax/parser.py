"""Splits a file into instructions exactly as BuildKit does, and keeps every byte.

Source: BuildKit `frontend/dockerfile/parser/parser.go` and `directives.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dockerfix.errors import ParseError
from dockerfix.syntax import nodes
from dockerfix.syntax.arguments import GO_SPACE, Flag, Heredoc, heredoc_marks, json_words, split_flags, stripped
from dockerfix.text import BOM, MappedText, Span, decode, encode

__all__ = ["parse"]

_LEADING_SPACE = re.compile(GO_SPACE + rb"*")
_DIRECTIVE = re.compile(rb"#" + GO_SPACE + rb"*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_KEYWORD = re.compile(rb"([^\t\v\f\r ]*)[\t\v\f\r ]*")
_DIRECTIVE_NAMES = (b"syntax", b"escape", b"check")
_TYPES: dict[str, type[nodes.Instruction]] = {
    node.kind: node
    for node in vars(nodes).values()
    if isinstance(node, type) and issubclass(node, nodes.Instruction) and node.kind
}


def parse(source: bytes | str) -> nodes.Dockerfile:
    """The tree of any text; `parse(source).source == source`, and its items tile the source.

    Never raises: what BuildKit's parser would refuse is in `Dockerfile.problems`, and `Dockerfile.check()`
    turns it into an error.
    """
    raw = encode(source) if isinstance(source, str) else source
    return _Parser(raw).parse()


@dataclass(slots=True)
class _Parser:
    source: bytes
    escape: str = "\\"
    items: list[nodes.Item] = field(default_factory=list)
    problems: list[nodes.ParseProblem] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    directives_over: bool = False
    line: int = 0
    count: int = 0

    def parse(self) -> nodes.Dockerfile:
        lines = self._lines()
        for span in lines:
            self.line += 1
            if self.line == 1 and self.source.startswith(BOM):
                self.items.append(nodes.Trivia("bom", Span(0, len(BOM)), ""))
                span = Span(len(BOM), span.end)
            content = self._content(span, strip_left=True)
            if self._directive(span, content):
                continue
            if not len(content) or self.source[content.start] == 0x23:
                kind: nodes.TriviaKind = "comment" if len(content) else "blank"
                if len(span):
                    self.items.append(nodes.Trivia(kind, span, decode(self.source[content.start : content.end])))
                continue
            self._instruction(span, content, lines)
        if not self.count and not self.problems:
            self.problems.append(nodes.ParseProblem("file with no instructions", None))
        return nodes.Dockerfile(self.source, tuple(self.items), self.escape, tuple(self.problems))

    def _lines(self) -> Iterator[Span]:
        at, size = 0, len(self.source)
        while at < size:
            end = self.source.find(b"\n", at) + 1 or size
            yield Span(at, end)
            at = end

    def _content(self, span: Span, *, strip_left: bool) -> Span:
        end = span.start + len(self.source[span.start : span.end].rstrip(b"\r\n"))
        start = span.start
        if strip_left:
            opening = _LEADING_SPACE.match(self.source, start, end)
            start = opening.end() if opening else start
        return Span(start, end)

    def _directive(self, span: Span, content: Span) -> bool:
        if self.directives_over:
            return False
        text = self.source[content.start : content.end]
        match = _DIRECTIVE.match(text)
        name = match[1].lower() if match else b""
        if match is None or name not in _DIRECTIVE_NAMES:
            self.directives_over = True
            return False
        if name in self.seen:
            self._problem(f"only one {decode(name)} parser directive can be used", self.line)
        self.seen.add(name)
        value = decode(match[2])
        if name == b"escape":
            if value in ("\\", "`"):
                self.escape = value
            else:
                self._problem(f"invalid escape token '{value}' does not match ` or \\", self.line)
        self.items.append(nodes.Directive(decode(name), value, span))
        return True

    def _problem(self, message: str, line: int | None) -> None:
        self.problems.append(nodes.ParseProblem(message, line))

    def _continues(self, content: Span) -> tuple[Span, bool]:
        """The content without its continuation mark, and whether it had one."""
        text = self.source[content.start : content.end].rstrip(b" \t")
        mark = self.escape.encode()
        if not text.endswith(mark) or text[-2:-1] == mark:
            return content, False
        return Span(content.start, content.start + len(text) - 1), True

    def _instruction(self, span: Span, content: Span, lines: Iterator[Span]) -> None:
        start_line = self.line
        content, open_ = self._continues(content)
        physical = [nodes.PhysicalLine("code", span, content)]
        while open_ and (more := next(lines, None)) is not None:
            self.line += 1
            line, open_ = self._continuation(more)
            physical.append(line)
        logical = MappedText.join(self.source, [line.content for line in physical if line.kind == "code"])
        heredocs = self._heredocs(logical, start_line, physical, lines)
        end = self._content(physical[-1].span, strip_left=False).end
        extent = Span(span.start, physical[-1].span.end)
        place = _Place(extent, end, tuple(physical), start_line, self.line, self.count)
        node = _node(logical, self.escape, heredocs, place)
        self._check_arguments(node)
        self.items.append(node)
        self.count += 1

    def _continuation(self, span: Span) -> tuple[nodes.PhysicalLine, bool]:
        content = self._content(span, strip_left=False)
        body = self._content(span, strip_left=True)
        if not len(body):
            return nodes.PhysicalLine("blank", span, Span(span.start, span.start)), True
        if self.source[body.start] == 0x23:
            return nodes.PhysicalLine("comment", span, Span(span.start, span.start)), True
        content, open_ = self._continues(content)
        return nodes.PhysicalLine("code", span, content), open_

    def _heredocs(
        self, logical: MappedText, start_line: int, physical: list[nodes.PhysicalLine], lines: Iterator[Span]
    ) -> tuple[Heredoc, ...]:
        if b"<<" not in logical.raw or not _may_hold_heredocs(logical, self.escape):
            return ()
        try:
            marks = heredoc_marks(logical.raw)
        except ParseError as error:
            self._problem(error.message, start_line)
            return ()
        found: list[Heredoc] = []
        for name, descriptor, expand, chomp in marks:
            begin = len(physical)
            terminator = self._heredoc_lines(encode(name), chomp, physical, lines)
            if terminator is None:
                self._problem(f"unterminated heredoc: no line holds just {name}", start_line)
                break
            body = [line.span for line in physical[begin:-1]]
            place = Span(body[0].start, body[-1].end) if body else Span(terminator.start, terminator.start)
            content = decode(self.source[place.start : place.end])
            found.append(Heredoc(name, descriptor, expand, chomp, content, place, terminator))
        return tuple(found)

    def _heredoc_lines(
        self, name: bytes, chomp: bool, physical: list[nodes.PhysicalLine], lines: Iterator[Span]
    ) -> Span | None:
        for span in lines:
            self.line += 1
            text = self.source[span.start : span.end].rstrip(b"\r\n")
            nothing = Span(span.start, span.start)
            if (text.lstrip(b"\t") if chomp else text) == name:
                physical.append(nodes.PhysicalLine("terminator", span, nothing))
                return span
            physical.append(nodes.PhysicalLine("heredoc", span, nothing))
        return None

    def _check_arguments(self, node: nodes.Instruction) -> None:
        try:
            _ = node.words
        except ParseError as error:
            self._problem(error.message, node.start_line)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an instruction stands; an ONBUILD and the instruction that it holds share one.

    `extent` covers whole lines, `end` lies before the last newline.
    """

    extent: Span
    end: int
    lines: tuple[nodes.PhysicalLine, ...]
    start_line: int
    end_line: int
    index: int


def _split(logical: MappedText, escape: str) -> tuple[MappedText, tuple[Flag, ...], MappedText]:
    """Keyword, flags and arguments of a logical line."""
    line = stripped(logical)
    match = _KEYWORD.match(line.raw)
    assert match is not None  # the pattern matches the empty text
    flags, arguments = split_flags(line.slice(match.end(), len(line)), escape)
    return line.slice(0, match.end(1)), flags, arguments


def _may_hold_heredocs(logical: MappedText, escape: str) -> bool:
    keyword, _, arguments = _split(logical, escape)
    kind = keyword.text.lower()
    if kind == "onbuild":
        return _may_hold_heredocs(arguments, escape)
    try:
        return kind in ("run", "copy", "add") and json_words(arguments) is None
    except ParseError:
        return False


def _node(logical: MappedText, escape: str, heredocs: tuple[Heredoc, ...], place: _Place) -> nodes.Instruction:
    keyword, flags, arguments = _split(logical, escape)
    kind = keyword.text.upper()
    fields: dict[str, object] = {
        "keyword": keyword.text,
        "keyword_span": keyword.whole,
        "span": Span(keyword.whole.start, place.end),
        "extent": place.extent,
        "start_line": place.start_line,
        "end_line": place.end_line,
        "lines": place.lines,
        "logical": logical,
        "flags": flags,
        "arguments": arguments,
        "heredocs": heredocs,
        "escape": escape,
        "index": place.index,
    }
    if kind == "ONBUILD" and len(arguments):
        fields["trigger"] = _node(arguments, escape, heredocs, place)
    return _TYPES.get(kind, nodes.Unknown)(**fields)  # type: ignore[arg-type]
