"""What can go wrong, as one tree; each error says to a person what to do next.

DockerfixError              exit code 2
├── ParseError              the text is no Dockerfile that BuildKit would accept
├── UsageError              contradictory options, an unknown rule
├── ConfigError             a configuration file that cannot be read as one
├── FileError               a path that is missing, unreadable, too large, not writable
├── OffsetError             a place outside the text (a bug in the caller)
├── EditError               edits that overlap or lie outside the file (a bug in a rule)
└── GateError               a repair that the write gate refused
"""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "DockerfixError",
    "EditError",
    "FileError",
    "GateError",
    "OffsetError",
    "ParseError",
    "UsageError",
]


class DockerfixError(Exception):
    """Anything dockerfix reports as one sentence and exit code 2."""

    exit_code = 2


class ParseError(DockerfixError):
    """BuildKit would refuse this text; `line` is 1-based, or None where no line is to blame."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class UsageError(DockerfixError):
    """The command line or the call contradicts itself."""


class ConfigError(DockerfixError):
    """A configuration file is broken or names something unknown."""


class FileError(DockerfixError):
    """A path cannot be read or written."""


class OffsetError(DockerfixError, ValueError):
    """A place outside the text it is asked of."""


class EditError(DockerfixError, ValueError):
    """Edits that cannot be made together."""


class GateError(DockerfixError):
    """The write gate refused a repair; the message names the promise that broke."""
