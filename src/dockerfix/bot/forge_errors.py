"""What a forge can answer instead of doing what it was asked; no message holds a token.

ForgeError
├── NotFoundError        no such repository, branch or pull request, or the token may not see it
├── AlreadyExistsError   the branch, pull request or fork is there: find it and update it
├── StaleHeadError       the branch is no longer where it was expected: somebody pushed in between; look again
├── RateLimitedError     too many requests; `seconds` says how long to wait
├── ForbiddenError       the token is refused, or may not do this; trying again does not help
├── RefusedError         the forge understood and said no, with its reason
└── TransientError       a server error, a timeout, a dropped connection: what was asked may have been done
"""

from __future__ import annotations

from dockerfix.errors import DockerfixError

__all__ = [
    "AlreadyExistsError",
    "ForbiddenError",
    "ForgeError",
    "NotFoundError",
    "RateLimitedError",
    "RefusedError",
    "StaleHeadError",
    "TransientError",
]


class ForgeError(DockerfixError):
    """A request to a forge that did not do what it should."""


class NotFoundError(ForgeError):
    """No such repository, branch or pull request, or none that this token may see."""


class AlreadyExistsError(ForgeError):
    """What should be made is there already."""


class StaleHeadError(ForgeError):
    """A branch is not where the caller expected it; nothing was changed."""


class RateLimitedError(ForgeError):
    """The forge wants to be left alone for `seconds`, counted from now."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class ForbiddenError(ForgeError):
    """The token is invalid or lacks a permission."""


class RefusedError(ForgeError):
    """The forge refused the request's content."""


class TransientError(ForgeError):
    """A failure that may pass; a request that writes may have been carried out all the same."""
