"""How long a server that limits requests wants to be left alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["seconds_to_wait"]

_UNSAID = 60.0  # seconds to wait where a server limits without saying how long
_LONGEST = 86_400.0  # seconds that are waited for whatever a server says


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """How long a server wants to be left alone, counted from now, by the headers of its answer; never no time at all.

    Source: RFC 9110, "Retry-After" (seconds or a date); GitHub's `x-ratelimit-…`, GitLab's `ratelimit-…`.
    """
    known = {name.lower(): value.strip() for name, value in headers.items()}
    after = known.get("retry-after", "")
    remaining = known.get("x-ratelimit-remaining", known.get("ratelimit-remaining", "0"))
    reset = known.get("x-ratelimit-reset", known.get("ratelimit-reset", ""))
    if after.isdecimal():
        seconds = float(after)
    elif (moment := _moment(after)) is not None:
        seconds = moment - time.time()
    elif remaining == "0" and reset.isdecimal():
        seconds = float(reset) - time.time()
    else:
        seconds = _UNSAID
    return min(max(1.0, seconds), _LONGEST)


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
