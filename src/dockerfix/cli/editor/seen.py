"""A buffer as it was when it was looked at, and what was found in it."""

from __future__ import annotations

from functools import cached_property

from dockerfix.cli.editor.looking import Result
from dockerfix.cli.editor.positions import Places, encoded
from dockerfix.report.model import Entry, FileReport
from dockerfix.text import Span

__all__ = ["Buffer", "Seen"]


class Buffer:
    """One version of the text of an open file.

    Attributes:
        path: None for a buffer that has no place on disk yet.
    """

    def __init__(self, uri: str, path: str | None, version: int | None, text: str, encoding: str | None) -> None:
        self.uri, self.path, self.version = uri, path, version
        self.source = encoded(text)
        self._encoding = encoding

    @cached_property
    def places(self) -> Places:
        return Places(self.source, self._encoding)


class Seen:
    """A buffer with what was found in it."""

    def __init__(self, buffer: Buffer, result: Result) -> None:
        self.buffer, self.result = buffer, result

    @property
    def report(self) -> FileReport | None:
        """None where nothing could be found, or nothing was looked for."""
        return self.result if isinstance(self.result, FileReport) else None

    def span(self, entry: Entry) -> Span:
        """Where a finding stands; the line alone of one that only shows once others are repaired."""
        return self.buffer.places.line(entry.position.line) if entry.span is None else entry.span
