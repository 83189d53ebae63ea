"""Answers that are none: `null`, an empty object, a page of a proxy, where something else is due."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from dockerfix.bot.forge_errors import ForgeError, TransientError

__all__ = ["commit_id", "held_to_shape"]

T = TypeVar("T")

_MISSHAPEN = (KeyError, TypeError, AttributeError, IndexError, ValueError, StopIteration)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def held_to_shape(kind: type[T]) -> type[T]:
    """A forge of which no method trips over an answer: one in another shape is a failure that may pass."""
    for name in dir(kind):
        method = inspect.getattr_static(kind, name)
        if not name.startswith("_") and inspect.isfunction(method):
            setattr(kind, name, _held(method))
    return kind


def commit_id(told: object) -> str:
    """A commit's id from an answer.

    Raises:
        TransientError: it is none; an answer without one is not one that says "no such branch".
    """
    if not isinstance(told, str) or _COMMIT.fullmatch(told) is None:
        raise TransientError("an answer without the id of a commit")
    return told


def _held(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def held(forge: Any, *values: Any, **named: Any) -> Any:
        try:
            answer = method(forge, *values, **named)
        except _MISSHAPEN as error:
            raise _failure(forge, error) from error
        return _each(forge, answer) if isinstance(answer, Iterator) else answer

    return held


def _each(forge: Any, items: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except _MISSHAPEN as error:
            raise _failure(forge, error) from error
        yield item


def _failure(forge: Any, error: BaseException) -> ForgeError:
    kind = type(error).__name__
    return TransientError(f"{forge.host}: an answer in a shape that is not that of its kind of forge ({kind})")
