"""What an HTTP status of a forge means, the same for every forge that answers in HTTP's own words."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    ForbiddenError,
    ForgeError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    TransientError,
)

__all__ = ["forge_error", "wait_of"]

_WITHOUT_WORD = 60.0  # seconds to wait where a forge that has enough of us does not say how long
_LONGEST = 300  # characters of a forge's own words in a message


def forge_error(status: int, words: str, headers: Mapping[str, str], asked: str) -> ForgeError:
    """The error for an answer that is none of success.

    Args:
        words: what the forge said.
        headers: of the answer, names in any case.
        asked: method and path, for people; neither it nor `words` may hold a token.
    """
    told = f"{asked}: {status} {' '.join(words.split())[:_LONGEST]}".rstrip()
    if status == 429:
        return RateLimitedError(told, wait_of(headers))
    if status in (401, 403):
        return ForbiddenError(told)
    if status in (404, 410):
        return NotFoundError(told)
    if status == 409:
        return AlreadyExistsError(told)
    return TransientError(told) if status >= 500 or status == 408 else RefusedError(told)


def wait_of(headers: Mapping[str, str]) -> float:
    """How many seconds a forge wants to be left alone, by `Retry-After` (seconds or a date) or `RateLimit-Reset`."""
    known = {name.lower(): value.strip() for name, value in headers.items()}
    after, reset = known.get("retry-after", ""), known.get("ratelimit-reset", "")
    if after.isdecimal():
        return float(after)
    try:
        return max(1.0, parsedate_to_datetime(after).timestamp() - time())
    except ValueError:
        return max(1.0, int(reset) - time()) if reset.isdecimal() else _WITHOUT_WORD
