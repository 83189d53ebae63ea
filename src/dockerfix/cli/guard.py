"""What goes wrong in a command becomes one sentence on standard error and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from dockerfix.errors import DockerfixError

__all__ = ["BROKEN_PIPE", "INTERRUPTED", "closed_pipe", "guarded"]

INTERRUPTED = 130  # 128 + SIGINT, as shells count
BROKEN_PIPE = 141  # 128 + SIGPIPE


def guarded(action: Callable[[], int], *, no_color: bool) -> int:
    """The exit code of a command."""
    try:
        return action()
    except DockerfixError as error:
        _say(str(error), no_color)
        return error.exit_code
    except KeyboardInterrupt as error:
        _say(str(error) or "interrupted; nothing was changed", no_color)
        return INTERRUPTED
    except BrokenPipeError:
        return closed_pipe()


def closed_pipe() -> int:
    """The exit code where the reader (`head`, `less`) has seen enough; Python then closes the stream in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _say(sentence: str, no_color: bool) -> None:
    from dockerfix.cli.terminal import Terminal
    from dockerfix.report.model import Failure
    from dockerfix.report.text import failure_blocks

    Terminal(no_color=no_color).show(failure_blocks((Failure("", sentence),)), "stderr")
