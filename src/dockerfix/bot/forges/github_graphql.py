"""GitHub's GraphQL interface, for what REST does not offer: guarded, signed changes and resolved conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockerfix.bot.forge_errors import (
    ForbiddenError,
    ForgeError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StaleHeadError,
    TransientError,
)
from dockerfix.bot.web import Web
from dockerfix.retry_after import seconds_to_wait

__all__ = ["Graph"]

_ERRORS: dict[str, type[ForgeError]] = {
    "STALE_DATA": StaleHeadError,
    "NOT_FOUND": NotFoundError,
    "FORBIDDEN": ForbiddenError,
    "INSUFFICIENT_SCOPES": ForbiddenError,
}
_PASSING = "Something went wrong"  # how GitHub begins what it answers to a timeout of its own


class Graph:
    """Sends operations of one field each."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def run(self, repository: str, query: str, **variables: object) -> Any:
        """What the operation's one field gives.

        Args:
            repository: the path of the one that it is about.
        Raises:
            StaleHeadError, NotFoundError, ForbiddenError, RateLimitedError, RefusedError, TransientError
        """
        wanted = {"query": query, "variables": variables}
        said = self._web.exchange("POST", "/graphql", wanted, place=f"/repos/{repository}")
        errors = said.body.get("errors")
        if errors:
            raise _error(errors[0], said.headers)
        return next(iter(said.body["data"].values()))


def _error(said: dict[str, Any], headers: Mapping[str, str]) -> ForgeError:
    kind, message = str(said.get("type", "")), str(said.get("message", ""))[:300]
    if kind == "RATE_LIMITED" or "rate limit" in message:
        return RateLimitedError(message, seconds_to_wait(headers))
    if message.startswith(_PASSING):
        return TransientError(message)
    return _ERRORS.get(kind, RefusedError)(message)
