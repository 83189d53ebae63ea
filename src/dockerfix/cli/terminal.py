"""Where the output goes: bytes to standard output, text in colours where a terminal shows them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Literal, TextIO

from dockerfix.report.styled import Block, Line, Part, coloured, coloured_diff, plain
from dockerfix.text import decode

__all__ = ["Stream", "Terminal"]

Stream = Literal["stdout", "stderr"]
_PAGE_WIDTH = 100  # columns; longer lines are hard to read


class Terminal:
    """The two output streams of this process."""

    def __init__(self, *, no_color: bool = False, written: list[tuple[str, bytes]] | None = None) -> None:
        self._no_color = no_color
        self._written = written  # gets a copy of all that is written

    def is_coloured(self, stream: Stream) -> bool:
        """Whether colours are wanted there.

        `--no-color` and `NO_COLOR` say no, `FORCE_COLOR` says yes, otherwise a terminal gets them.
        """
        if self._no_color or os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return self.is_terminal(stream) and os.environ.get("TERM") != "dumb"

    def is_terminal(self, stream: Stream) -> bool:
        """Whether a person is looking at it directly."""
        return _file(stream).isatty()

    def show(self, blocks: Sequence[Block], stream: Stream) -> None:
        """Write text for people."""
        if blocks:
            text = coloured(blocks, self._width(stream)) if self.is_coloured(stream) else plain(blocks)
            self._write(text.encode(_file(stream).encoding or "utf-8", "replace"), stream)

    def show_diff(self, diff: bytes) -> None:
        """Write a diff to standard output: byte for byte, unless it is coloured."""
        if self.is_coloured("stdout"):
            self.write_text(coloured_diff(decode(diff)))
        else:
            self.write(diff)

    def ask(self, question: str) -> None:
        """Write a question to standard error; the answer is typed behind it."""
        shown = coloured([Line((Part(question, "command"),))], 1_000) if self.is_coloured("stderr") else question
        self._write(f"{shown.rstrip()} ".encode(_file("stderr").encoding or "utf-8", "replace"), "stderr")

    def show_text_diff(self, diff: str, stream: Stream) -> None:
        """Write a diff for people to read, to either stream."""
        text = coloured_diff(diff) if self.is_coloured(stream) else diff
        self._write(text.encode(_file(stream).encoding or "utf-8", "replace"), stream)

    def show_page(self, markdown: str) -> None:
        """Write a page to standard output: rendered in colours, else as Markdown."""
        if not self.is_coloured("stdout"):
            self.write_text(markdown)
            return
        from dockerfix.report.styled import coloured_page

        self.write_text(coloured_page(markdown, min(self._width("stdout"), _PAGE_WIDTH)))

    def write_text(self, text: str) -> None:
        """Write text to standard output; what is no valid UTF-8 becomes a question mark."""
        self.write(text.encode("utf-8", "replace"))

    def write_error(self, text: str) -> None:
        """Write text to standard error."""
        self._write(text.encode(_file("stderr").encoding or "utf-8", "replace"), "stderr")

    def write(self, content: bytes) -> None:
        """Write bytes to standard output."""
        self._write(content, "stdout")

    def _write(self, content: bytes, stream: Stream) -> None:
        file = _file(stream)
        file.flush()
        file.buffer.write(content)
        file.buffer.flush()
        if self._written is not None:
            self._written.append((stream, content))

    def _width(self, stream: Stream) -> int:
        return shutil.get_terminal_size().columns if self.is_terminal(stream) else 1_000


def _file(stream: Stream) -> TextIO:
    return sys.stdout if stream == "stdout" else sys.stderr
