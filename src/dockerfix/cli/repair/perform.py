"""What the default command does with its options, whoever read them from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dockerfix.cli.guard import guarded
from dockerfix.cli.options import Options

if TYPE_CHECKING:
    from dockerfix.cli.answers import Said

__all__ = ["perform"]


def perform(said: Callable[[], Options], *, no_color: bool, written: Said | None = None) -> int:
    """The exit code of the default command.

    Args:
        said: makes the options; what contradicts itself in them is told as all errors are.
        written: gets what is written to the two streams.
    """

    def action() -> int:
        options = said().checked()
        from dockerfix.cli.repair.session import run
        from dockerfix.cli.terminal import Terminal

        terminal = Terminal(no_color=no_color, written=written)
        if options.watch:
            from dockerfix.cli.repair.watching import watch_and

            return watch_and(run, options, terminal)
        return run(options, terminal)

    return guarded(action, no_color=no_color)
