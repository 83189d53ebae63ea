"""Files of the build context in an image: those that a COPY brings, by way of another stage too."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.steps import Source, Transfer
from dockerfix.image.transfers import Origin, placed_files
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.wildcards import BadPattern, name_matcher

__all__ = ["brought_files", "context_files"]


def context_files(model: Image, stage: StageImage) -> Mapping[str, str]:
    """The files of the build context that stand in a stage's image: image path → context path.

    A copy that is not known brings nothing here. What a RUN moves or deletes stays where the copy put it.
    """
    return _context_files(model.context, model, stage)


@memoised
def _context_files(context: BuildContext, model: Image, stage: StageImage) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for step in stage.all_steps:
        found.update(brought_files(model, step))
    return found


def brought_files(model: Image, step: Step) -> Mapping[str, str]:
    """The files of the build context that one step brings: image path → context path."""
    item = step.transfer
    if item is None:
        return {}
    placed = placed_files(item, model.context)
    found = _of_context(model.context, placed) if placed else {}
    others = {place: path for source in item.sources for place, path in _from_stage(model, item, source)}
    return {**found, **others} if others else found


@memoised
def _of_context(context: BuildContext, placed: Mapping[str, Origin]) -> Mapping[str, str]:
    """The places that a file of the build context lands in, with its path there."""
    return {place: origin[2] for place, origin in placed.items() if origin[0] == "context"}


def _from_stage(model: Image, item: Transfer, source: Source) -> Iterator[tuple[str, str]]:
    if source.kind != "stage" or source.path is None or item.destination is None or not item.is_plain:
        return
    stages = [stage for stage in model.stages if source.origin in (stage.name, str(stage.stage.index))]
    if not stages:
        return
    theirs = context_files(model, stages[-1])
    for top in _roots(source, theirs):
        yield from _below(top, theirs, item)


def _roots(source: Source, theirs: Iterable[str]) -> Iterable[str]:
    """The files and folders that a source names in another stage, in whose image these files stand."""
    top = posixpath.normpath(f"/{source.path}")
    if not source.has_wildcard:
        return (top,)
    try:
        wanted = [name_matcher(part) for part in top.split("/")]
    except BadPattern:
        return ()
    above = {tuple(place.split("/")[: len(wanted)]) for place in theirs}
    return sorted("/".join(parts) for parts in above if _fits(parts, wanted))


def _fits(parts: tuple[str, ...], wanted: list[Callable[[str], bool]]) -> bool:
    return len(parts) == len(wanted) and all(fits(part) for fits, part in zip(wanted, parts, strict=True))


def _below(top: str, theirs: Mapping[str, str], item: Transfer) -> Iterator[tuple[str, str]]:
    assert item.destination is not None
    if top in theirs:
        into = posixpath.join(item.destination, posixpath.basename(top)) if item.into_folder else item.destination
        yield into, theirs[top]
        return
    prefix = top.rstrip("/") + "/"
    for place, path in theirs.items():
        if place.startswith(prefix):
            yield posixpath.join(item.destination, place[len(prefix) :]), path
