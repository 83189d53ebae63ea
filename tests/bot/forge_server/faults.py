"""What goes wrong on purpose, at the requests that a test names."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from werkzeug.wrappers import Response

from forge_server.git_repository import GitRepository

__all__ = [
    "DroppedError",
    "Fault",
    "When",
    "drop",
    "kill",
    "push",
    "rate_limited",
    "secondary_limited",
    "slow",
    "status",
]

When = Literal["before", "after"]


class DroppedError(Exception):
    """The connection ends without an answer."""


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        what: "POST /repos/.*/pulls": a pattern for method and path, matched as a whole.
        act: an answer instead of the real one, an exception, or None to go on.
        when: before the request is carried out, or after it.
        times: how often; -1 for always.
        skip: how many requests that fit are let through first.
    """

    what: str
    act: Callable[[], Response | None]
    when: When = "before"
    times: int = 1
    skip: int = 0

    def strikes(self, line: str, when: When) -> bool:
        """Whether it is this request's turn; counts it."""
        if when != self.when or self.times == 0 or not re.fullmatch(self.what, line):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


def status(code: int, what: str, *, when: When = "before", times: int = 1) -> Fault:
    """A server error."""
    return Fault(what, lambda: Response(f"<html>{code}</html>", code, content_type="text/html"), when, times)


def drop(what: str, *, when: When = "before", times: int = 1) -> Fault:
    """The connection ends; afterwards means that the request was carried out."""

    def act() -> Response | None:
        raise DroppedError

    return Fault(what, act, when, times)


def slow(what: str, seconds: float, *, when: When = "before", times: int = 1) -> Fault:
    """The answer comes late."""

    def act() -> Response | None:
        time.sleep(seconds)
        return None

    return Fault(what, act, when, times)


def rate_limited(what: str, seconds: int = 1, *, times: int = 1) -> Fault:
    """GitHub's primary limit: nothing remains until a moment."""

    def act() -> Response:
        body = {"message": "API rate limit exceeded for installation.", "documentation_url": "https://docs.github.com/"}
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + seconds)}
        return Response(json.dumps(body), 403, headers, content_type="application/json")

    return Fault(what, act, times=times)


def secondary_limited(what: str, seconds: int = 1, *, times: int = 1) -> Fault:
    """GitHub's secondary limit: too much at once."""

    def act() -> Response:
        body = {
            "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            "documentation_url": "https://docs.github.com/",
        }
        return Response(json.dumps(body), 403, {"retry-after": str(seconds)}, content_type="application/json")

    return Fault(what, act, times=times)


def push(
    what: str,
    git: GitRepository,
    files: dict[str, str | bytes | None],
    *,
    branch: str = "main",
    when: When = "before",
) -> Fault:
    """A person pushes in between."""

    def act() -> Response | None:
        git.push(files, branch=branch, message="Pushed in between")
        return None

    return Fault(what, act, when)


def kill(what: str, process: Callable[[], int], *, when: When, skip: int = 0) -> Fault:
    """`kill -9` of the process that asks."""

    def act() -> Response | None:
        os.kill(process(), signal.SIGKILL)
        raise DroppedError

    return Fault(what, act, when, skip=skip)
