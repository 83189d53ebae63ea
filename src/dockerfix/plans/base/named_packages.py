"""What the packages that a Dockerfile's own commands install need of a slim image."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image
from dockerfix.plans.base.online import named_requirements
from dockerfix.project.manifests.dependencies import Dependency, dependency
from dockerfix.project.manifests.requirements_closure import requirements_closure
from dockerfix.project.releases.slim_packages import SlimBlocker, package_blockers
from dockerfix.shell import pip_command, unwrapped

__all__ = ["named_packages"]


def named_packages(model: Image, minor: str) -> tuple[SlimBlocker, ...] | None:
    """What keeps from slim the packages that `pip install` names, and those of the files that it names with `-r`.

    None where a command cannot be read in full.
    """
    texts = named_requirements(model)
    if texts is None:
        return None
    named = [found for text in texts if (found := dependency(text, "Dockerfile")) is not None]
    return tuple(package_blockers((*named, *_of_files(model)), minor))


def _of_files(model: Image) -> Iterator[Dependency]:
    """The requirements of each file of the context that the end of a path behind `-r` names."""
    context = model.context
    for name in _files_named(model):
        for path in context.paths() if context.known else ():
            if path == name or path.endswith(f"/{name}") or name.endswith(f"/{path}"):
                yield from requirements_closure(context, path).requirements


def _files_named(model: Image) -> set[str]:
    programs = (item.command for stage in model.stages for step in stage.steps for item in step.commands or ())
    found = (pip_command(unwrapped(command)) for command in programs)
    names = {name for pip in found if pip is not None for name in pip.requirements if name}
    return {name.lstrip("./") for name in names if name.lstrip("./")}
