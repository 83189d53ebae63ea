"""What COPY and ADD bring from the build context, as far as an ignore file decides it."""

from __future__ import annotations

from dockerfix.image.model import Image, image
from dockerfix.image.transfers import source_files
from dockerfix.memo import memoised
from dockerfix.plans.ignore.context_commands import models_of_context
from dockerfix.plans.ignore.hidable import hides_any, is_env_pattern, why_kept
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignorable import Ignorable, ignorable
from dockerfix.project.context.ignore_file import ignore_file
from dockerfix.project.context.wildcards import has_wildcard
from dockerfix.syntax import Dockerfile, Instruction

__all__ = ["brought", "copies_folder", "first_copy", "lets_through", "listed_patterns", "may_be_copied"]

_NODE_INSTALLERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_NODE_INSTALLS = frozenset({"install", "ci", "i", "add", "clean-install"})


def first_copy(dockerfile: Dockerfile, context: BuildContext) -> Instruction | None:
    """The first COPY or ADD that brings a folder of the build context, else the first that brings a file of it."""
    copies = [
        (step.instruction, source.path)
        for stage in image(dockerfile, context).stages
        for step in stage.steps
        for source in (step.transfer.sources if step.transfer else ())
        if source.kind == "context" and source.path is not None
    ]
    folders = (instruction for instruction, path in copies if _is_folder(path, context))
    return next(folders, copies[0][0] if copies else None)


def copies_folder(place: Instruction, dockerfile: Dockerfile, context: BuildContext) -> bool:
    """Whether an instruction, which `first_copy` gave, brings a folder."""
    step = image(dockerfile, context).step(place)
    sources = step.transfer.sources if step is not None and step.transfer is not None else ()
    return any(source.path is not None and _is_folder(source.path, context) for source in sources)


def _is_folder(path: str, context: BuildContext) -> bool:
    if has_wildcard(path):
        return any(context.is_folder(one) for one in context.match(path))
    return path == "." or context.is_folder(path)


@memoised
def brought(dockerfile: Dockerfile, context: BuildContext) -> frozenset[str]:
    """The files of the context that some COPY or ADD brings into an image."""
    found: set[str] = set()
    for stage in image(dockerfile, context).stages:
        for step in stage.steps:
            for source in step.transfer.sources if step.transfer else ():
                found.update(source_files(source, context) or ())
    return frozenset(found)


def may_be_copied(one: Ignorable, dockerfile: Dockerfile, context: BuildContext) -> bool:
    """Whether a folder that some COPY of the context's Dockerfiles brings may hold what a pattern matches."""
    if one.pattern.startswith("**/"):
        return True
    for _, model in models_of_context(dockerfile, context):
        for step in (step for stage in model.stages for step in stage.steps if step.transfer is not None):
            for source in step.transfer.sources if step.transfer is not None else ():
                path = source.path if source.kind == "context" else None
                if path is not None and (path in (".", "") or has_wildcard(path) or path == one.pattern):
                    return True
    return False


def listed_patterns(dockerfile: Dockerfile, context: BuildContext) -> list[Ignorable]:
    """The patterns, without installed packages where a build of the folder takes them from the context."""
    models = [model for _, model in models_of_context(dockerfile, context)]
    anew = all(
        _installs_node_packages(model) for model in models if model.dockerfile is dockerfile or _copies_package(model)
    )
    found = [one for one in ignorable(context) if one.kind != "packages" or anew]
    name = context.dockerfile
    if name is not None and "/" in name:
        found.append(Ignorable(name, "docker", True, True))
    return found


def _copies_package(model: Image) -> bool:
    """Whether a folder is copied in which a package of Node lies, and so may its packages."""
    place = first_copy(model.dockerfile, model.context)
    if place is None or not copies_folder(place, model.dockerfile, model.context):
        return False
    return any(path.rpartition("/")[2] == "package.json" for path in brought(model.dockerfile, model.context))


def _installs_node_packages(model: Image) -> bool:
    for stage in model.stages:
        for step in stage.steps:
            for run in step.commands or ():
                argv = run.program.argv
                if run.program.name in _NODE_INSTALLERS and (
                    _NODE_INSTALLS & {*argv[1:]} or (run.program.name == "yarn" and len(argv) == 1)
                ):
                    return True
    return False


def lets_through(one: Ignorable, dockerfile: Dockerfile, context: BuildContext) -> bool:
    """Whether the ignore file lets something that a pattern stands for into an image.

    What people have and a clone lacks counts: a file that Git ignores, an env file that somebody reads.
    """
    if one.there and hides_any(one, brought(dockerfile, context)):
        return True
    if one.pattern == ".git" and context.is_folder(".git"):  # an empty one, too: no checkout of Git's is looked into
        return _reaches(one, dockerfile, context)
    is_read = is_env_pattern(one) and one.pattern == ".env" and "`env_file:`" in why_kept(one, dockerfile, context)
    if one.there or "/" in one.pattern or not (is_read or (one.expected and one.kind == "secret")):
        return False
    return _reaches(one, dockerfile, context)


def _reaches(one: Ignorable, dockerfile: Dockerfile, context: BuildContext) -> bool:
    """Whether a file of this name at the root of the context would be copied."""
    existing = ignore_file(context)
    sample = one.pattern.replace("*", "local")
    return _copies_root(dockerfile, context) and existing is not None and existing.ignores(sample) is False


def _copies_root(dockerfile: Dockerfile, context: BuildContext) -> bool:
    return any(
        source.kind == "context" and source.path in (".", "*")
        for stage in image(dockerfile, context).stages
        for step in stage.steps
        for source in (step.transfer.sources if step.transfer else ())
    )
