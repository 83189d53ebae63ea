"""The files that COPY and ADD leave in a stage, before and after: which, whose, in which order over each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dockerfix.image.aspects import Aspect
from dockerfix.image.difference import Difference
from dockerfix.image.model import Image, StageImage
from dockerfix.image.steps import Source, Transfer
from dockerfix.image.transfers import Origin, lay_over, placed_files, source_files
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignore_file import IGNORE_FILE, sent_files
from dockerfix.syntax import Copy, Run

__all__ = ["file_differences"]

_Owners = dict[str, tuple[str | None, str | None]]


def file_differences(
    old: StageImage, new: StageImage, before: Image, after: Image, allowed: frozenset[Aspect], where: str
) -> Iterator[Difference]:
    """What differs in the files of a stage, and in who owns them.

    Args:
        where: words that say which stage.
    """
    was, now = _transfers(old), _transfers(new)
    same_context = before.context is after.context
    same_files = same_context and _same_places(old, new, was, now)
    if Aspect.FILES not in allowed and not same_files:
        text = _files_differ(was, now, before.context, after.context, allowed)
        if text:
            yield Difference(Aspect.FILES, where + text)
    if Aspect.USER not in allowed and not (same_files and _rights(was) == _rights(now)):
        owned, owns = _owners(was, before.context), _owners(now, after.context)
        # What only one side has is a change of FILES.
        if any(owned[place] != owns[place] for place in owned.keys() & owns.keys()):
            yield Difference(Aspect.USER, f"{where}copied files belong to somebody else")
    hidden = None if same_context else _hidden_source(was, now, before.context, after.context)
    if hidden is not None:
        yield Difference(Aspect.FILES, f"{where}the ignore file hides {hidden}, which a COPY names")


def _transfers(stage: StageImage) -> list[Transfer]:
    return [step.transfer for step in stage.steps if step.transfer is not None]


def _same_places(old: StageImage, new: StageImage, was: list[Transfer], now: list[Transfer]) -> bool:
    """Whether the copies are the same ones, and no RUN can have made a folder where they go."""
    if [_key(item) for item in was] != [_key(item) for item in now]:
        return False
    into = [item.into_folder for item in was]
    return into == [item.into_folder for item in now] and (all(into) or _runs(old) == _runs(new))


def _runs(stage: StageImage) -> list[bytes]:
    return [step.instruction.logical.raw for step in stage.all_steps if isinstance(step.instruction, Run)]


def _key(item: Transfer) -> object:
    return (item.instruction.kind, item.sources, item.destination, item.options)


def _rights(items: Sequence[Transfer]) -> list[tuple[str | None, str | None]]:
    return [(item.owner, item.mode) for item in items]


def _files_differ(
    was: list[Transfer], now: list[Transfer], before: BuildContext, after: BuildContext, allowed: frozenset[Aspect]
) -> str | None:
    left, leaves = _all_placed(was, before), _all_placed(now, after)
    if left is None or leaves is None:
        if [_key(item) for item in was] == [_key(item) for item in now]:
            return None
        same = _brings_nothing_else(was, now) and _brings_nothing_else(now, was) and _same_order(was, now)
        return None if same else "a COPY or ADD brings something else"
    if Aspect.BUILD_CONTEXT in allowed:
        kept = set(sent_files(after) or ())
        left = {place: origin for place, origin in left.items() if origin[0] != "context" or origin[2] in kept}
        # The new ignore file itself may come along: where `.git` is copied, hiding it would look like a deletion.
        leaves = {place: origin for place, origin in leaves.items() if place in left or not _is_ignore_file(origin)}
    if left == leaves:
        gone = _missing(was, before) ^ _missing(now, after)
        return f"the COPY of {min(gone)[1]}, which the build context lacks, is not what it was" if gone else None
    other = sorted(left.keys() ^ leaves.keys()) or sorted(place for place in left if left[place] != leaves[place])
    return f"{other[0]} is not what it was"


def _is_ignore_file(origin: Origin) -> bool:
    return origin[0] == "context" and origin[2].endswith(IGNORE_FILE)


def _all_placed(items: Sequence[Transfer], context: BuildContext) -> dict[str, Origin] | None:
    """What the copies of a stage leave, place by place; a later copy wins."""
    placed: dict[str, Origin] = {}
    for item in items:
        files = placed_files(item, context)
        if files is None:
            return None
        lay_over(placed, item, files)
    return placed


def _missing(items: Sequence[Transfer], context: BuildContext) -> set[tuple[str, str]]:
    """Destination and path of the sources that name nothing; BuildKit would stop there."""
    return {
        (item.destination or "", source.path or "")
        for item in items
        for source in item.sources
        if source.path != "." and source_files(source, context) == ()
    }


def _hidden_source(was: list[Transfer], now: list[Transfer], before: BuildContext, after: BuildContext) -> str | None:
    """A source of a COPY that named something and names nothing any more; BuildKit would stop there."""
    named = {source for item in was for source in item.sources if source_files(source, before)}
    kept = {source for item in now for source in item.sources}
    lost = (source for source in named & kept if not source_files(source, after))
    return next((source.path for source in lost), None)


def _owners(items: Sequence[Transfer], context: BuildContext) -> _Owners:
    """Owner and mode that COPY gives, place by place; by the text of the copy where places are unknown."""
    placed: _Owners = {}
    for item in items:
        files = placed_files(item, context)
        places = files if files is not None else [str((item.sources, item.destination))]
        placed.update(dict.fromkeys(places, (item.owner, item.mode)))
    return placed


def _brings_nothing_else(items: Sequence[Transfer], other: Sequence[Transfer]) -> bool:
    """Whether each copy is among the others too, or is done again by a wider one below it that is.

    Judged by their text alone.
    """
    there = {_key(item) for item in other}
    return all(
        _key(item) in there or any(_covers(wide, item) and _key(wide) in there for wide in items[at + 1 :])
        for at, item in enumerate(items)
    )


def _same_order(was: Sequence[Transfer], now: Sequence[Transfer]) -> bool:
    """Whether copies that may replace each other's files come in the order in which they came."""
    numbers = {key: number for number, key in enumerate(_numbered(now))}
    keys = _numbered(was)
    for at, first in enumerate(was):
        for behind, second in enumerate(was[at + 1 :], at + 1):
            swapped = numbers.get(keys[at], -1) > numbers.get(keys[behind], len(now))
            if swapped and _overlap(first, second):
                return False
    return True


def _numbered(items: Sequence[Transfer]) -> list[object]:
    """The keys, each with how often it came before: a copy may stand there twice."""
    seen: Counter[object] = Counter()
    keys: list[object] = []
    for item in items:
        keys.append((_key(item), seen[_key(item)]))
        seen[_key(item)] += 1
    return keys


def _overlap(one: Transfer, other: Transfer) -> bool:
    if one.destination is None or other.destination is None:
        return True
    first, second = (f"{item.destination}/".replace("//", "/") for item in (one, other))
    return first.startswith(second) or second.startswith(first)


def _covers(wide: Transfer, narrow: Transfer) -> bool:
    """Whether one copy of a folder brings all that another brings, to the same places."""
    if not (isinstance(wide.instruction, Copy) and isinstance(narrow.instruction, Copy)):
        return False
    if wide.options != narrow.options or len(wide.sources) != 1 or wide.destination is None or not wide.is_plain:
        return False
    return all(_source_covered(wide, source, narrow) for source in narrow.sources)


def _source_covered(wide: Transfer, source: Source, narrow: Transfer) -> bool:
    """A folder copied whole brings a file below it to the same place."""
    root = wide.sources[0]
    if (root.kind, root.origin) != (source.kind, source.origin) or root.path is None or source.path is None:
        return False
    if source.has_wildcard or root.has_wildcard or narrow.destination is None:
        return False
    if root.path == ".":
        inside = source.path
    elif source.path.startswith(root.path + "/"):
        inside = source.path[len(root.path) + 1 :]
    else:
        return False
    target = f"{(wide.destination or '').rstrip('/')}/{inside}"
    base = narrow.destination.rstrip("/")
    return target == (f"{base}/{source.path.rsplit('/', 1)[-1]}" if narrow.into_folder else base)
