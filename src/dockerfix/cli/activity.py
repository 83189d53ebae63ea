"""What a long command is doing right now, on a terminal's standard error."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from dockerfix.cli.terminal import Terminal
from dockerfix.report.printed import several_lines

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Activity"]


class _Ticking:
    """Words with the seconds since they were first shown."""

    def __init__(self, words: str) -> None:
        self._words = several_lines(words)
        self._begun = time.monotonic()

    def __rich__(self) -> str:
        from rich.markup import escape

        return f"{escape(self._words)} {time.monotonic() - self._begun:.0f} s"


class Activity:
    """A line that changes while work goes on and is gone afterwards; nothing where nobody looks."""

    def __init__(self, terminal: Terminal) -> None:
        self._wanted = terminal.is_terminal("stderr")
        self._terminal = terminal
        self._subject = ""
        self._status: Status | None = None

    def about(self, subject: str) -> None:
        """Whose turn it is, for the lines that follow."""
        self._subject = f"{subject}: "

    def tell(self, words: str) -> None:
        """What is being done now."""
        if self._status is not None:
            self._status.update(_Ticking(f"{self._subject}{words} …"))

    def say(self, words: str) -> None:
        """What stays on standard error, also where nobody looks."""
        line = several_lines(f"{self._subject}{words}")
        if self._status is not None:
            self._status.console.print(line, markup=False, highlight=False)
        else:
            self._terminal.write_error(f"{line}\n")

    def __enter__(self) -> Activity:
        if self._wanted:
            from rich.console import Console

            self._status = Console(stderr=True).status("starting …")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
