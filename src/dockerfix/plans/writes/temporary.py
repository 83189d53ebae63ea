"""Places below /tmp that the build made as root: everybody may write to /tmp itself, and nobody else to these."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.files import brought_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.state import absolute
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext

__all__ = ["TEMPORARY", "is_made_temporary"]

_MAKERS = frozenset({"mkdir", "touch", "install", "cp", "mv", "tee", "ln"})
TEMPORARY = ("/tmp/", "/var/tmp/")


def is_made_temporary(model: Image, stage: StageImage, path: str) -> bool:
    """Whether a path below /tmp is, or lies in, a file or folder that a COPY, a WORKDIR or a RUN made."""
    return any(path == made or path.startswith(f"{made}/") for made in _made(model.context, model, stage))


@memoised
def _made(context: BuildContext, model: Image, stage: StageImage) -> frozenset[str]:
    places = (place for step in stage.all_steps for place in _made_by(step, model))
    return frozenset(_topmost(place) for place in places if place.startswith(TEMPORARY))


def _made_by(step: Step, model: Image) -> Iterator[str]:
    yield from brought_files(model, step)
    yield from step.after.folders
    if step.transfer is not None and step.transfer.destination is not None:
        yield step.transfer.destination
    for item in step.commands or ():
        program = item.program
        words = program.argv[1:] if program.name in _MAKERS else ()
        for word in (*words, *program.outputs):
            place = absolute(word, item.workdir) if word and not word.startswith("-") else None
            if place is not None:
                yield place


def _topmost(place: str) -> str:
    """The file or folder directly in /tmp that a place is or lies in."""
    top = next(folder for folder in TEMPORARY if place.startswith(folder))
    return posixpath.join(top, place[len(top) :].split("/")[0])
