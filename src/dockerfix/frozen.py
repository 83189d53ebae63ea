"""Frozen dataclasses that cost nothing until one is made.

`dataclasses` writes and compiles the methods of each class, which takes 0.4 ms: with 150 classes, more than half of
what importing dockerfix took. Most runs make values of a third of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform, overload

__all__ = ["freeze_at_once", "frozen"]

T = TypeVar("T")

_PENDING = "_frozen_pending"  # names the options of a class that is no dataclass yet
_HOOKS = ("__init__", "__setstate__")
_waiting: list[type] | None = []  # None: classes become dataclasses where they are defined


@overload
def frozen(kind: type[T], /) -> type[T]: ...
@overload
def frozen(*, eq: bool = True, order: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(kind: type[T] | None = None, /, *, eq: bool = True, order: bool = False) -> Any:
    """As `dataclasses.dataclass(frozen=True)`; the class becomes one when its first instance is made or unpickled.

    Until then `dataclasses.fields` does not know the class; instances are like those of any dataclass.
    """
    options = {"eq": eq, "order": order}
    return (lambda marked: _mark(marked, options)) if kind is None else _mark(kind, options)


def freeze_at_once() -> None:
    """Make dataclasses of all classes now, and of later ones where they are defined.

    For processes with threads: while one makes a class a dataclass, another one cannot make an instance.
    """
    global _waiting
    waiting, _waiting = _waiting, None
    for kind in waiting or ():
        _become_dataclass(kind)


def _mark(kind: type[T], options: dict[str, bool]) -> type[T]:
    def first_init(self: T, *args: Any, **values: Any) -> None:
        _become_dataclass(kind)
        kind.__init__(self, *args, **values)  # the one that `dataclass` wrote

    def first_state(self: T, state: dict[str, Any]) -> None:
        _become_dataclass(kind)
        vars(self).update(state)

    setattr(kind, _PENDING, options)
    for name, hook in zip(_HOOKS, (first_init, first_state), strict=True):
        setattr(kind, name, hook)
    if _waiting is None:
        _become_dataclass(kind)
    else:
        _waiting.append(kind)
    return kind


def _become_dataclass(kind: type) -> None:
    for base in reversed(kind.__mro__):  # a dataclass takes over the fields of its bases
        options = vars(base).get(_PENDING)
        if options is not None:
            for name in (_PENDING, *_HOOKS):
                delattr(base, name)
            dataclasses.dataclass(frozen=True, **options)(base)
