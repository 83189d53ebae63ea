"""Answers worked out once: facts about a Dockerfile, a build context, or both, kept on the object itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar, cast

__all__ = ["Remembers", "memoised", "memoised_on"]

P = ParamSpec("P")
R = TypeVar("R")

_VALUES = (str, int, type(None))


class Remembers(Protocol):
    """A value that never changes and keeps what was worked out from it."""

    @property
    def memo(self) -> dict[object, object]: ...


def memoised(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the answer of a pure function in the `memo` of its first argument.

    Text, numbers and None are told apart by value, other arguments by identity; the memo holds them, so no
    identity is used twice. A function that raises keeps nothing.
    """

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        assert not kwargs, "memoised functions take positional arguments"
        memo = cast("Remembers", args[0]).memo
        key: object = function
        if len(args) == 2:
            key = (function, args[1] if isinstance(args[1], _VALUES) else id(args[1]))
        elif len(args) > 2:
            key = (function, *[arg if isinstance(arg, _VALUES) else id(arg) for arg in args[1:]])
        found = memo.get(key)
        if found is None:
            found = memo[key] = (function(*args, **kwargs), args[1:])
        return cast("tuple[R, object]", found)[0]

    return answer


def memoised_on(part: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """As `memoised`, for a function that asks nothing of its first argument but what an attribute of it holds, too.

    The function gets that one, so that all that have it in common share the answer.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        remembered = memoised(function)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            shared = (getattr(args[0], part), *args[1:])
            return remembered(*shared, **kwargs)

        return answer

    return decorate
