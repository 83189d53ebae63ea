"""Heredocs of a shell text, found before the grammar reads it: it knows only one to a command line.

Source: POSIX Shell Command Language, 2.7.4 Here-Document; 2.2 Quoting; 2.3 Token Recognition.
"""

from __future__ import annotations

import re

from dockerfix.frozen import frozen
from dockerfix.regexes import regex

__all__ = ["ShellHeredoc", "find_heredocs", "without_heredocs"]

_MARK = regex(rb"<<(-?)[ \t]*((?:\\.|'[^']*'|\"[^\"]*\"|[^\s;&|<>()'\"\\`])+)", re.DOTALL)
_QUOTES = regex(rb"\\(.)|['\"]", re.DOTALL)
_WORD_START = b" \t\n;&|("
# What the search stops at: in a double-quoted string, and everywhere else.
_IN_QUOTES = regex(rb"[\\\"]|\$\(")
_OUTSIDE = regex(rb"[\\'\"#\n()]|<<")
_ORDINARY, _QUOTED, _PARENTHESIS = range(3)


@frozen
class ShellHeredoc:
    """A heredoc: the bytes of its mark (`<<-'EOF'`) and of its body, and where the name that ends it ends.

    `literal` tells that the name is quoted: the shell hands the body on as it stands.
    """

    mark: int
    mark_end: int
    body: int
    body_end: int
    end: int
    literal: bool


def find_heredocs(raw: bytes) -> tuple[ShellHeredoc, ...]:
    """The heredocs of a shell text, in order; a mark without a line that ends it is none."""
    return _Search(raw).run() if b"<<" in raw else ()


def without_heredocs(raw: bytes, heredocs: tuple[ShellHeredoc, ...]) -> bytes:
    """The text, as long as before, with each mark made a redirection from a file and each body blanked."""
    pieces: list[bytes] = []
    done = 0
    for heredoc in heredocs:
        pieces += (raw[done : heredoc.mark], b"<".ljust(heredoc.mark_end - heredoc.mark, b"x"))
        done = heredoc.mark_end
    masked = bytearray(b"".join((*pieces, raw[done:])))
    for heredoc in heredocs:
        masked[heredoc.body : heredoc.end] = b" " * (heredoc.end - heredoc.body)
    return bytes(masked)


class _Search:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.contexts = [_ORDINARY]
        self.open: list[re.Match[bytes]] = []
        self.found: list[ShellHeredoc] = []
        self.lines = {line.strip(b"\t\r") for line in raw.split(b"\n")}

    def run(self) -> tuple[ShellHeredoc, ...]:
        while True:
            quoted = self.contexts[-1] == _QUOTED
            match = (_IN_QUOTES if quoted else _OUTSIDE).search(self.raw, self.at)
            if match is None:
                return tuple(sorted(self.found, key=lambda heredoc: heredoc.mark))
            self.at = match.end()
            (self._in_quotes if quoted else self._outside)(match[0], match.start())

    def _in_quotes(self, char: bytes, _: int) -> None:
        if char == b"\\":
            self.at += 1
        elif char == b'"':
            self.contexts.pop()
        else:
            self.contexts.append(_PARENTHESIS)

    def _outside(self, char: bytes, start: int) -> None:
        if char == b"\\":
            self.at += 1
        elif char == b"'":
            self.at = (self.raw.find(b"'", self.at) + 1) or len(self.raw)
        elif char == b'"':
            self.contexts.append(_QUOTED)
        elif char == b"(":
            self.contexts.append(_PARENTHESIS)
        elif char == b")":
            if self.contexts[-1] == _PARENTHESIS:
                self.contexts.pop()
        elif char == b"#":
            if start == 0 or self.raw[start - 1] in _WORD_START:
                newline = self.raw.find(b"\n", start)
                self.at = newline if newline != -1 else len(self.raw)
        elif char == b"\n":
            self._bodies()
        else:
            self._mark(start)

    def _mark(self, start: int) -> None:
        if self.raw[start : start + 3] == b"<<<":
            self.at = start + 3
        elif match := _MARK.match(self.raw, start):
            self.open.append(match)
            self.at = match.end()

    def _bodies(self) -> None:
        for mark in self.open:
            tabs, name = mark[1], _QUOTES.sub(rb"\1", mark[2])
            if name not in self.lines:
                continue
            pattern = rb"^" + (rb"\t*" if tabs else rb"") + re.escape(name) + rb"(?=\r?$)"
            end = re.compile(pattern, re.MULTILINE).search(self.raw, self.at)
            if end is None:
                continue
            literal = name != mark[2]
            self.found.append(ShellHeredoc(mark.start(), mark.end(), self.at, end.start(), end.end(), literal))
            self.at = (self.raw.find(b"\n", end.end()) + 1) or len(self.raw)
        self.open.clear()
