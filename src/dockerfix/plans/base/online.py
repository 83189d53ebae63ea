"""What uv's resolver is asked about an image: the project's requirements and those that the Dockerfile names itself."""

from __future__ import annotations

from dockerfix.image.model import Image, StageImage
from dockerfix.project.releases.online_python import Proof, candidates, proven_python, question
from dockerfix.project.releases.resolver import Platform
from dockerfix.shell import PipCommand, pip_command, unwrapped
from dockerfix.syntax import Run

__all__ = ["named_requirements", "proof"]


def proof(model: Image, stage: StageImage, wished: str | None, last: str, *, musl: bool) -> Proof:
    """The newest Python for which every package that an image installs has a wheel, asked of the index through uv.

    All stages are asked about together, as what one installs another copies.

    Args:
        stage: the stage that is to be pinned; its platform counts.
        wished: the one version to ask about where the project names none; None for the newest first.
        last: the version to ask about where none of the others is proven.
        musl: whether the stage stands on Alpine.
    Raises:
        UsageError: uv is not installed.
    """
    if not model.context.known:
        return Proof(None, "the files around the Dockerfile are not known")
    named = named_requirements(model)
    if named is None:
        return Proof(None, "a RUN or a pip install of the Dockerfile cannot be read in full")
    minors = dict.fromkeys((*candidates(model.context, wished), last))
    return proven_python(question(model.context, named), minors, _platform(stage, musl))


def _platform(stage: StageImage, musl: bool) -> Platform:
    written = next((flag.value for flag in stage.stage.start.flags if flag.name == "platform"), "")
    if "arm64" in written:
        return "linux/arm64 (musl)" if musl else "linux/arm64"
    return "linux/amd64 (musl)" if musl else "linux/amd64"


def named_requirements(model: Image) -> tuple[str, ...] | None:
    """The requirements that `pip install` names on its command line; None where one cannot be read."""
    found: list[str] = []
    for stage in model.stages:
        for step in (*stage.triggered, *stage.steps):
            if step.commands is None and isinstance(step.instruction, Run):
                return None
            for item in step.commands or ():
                pip = pip_command(unwrapped(item.command))
                named = _requirements(pip) if pip is not None and pip.verb == "install" else ()
                if named is None:
                    return None
                found += named
    return tuple(dict.fromkeys(found))


def _requirements(pip: PipCommand) -> tuple[str, ...] | None:
    if not pip.packages:
        return ()
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = [Requirement(package or "") for package in pip.packages]
    except InvalidRequirement:
        return None
    return None if any(one.url for one in found) else tuple(map(str, found))
