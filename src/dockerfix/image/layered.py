"""A mapping that is changed by making another one, which shares with the first what did not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Generic, TypeVar, cast

__all__ = ["Layered", "LayeredNames"]

V = TypeVar("V")

_GONE = object()
_WIDTH = 8  # layers of one height that are merged into one of the next
_BASE = 99  # the height of what a mapping starts from, which is never merged


class Layered(Mapping[str, V], Generic[V]):
    """Names with values in the order in which they were first set.

    A state for each line of a Dockerfile, each with all variables above it, takes memory that grows with the square of
    the lines. Here a change is one more small layer; eight of a height become one, so that a question looks at a few
    dozen at most, however many changes there were.
    """

    __slots__ = ("_layers",)

    def __init__(self, values: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._layers: tuple[tuple[int, dict[str, object]], ...] = ((_BASE, dict(values)),)

    @classmethod
    def of(cls, values: Mapping[str, V]) -> Layered[V]:
        """The mapping itself, where it is one of these."""
        return values if isinstance(values, Layered) else cls(values)

    def with_values(self, values: Mapping[str, V]) -> Layered[V]:
        """The same with these set, too."""
        return self._with(dict(values)) if values else self

    def without(self, names: Iterable[str]) -> Layered[V]:
        """The same with these taken away."""
        gone: dict[str, object] = dict.fromkeys((name for name in names if name in self), _GONE)
        return self._with(gone) if gone else self

    def _with(self, change: dict[str, object]) -> Layered[V]:
        layers = [*self._layers, (0, change)]
        while len(layers) > _WIDTH and len({height for height, _ in layers[-_WIDTH:]}) == 1:
            height = layers[-1][0] + 1
            merged: dict[str, object] = {}
            for _, layer in layers[-_WIDTH:]:
                _lay(merged, layer)
            layers[-_WIDTH:] = [(height, merged)]
        made = Layered[V].__new__(Layered)
        made._layers = tuple(layers)
        return made

    def __getitem__(self, name: str) -> V:
        for _, layer in reversed(self._layers):
            found = layer.get(name, self)
            if found is _GONE:
                break
            if found is not self:
                return cast("V", found)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        whole: dict[str, object] = {}
        for _, layer in self._layers:
            _lay(whole, layer)
        return (name for name, value in whole.items() if value is not _GONE)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Layered({dict(self)!r})"


class LayeredNames(Set[str]):
    """The same for a set."""

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: Layered[bool] = (
            names._names if isinstance(names, LayeredNames) else Layered(dict.fromkeys(names, True))
        )

    def with_names(self, names: Iterable[str]) -> LayeredNames:
        """The same with these, too."""
        return self._of(self._names.with_values(dict.fromkeys(names, True)))

    def without(self, names: Iterable[str]) -> LayeredNames:
        """The same without these."""
        return self._of(self._names.without(names))

    @staticmethod
    def _of(names: Layered[bool]) -> LayeredNames:
        made = LayeredNames()
        made._names = names
        return made

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _lay(below: dict[str, object], layer: Mapping[str, object]) -> None:
    """A name that was taken away and is set anew stands at the end, as in a dict."""
    for name, value in layer.items():
        if below.get(name) is _GONE:
            del below[name]
        below[name] = value
