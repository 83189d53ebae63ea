"""Whether an image is made for developers, who want reloading and debuggers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from dockerfix.image.files import context_files
from dockerfix.image.model import Image
from dockerfix.plans.serving.uses import started_uses
from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile, Instruction, Trivia
from dockerfix.text import decode

__all__ = ["comments_at", "comments_in_source", "for_developers", "perhaps_meant"]

_WORD = r"(?:dev|devel|development|debug|local|test|tests|testing)"
_FILE = regex(rf"(?:.*[._-])?{_WORD}(?:[._-].*)?\Z", re.IGNORECASE)
_MEANT = regex(r"\b(?:(?:auto|hot|live)[- ]?)?(?:reload\w*|debug\w*|dev|develop\w*)\b", re.IGNORECASE)
_CODE = regex(r"\w[=(]")  # commented out, it says nothing of what is there
_STAGE = regex(rf"(?:.*[-_])?{_WORD}(?:[-_].*)?\Z", re.IGNORECASE)


def for_developers(model: Image) -> str | None:
    """Why an image is no production image, by the names that people gave it."""
    path = model.context.dockerfile or ""
    folder, name = posixpath.split(path)
    if ".devcontainer" in path or _FILE.match(name) or any(_FILE.match(part) for part in folder.split("/") if part):
        return f"{path} is an image for developers, by its name"
    stage = model.final
    if stage is not None and stage.stage.name and _STAGE.match(stage.stage.name):
        return f"the last stage, {stage.stage.name}, is for developers, by its name"
    return None


def perhaps_meant(model: Image, comments: Iterable[str]) -> str | None:
    """What speaks for reloading and debugging on purpose: a comment at the place, or how people start the image."""
    if any(_MEANT.search(text) and not _CODE.search(text) for text in comments):
        return "a comment there says that it is meant"
    return _sources_are_mounted(model)


def _sources_are_mounted(model: Image) -> str | None:
    """Where something mounts the sources over those of the image, as people do to work in it."""
    stage = model.final
    if stage is None:
        return None
    places = [place for place, path in context_files(model, stage).items() if path.endswith(".py")]
    for use in started_uses(model):
        for mount in use.mounts:
            below = mount.target.rstrip("/") + "/"
            if mount.kind == "bind" and any(place.startswith(below) for place in places):
                return f"{use.place} mounts the sources at {mount.target}, so people may work in it"
    return None


def comments_at(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[str]:
    """The comments inside an instruction, and those in the lines right above it."""
    yield from (decode(dockerfile.source[span.start : span.end]) for span in instruction.comments)
    items = dockerfile.items
    at = next(number for number, item in enumerate(items) if item is instruction)
    for item in reversed(items[:at]):
        if not isinstance(item, Trivia) or item.kind != "comment":
            return
        yield item.text


def comments_in_source(source: bytes, first: int, last: int) -> Iterator[str]:
    """What stands behind a `#` in lines of Python (1-based, both included), and in comment lines right above them."""
    lines = decode(source).splitlines()
    above = first - 1
    while above and lines[above - 1].lstrip().startswith("#"):
        above -= 1
    yield from (line.partition("#")[2] for line in lines[above:last] if "#" in line)
