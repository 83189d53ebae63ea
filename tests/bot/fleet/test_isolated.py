"""A process for each repository: what goes wrong in it stays in it."""

from __future__ import annotations

import os
import signal
import time

import pytest

from dockerfix.bot.fleet.isolated import IsolationError, UnwantedError, isolated
from dockerfix.errors import ParseError


def double(number: int) -> int:
    return number * 2


def sleep_long() -> None:
    time.sleep(3600)


def refuse() -> None:
    raise ParseError("no Dockerfile", 3)


def break_down() -> None:
    raise ZeroDivisionError("oops")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_memory() -> int:
    return len(bytearray(64 * 1024**3))


def test_the_answer_comes_back() -> None:
    assert isolated(double, 21, seconds=30) == 42


def test_what_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(IsolationError, match=r"longer than 0\.3 seconds"):
        isolated(sleep_long, seconds=0.3)
    assert time.monotonic() - started < 600


def test_our_own_errors_come_back_as_they_are() -> None:
    with pytest.raises(ParseError, match="no Dockerfile"):
        isolated(refuse, seconds=30)


def test_a_crash_is_told_with_its_place() -> None:
    with pytest.raises(IsolationError, match=r"ZeroDivisionError: oops, test_isolated\.py:\d+"):
        isolated(break_down, seconds=30)


def test_a_process_that_dies_is_noticed() -> None:
    with pytest.raises(IsolationError, match=r"died \(-9\)"):
        isolated(die, seconds=30)


def test_memory_is_limited() -> None:
    with pytest.raises(IsolationError, match="MemoryError"):
        isolated(take_memory, seconds=30)


def test_what_nobody_waits_for_any_more_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(UnwantedError):
        isolated(sleep_long, seconds=3600, wanted=lambda: time.monotonic() - started < 0.5)
    assert time.monotonic() - started < 600
