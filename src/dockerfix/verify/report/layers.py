"""Which layers grew or shrank, and what in them did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher

from dockerfix.frozen import frozen
from dockerfix.verify.contents.archive import Layer
from dockerfix.verify.measured import Contents

__all__ = ["KindChange", "LayerChange", "kind_changes", "layer_changes"]

_NOISE = 1_000  # bytes below which nobody wants to know
_ALIKE = 0.6


@frozen
class LayerChange:
    """A layer before and after; None where there is no such layer on that side."""

    made_by: str
    before: Layer | None
    after: Layer | None

    @property
    def sizes(self) -> tuple[int, int]:
        """Bytes before and after, 0 for none."""
        return (self.before.size if self.before else 0, self.after.size if self.after else 0)


@frozen
class KindChange:
    """Files of one kind above the base image, in bytes before and after."""

    kind: str
    before: int
    after: int


def layer_changes(before: Contents, after: Contents) -> tuple[LayerChange, ...]:
    """The layers above the base images in the order of `after`, each with the one that it was; then those that went."""
    waiting = [layer for layer in before.layers if not layer.of_base]
    found: list[LayerChange] = []
    for layer in (layer for layer in after.layers if not layer.of_base):
        was = _most_alike(layer, waiting)
        if was is not None:
            waiting.remove(was)
        found.append(LayerChange(layer.made_by, was, layer))
    return (*found, *(LayerChange(layer.made_by, layer, None) for layer in waiting))


def _most_alike(layer: Layer, others: Iterable[Layer]) -> Layer | None:
    """The layer of the other side whose instruction is the same or nearly so; the kind of instruction has to be."""
    best, score = None, _ALIKE
    for other in others:
        if other.made_by.split(" ", 1)[0] == layer.made_by.split(" ", 1)[0]:
            ratio = SequenceMatcher(None, other.made_by, layer.made_by, autojunk=False).ratio()
            if ratio > score:
                best, score = other, ratio
    return best


def kind_changes(before: Contents, after: Contents) -> tuple[KindChange, ...]:
    """The kinds of files that grew or shrank, those that changed most first."""
    was, now = _kinds(before), _kinds(after)
    changes = [KindChange(kind, was[kind], now[kind]) for kind in was | now]
    told = [change for change in changes if abs(change.after - change.before) > _NOISE]
    return tuple(sorted(told, key=lambda change: -abs(change.after - change.before)))


def _kinds(contents: Contents) -> Counter[str]:
    found: Counter[str] = Counter()
    for layer in contents.layers:
        if not layer.of_base:
            found.update({part.kind: part.size for part in layer.parts})
    return found
