"""Which folder a Dockerfile is built from, when nobody says: one in which every COPY finds what it names."""

from __future__ import annotations

from pathlib import Path

from dockerfix.image.context_needs import other_dockerfiles
from dockerfix.image.model import image
from dockerfix.project.context import BuildContext
from dockerfix.project.ignore_file import sent_files
from dockerfix.syntax import Dockerfile

__all__ = ["fitting_context", "missing_source"]


def missing_source(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """A source of a COPY or ADD that the context lacks, so that it cannot be what the file is built from.

    Sources with variables or wildcards are passed over. `.` counts as lacking where nothing but the Dockerfile and
    its like would be copied.
    """
    for stage in image(dockerfile, context).stages:
        for step in stage.steps:
            for source in step.transfer.sources if step.transfer else ():
                if source.kind != "context" or source.path is None or source.has_wildcard:
                    continue
                if source.path == "." and _is_bare(context):
                    return "."
                if source.path != "." and not context.exists(source.path):
                    return source.path
    return None


def _is_bare(context: BuildContext) -> bool:
    entries = context.entries("") or {}
    docker = {context.dockerfile, ".dockerignore", *other_dockerfiles(context)}
    if any(kind == "folder" for kind in entries.values()):
        return sent_files(context) == ()
    return set(entries) <= docker


def fitting_context(dockerfile: Dockerfile, path: Path, top: Path | None) -> tuple[BuildContext, str | None]:
    """The build context of a Dockerfile on disk.

    Its own folder, where that has all that COPY names; else the nearest folder above that has.

    Args:
        path: the Dockerfile.
        top: the highest folder to look at (the root of the repository); None looks at the Dockerfile's own only.
    Returns:
        The context and None; or one of which nothing is known and the source that no folder has.
    """
    path = path.absolute()
    first: str | None = None
    for folder in (path.parent, *path.parent.parents):
        context = BuildContext.at(folder, path.relative_to(folder).as_posix())
        missing = missing_source(dockerfile, context)
        if missing is None:
            return context, None
        first = first or missing
        if top is None or folder == top or not folder.is_relative_to(top):
            break
    return BuildContext.unknown(), first
