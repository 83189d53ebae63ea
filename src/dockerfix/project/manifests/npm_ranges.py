"""Whether a version fits what a package.json asks for, as npm decides it.

Source: the package semver 7 (README, "Ranges", "Prerelease Tags"), which npm calls with `loose`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from dockerfix.regexes import regex

__all__ = ["fits"]

_PART = r"(?:\d+|[xX*])"
_PARTIAL = regex(
    rf"[v=\s]*({_PART})(?:\.({_PART})(?:\.({_PART})(?:-?([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[\w.-]+)?)?)?\Z"
)
_GAP = regex(r"([<>=~^]+)\s+")
_HYPHEN = regex(r"\s*(\S+)\s+-\s+(\S+)\s*\Z")
_OPERATOR = regex(r"(>=|<=|>|<|=|~>|~|\^)?(.*)\Z", re.DOTALL)
_LEAST = ("0",)  # the lowest prerelease

_Numbers = tuple[int, int, int]


class _Version(NamedTuple):
    numbers: _Numbers
    prerelease: tuple[str, ...] = ()

    def key(self) -> tuple[object, ...]:
        """What versions are ordered by: a prerelease comes before its release, numbers before words."""
        words = [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in self.prerelease]
        return (self.numbers, not self.prerelease, words)


class _Bound(NamedTuple):
    operator: str
    version: _Version


_TESTS: dict[str, Callable[[object, object], bool]] = {
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "=": lambda a, b: a == b,
}


def fits(version: str, wanted: str) -> bool | None:
    """Whether a version satisfies a range; None where either is none (a tag such as `latest`)."""
    found = _exact(version)
    alternatives = _alternatives(wanted)
    if wanted.strip() in ("", "*"):
        return True
    if found is None or alternatives is None:
        return None
    return any(_within(found, bounds) for bounds in alternatives)


def _within(version: _Version, bounds: tuple[_Bound, ...]) -> bool:
    if not all(_TESTS[bound.operator](version.key(), bound.version.key()) for bound in bounds):
        return False
    named = (bound.version for bound in bounds if bound.version.prerelease)
    return not version.prerelease or any(one.numbers == version.numbers for one in named)


def _exact(text: str) -> _Version | None:
    found = _PARTIAL.match(text.strip())
    if found is None or found[3] is None or not all(part.isdigit() for part in found.groups()[:3]):
        return None
    return _Version((int(found[1]), int(found[2]), int(found[3])), tuple((found[4] or "").split(".")) * bool(found[4]))


@cache
def _alternatives(text: str) -> tuple[tuple[_Bound, ...], ...] | None:
    """What stands between `||`; npm leaves out an alternative that is no range (`insiders`)."""
    found = [_bounds(part) for part in text.split("||")]
    return tuple(one for one in found if one is not None) or None


def _bounds(text: str) -> tuple[_Bound, ...] | None:
    if not text.strip():
        return ()
    hyphen = _HYPHEN.match(text)
    if hyphen is not None:
        words = [(">=", hyphen[1]), ("<=", hyphen[2])]
    else:
        matches = (_OPERATOR.match(word) for word in _GAP.sub(r"\1", text).split())
        words = [(match[1] or "=", match[2]) for match in matches if match is not None]
    found: list[_Bound] = []
    for operator, word in words:
        partial = _PARTIAL.match(word)
        if partial is None:
            return None
        found += _of_partial(operator, partial)
    return tuple(found)


def _of_partial(operator: str, partial: re.Match[str]) -> Iterator[_Bound]:
    """The bounds that an operator and a version with parts left open stand for."""
    parts = [int(part) if part is not None and part.isdigit() else None for part in partial.groups()[:3]]
    known = next((number for number, part in enumerate(parts) if part is None), 3)
    low: _Numbers = tuple((part or 0) if number < known else 0 for number, part in enumerate(parts))  # type: ignore[assignment]
    start = _Version(low, tuple(partial[4].split(".")) if known == 3 and partial[4] else ())
    if known == 0:
        if operator in ("<", ">"):
            yield _Bound("<", _Version((0, 0, 0), _LEAST))
        return
    if operator in ("^", "~", "~>"):
        yield _Bound(">=", start)
        yield _Bound("<", _next(low, _kept(low, known) if operator == "^" else min(known, 2)))
    elif known == 3:
        yield _Bound(operator, start)
    else:
        yield from _open(operator, low, known)


def _open(operator: str, low: _Numbers, known: int) -> Iterator[_Bound]:
    if operator == ">":
        yield _Bound(">=", _Version(_next(low, known).numbers))
    elif operator == "<":
        yield _Bound("<", _Version(low, _LEAST))
    else:
        if operator != "<=":
            yield _Bound(">=", _Version(low))
        if operator != ">=":
            yield _Bound("<", _next(low, known))


def _kept(low: _Numbers, known: int) -> int:
    """How many parts `^` keeps: up to the first one that is not 0, of those that are said."""
    return next((number + 1 for number, part in enumerate(low[:known]) if part), known)


def _next(low: _Numbers, kept: int) -> _Version:
    numbers = [*low[: kept - 1], low[kept - 1] + 1, 0, 0]
    return _Version((numbers[0], numbers[1], numbers[2]), _LEAST)
