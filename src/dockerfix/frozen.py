"""Frozen dataclasses that cost nothing until one is made, and little then.

`dataclasses` writes and compiles six methods of each class, which takes 0.4 ms: with 150 classes, more than half of
what importing dockerfix took. Most runs make values of a third of them; of those only the constructor is compiled.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform, overload

__all__ = ["freeze_at_once", "frozen", "mutable"]

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
    options = {"eq": eq, "order": order, "fixed": True}
    return (lambda marked: _mark(marked, options)) if kind is None else _mark(kind, options)


@dataclass_transform(field_specifiers=(dataclasses.field,))
def mutable(kind: type[T], /) -> type[T]:
    """As `dataclasses.dataclass`, made as late and as cheaply; values have no hash."""
    return _mark(kind, {"eq": True, "order": False, "fixed": False})


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
        kind.__init__(self, *args, **values)  # the one that was written then

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
            _finish(base, **options)


def _finish(kind: type, *, eq: bool, order: bool, fixed: bool) -> None:
    has_own_doc = kind.__doc__ is not None
    kind.__doc__ = kind.__doc__ or kind.__name__  # without one `dataclass` works out a signature
    dataclasses.dataclass(init=False, repr=False, eq=False)(kind)
    if not has_own_doc:
        kind.__doc__ = None
    fields: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(kind)
    own = set(vars(kind))
    kind.__init__ = _constructor(fields, ends=hasattr(kind, "__post_init__"))  # type: ignore[misc]
    if fixed:
        kind.__setattr__ = _refuse_to_set  # type: ignore[method-assign, assignment]
        kind.__delattr__ = _refuse_to_delete  # type: ignore[method-assign, assignment]
    compared = _values([field.name for field in fields if field.compare])
    methods: dict[str, Any] = {"__repr__": _shown}
    if eq:
        hashed = _values([field.name for field in fields if (field.compare if field.hash is None else field.hash)])
        methods["__eq__"] = _comparison(compared, "__eq__")
        methods["__hash__"] = (lambda self: hash(hashed(self))) if fixed else None
        if own >= {"__eq__"} and vars(kind).get("__hash__") is None:
            own.discard("__hash__")  # Python puts a None beside an `__eq__`
    if order:
        methods |= {name: _comparison(compared, name) for name in ("__lt__", "__le__", "__gt__", "__ge__")}
    for name, method in methods.items():
        if name not in own:
            setattr(kind, name, method)


def _constructor(fields: tuple[dataclasses.Field[Any], ...], *, ends: bool) -> Any:
    """`__init__`, the only method that has to be written for each class; it goes round `__setattr__`."""
    names: dict[str, Any] = {"_absent": dataclasses.MISSING}
    parameters, lines = [], ["_values = self.__dict__"]
    for field in fields:
        if not field.init:
            continue
        name = value = field.name
        if field.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_made_{name}"] = field.default_factory
            parameters.append(f"{name}=_absent")
            value = f"_made_{name}() if {name} is _absent else {name}"
        else:
            parameters.append(name)
        lines.append(f"_values[{name!r}] = {value}")
    lines += ["self.__post_init__()"] if ends else []
    exec(f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(lines), names)
    return names["__init__"]


def _values(names: list[str]) -> Callable[[Any], Any]:
    if not names:
        return lambda one: ()
    found = attrgetter(*names)
    return found if len(names) > 1 else lambda one: (found(one),)


def _comparison(values: Callable[[Any], Any], name: str) -> Any:
    compare = getattr(tuple, name)

    def compared(self: Any, other: object) -> Any:
        return compare(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

    return compared


@recursive_repr("...")
def _shown(self: Any) -> str:
    said = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(said)})"


def _refuse_to_set(self: Any, name: str, value: object) -> None:
    if _is_fixed(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _refuse_to_delete(self: Any, name: str) -> None:
    if _is_fixed(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _is_fixed(self: Any, name: str) -> bool:
    """A subclass that is no dataclass may have attributes of its own."""
    return "__dataclass_fields__" in vars(type(self)) or name in self.__dataclass_fields__
