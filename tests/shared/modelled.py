"""Models of Dockerfiles written down in a test."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from dockerfix.image import Image, StageImage, Step, image
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

Files = Mapping[str, str | bytes]


def context_of(files: Files | None) -> BuildContext:
    """A context of these files; None for one of which nothing is known."""
    return BuildContext.unknown() if files is None else BuildContext.of_files(files)


def modelled(text: str, files: Files | None = None, context: BuildContext | None = None) -> Image:
    """The model of a Dockerfile, whose text may be indented as a whole."""
    return image(parse(dedent(text).lstrip("\n")), context or context_of(files))


def final(text: str, files: Files | None = None) -> StageImage:
    """The final stage."""
    stage = modelled(text, files).final
    assert stage is not None
    return stage


def last_step(text: str, files: Files | None = None) -> Step:
    """The last step of the final stage."""
    return final(text, files).steps[-1]
