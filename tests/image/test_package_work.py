"""What counts as work on the system's packages when two images are compared."""

from __future__ import annotations

import pytest

from dockerfix.image import Aspect, differences, image
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

_PACKAGES = frozenset({Aspect.SYSTEM_PACKAGES})
_CACHE = frozenset({Aspect.BUILD_CACHE})


def _found(before: str, after: str, allowed: frozenset[Aspect]) -> set[Aspect]:
    was, now = (image(parse(f"FROM debian:13\n{text}CMD x\n"), BuildContext.unknown()) for text in (before, after))
    return {one.aspect for one in differences(was, now, allowed)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN apt-get install -y gcc curl\n", "RUN apt-get install -y curl\n"),
        ("RUN apt-get install gcc && make\n", "RUN apt-get install --no-install-recommends gcc libc6-dev && make\n"),
        ("RUN apt-get update && apt-get install gcc && make\n", "RUN make\n"),
        ("RUN apt-get update && apt-get install gcc && rm -rf /var/lib/apt/lists/*\nRUN make\n", "RUN make\n"),
        ("RUN apt-get install gcc; make\n", "RUN apt-get install g++; make\n"),
    ],
)
def test_packages_may_change_where_it_is_declared(before: str, after: str) -> None:
    assert not _found(before, after, _PACKAGES)
    assert _found(before, after, frozenset()) == {Aspect.COMMANDS}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN apt-get install gcc && make\n", "RUN apt-get install gcc && make install\n"),
        ("RUN apt-get install gcc && make\n", "RUN apt-get install gcc\n"),
        ("RUN apt-get install gcc && make > log\n", "RUN apt-get install gcc && make\n"),
        ("RUN X=1 make && apt-get update\n", "RUN make\n"),
        ("RUN make\n", "RUN rm -rf /var/lib/dpkg\nRUN make\n"),
    ],
)
def test_other_commands_may_not(before: str, after: str) -> None:
    assert _found(before, after, _PACKAGES) == {Aspect.COMMANDS}


def test_removing_a_cache_is_no_other_command_where_caches_may_change() -> None:
    before, after = "RUN apt-get update && make\n", "RUN apt-get update && make && rm -rf /var/lib/apt/lists/*\n"
    assert not _found(before, after, _CACHE)
    assert _found(before, "RUN apt-get update && make && rm -rf /var/lib/apt\n", _CACHE) == {Aspect.COMMANDS}
