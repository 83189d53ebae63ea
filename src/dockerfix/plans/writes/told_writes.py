"""What a person or a run says of an image's writing, laid over what its code tells."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.writes.written import Doubts, Writes, Written
from dockerfix.project.context.observed import observed

__all__ = ["SETTING", "with_told"]

SETTING = "[rules.root-user] writes"
_TRIED = "a try of the repair failed without it"
_BYTECODE = ("/__pycache__/", ".pyc")
_FOR_ALL = ("/tmp/", "/var/tmp/", "/dev/", "/proc/", "/sys/", "/run/")


def with_told(writes: Writes, model: Image, stage: StageImage) -> Writes:
    """The same with the places that are declared or were seen.

    A declaration says all of it: no doubt of the code is left. What was seen adds places; it settles doubts only where
    the repair is built and started before it counts.
    """
    told, seen = model.context.told, observed(model.context)
    writes.places += _seen(told.missing.writes, _TRIED, writes, model, stage)
    if told.writes is not None:
        writes.places += [_place(path, told.place, model, stage) for path in told.writes]
        writes.doubts, writes.inside = Doubts(), Doubts()
        writes.unknown.clear()
    elif seen is not None:
        writes.places += _seen(seen.writes, str(seen), writes, model, stage)
        if seen.home:
            writes.home.append(f"a run of {seen.day}")
        if told.on_trial:
            writes.doubts = Doubts()
    return writes


def _seen(paths: tuple[str, ...], source: str, writes: Writes, model: Image, stage: StageImage) -> Iterator[Written]:
    """The places that are not known already; the folder stands for many files in it."""
    known = [one.path for one in writes.places]
    for path in paths:
        is_known = any(path == one or path.startswith(f"{one}/") for one in known)
        if not (is_known or path.startswith(_FOR_ALL) or any(mark in path for mark in _BYTECODE)):
            yield _place(path, source, model, stage)


def _place(path: str, source: str, model: Image, stage: StageImage) -> Written:
    """A path as it is told: a folder by its slash, by a file that lies in it, or as nothing ends it like a file's."""
    place = posixpath.normpath(path)
    inside = any(one.startswith(f"{place}/") for one in context_files(model, stage))
    is_folder = path.endswith("/") or inside or place in stage.final.folders or "." not in posixpath.basename(place)
    return Written(place, source, is_folder=is_folder)
