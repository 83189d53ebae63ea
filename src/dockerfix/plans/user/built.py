"""What those who build and start an image from outside decide for it: its stage, its user, its ports."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import is_root
from dockerfix.project.builds.container_runs import container_runs
from dockerfix.project.builds.reading import builds_of

__all__ = ["built_stages", "published_ports", "root_by_decree", "root_by_platform"]


def built_stages(model: Image) -> tuple[StageImage, ...]:
    """The stages that somebody builds, in the order of the file; the last one where nobody says which.

    A stage that a `target` names counts for itself, the last one wherever a build names none. What an editor builds to
    work in says nothing of what is built to be run.
    """
    uses = (use for use in builds_of(model.context) if use.certain and use.service != "devcontainer")
    targets = {use.target.lower() if use.target is not None else None for use in uses}
    named = [stage for stage in model.stages if targets & {stage.name.lower(), str(stage.stage.index)}]
    last = model.final
    if last is not None and last not in named and (not named or None in targets):
        named.append(last)
    return tuple(named)


def published_ports(model: Image) -> tuple[int, ...]:
    """The ports inside the container that those reach who start it."""
    builds = (port for use in builds_of(model.context) for port in use.ports)
    runs = (port for run in container_runs(model.context) if run.is_ours for port in run.ports)
    return tuple(dict.fromkeys((*builds, *runs)))


def root_by_platform(model: Image) -> str | None:
    """Why root has to run what the image starts, whatever USER says; None where nothing asks for it."""
    for use in builds_of(model.context):
        if use.service == "GitHub action":
            return f"{use.place}: GitHub runs it as root, and an action that does not is shut out of the workspace"
    return None


def root_by_decree(model: Image) -> Iterator[str]:
    """The services and other containers that say root, whatever USER says, a sentence each."""
    for use in builds_of(model.context):
        if use.service is not None and use.user is not None and is_root(use.user):
            yield f"{use.place} starts {use.service} as root; somebody may have had a reason"
    for run in container_runs(model.context):
        if run.is_ours and not run.service and run.user is not None and is_root(run.user):
            yield f"{run.place} starts {run.name} as root; somebody may have had a reason"
