"""Which folder a Dockerfile is built from: as those say who build it, else one in which COPY finds its sources."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from dockerfix.frozen import frozen
from dockerfix.image.model import image, mount_fields
from dockerfix.memo import memoised
from dockerfix.plans.ignore.expected_files import expected_files
from dockerfix.project.builds.reading import uses_of
from dockerfix.project.builds.use import BuildUse
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.discovery import FOREIGN_FOLDERS, is_dockerfile_name
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.context.ignore_file import sent_files
from dockerfix.project.context.repository import context_at, repository_root, share_repository
from dockerfix.project.context.wildcards import has_wildcard
from dockerfix.syntax import Dockerfile, Run

__all__ = ["ContextChoice", "contexts_of", "fitting_context", "missing_source"]

_BUILD_OUTPUT = frozenset("dist build target out bin obj publish release node_modules .next".split())
_BUILT_FILES = (".jar", ".war", ".ear", ".whl", ".tgz", ".tar.gz", ".zip", ".deb", ".rpm", ".apk", ".so", ".wasm")


@frozen
class ContextChoice:
    """A build context of a Dockerfile.

    Attributes:
        context: one of which nothing is known where nobody says and no folder fits, or where it is made for the build.
        uses: who says so; empty where it is concluded from the files that are there.
        missing: the source that no folder has, where that is why nothing is known.
    """

    context: BuildContext
    uses: tuple[BuildUse, ...] = ()
    missing: str | None = None


def contexts_of(
    dockerfile: Dockerfile, path: Path, top: Path | None, at: Callable[[Path], BuildContext] = context_at
) -> tuple[ContextChoice, ...]:
    """The build contexts of a Dockerfile on disk: several when it is built from several folders.

    What compose files, workflows, Makefiles and their like say decides. A build that fails today, because the folder
    lacks what COPY names, counts only where all do. What they leave open is settled by the files that are there.

    Args:
        dockerfile: one that `syntax.check` accepts.
        path: where it lies.
        top: the root of its repository; None where there is none: then only its own folder is looked at.
        at: makes the context of a folder.
    """
    path = Path(os.path.abspath(path))
    top = Path(os.path.abspath(top)) if top is not None else None
    if top is not None and path.is_relative_to(top):
        uses = uses_of(share_repository(top), path.relative_to(top).as_posix())
        certain = [use for use in uses if use.certain]
        said = _said(dockerfile, path, top, certain or [use for use in uses if not use.certain], at)
        fits = [choice for choice in said if _fits(dockerfile, choice.context)]
        if fits or certain:
            return tuple(fits or said)
    context, missing = fitting_context(dockerfile, path, top, at)
    return (ContextChoice(context, (), missing),)


def _said(
    dockerfile: Dockerfile, path: Path, top: Path, uses: list[BuildUse], at: Callable[[Path], BuildContext]
) -> list[ContextChoice]:
    """A choice for each context that somebody names."""
    found: list[ContextChoice] = []
    for place in dict.fromkeys(use.context for use in uses):
        root = top / place if place is not None else None
        context = BuildContext.unknown() if root is None else _for(path, root, at)
        found.append(ContextChoice(context, tuple(use for use in uses if use.context == place)))
    return found


def _for(path: Path, root: Path, at: Callable[[Path], BuildContext]) -> BuildContext:
    inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else None
    return at(root).for_dockerfile(inside)


def _fits(dockerfile: Dockerfile, context: BuildContext) -> bool:
    return not context.known or _really_missing(dockerfile, context) is None


def fitting_context(
    dockerfile: Dockerfile, path: Path, top: Path | None, at: Callable[[Path], BuildContext] = context_at
) -> tuple[BuildContext, str | None]:
    """The build context of a Dockerfile on disk, when nobody says which.

    Its own folder or the nearest one above that has all that COPY names and what commands then look for; else all
    that COPY names. What a build makes before (`dist`, what Git ignores) may be missing. Where a whole folder is
    copied and nothing tells which folder above is meant, none is taken.

    Args:
        path: the Dockerfile.
        top: the highest folder to look at (the root of the repository); None looks at the Dockerfile's own only.
        at: makes the context of a folder.
    Returns:
        The context and None; or one of which nothing is known, and the source that no folder has; None when that is
        not the reason.
    """
    path = Path(os.path.abspath(path))
    first: str | None = None
    fitting: list[BuildContext] = []
    lacking: list[BuildContext] = []
    for folder in _folders(path, top):
        context = _for(path, folder, at)
        missing = _really_missing(dockerfile, context)
        first = first or missing
        if missing is not None:
            continue
        if _lacks_expected(dockerfile, context):
            lacking.append(context)
        elif _is_told_apart(dockerfile, context):
            return context, None
        else:
            fitting.append(context)
    context = _nearest(dockerfile, fitting, lacking, is_own=first is None, top=top)
    return context, None if context.known or fitting or lacking else first


def _nearest(
    dockerfile: Dockerfile, fitting: list[BuildContext], lacking: list[BuildContext], *, is_own: bool, top: Path | None
) -> BuildContext:
    """The context to take where none shows all that commands look for."""
    possible = [*fitting, *lacking]
    if possible and (is_own or any(source != "." for source in _sources(dockerfile, possible[0]))):
        return possible[0]
    # A whole folder is copied, and not the Dockerfile's own: that of a repository, if that is the only one.
    in_repository = top is not None and repository_root(top) is not None
    return fitting[0] if len(fitting) == 1 and in_repository else BuildContext.unknown()


def _is_told_apart(dockerfile: Dockerfile, context: BuildContext) -> bool:
    """Whether something in a Dockerfile tells its context from other folders: a file that is named."""
    named = any(source != "." for source in _sources(dockerfile, context))
    return named or any(True for _ in expected_files(image(dockerfile, context)))


def _folders(path: Path, top: Path | None) -> Iterator[Path]:
    for folder in path.parents:
        yield folder
        if top is None or folder == top or not folder.is_relative_to(top):
            return


def missing_source(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """A source of a COPY, an ADD or a bind mount that the context lacks, so that the file cannot be built from it.

    Sources with variables or wildcards are passed over. `.` counts as lacking where nothing but the Dockerfile and
    its like would be copied.
    """
    return next(_missing(dockerfile, context), None)


def _missing(dockerfile: Dockerfile, context: BuildContext) -> Iterator[str]:
    for source in dict.fromkeys(_sources(dockerfile, context)):
        if _is_bare(context) if source == "." else not context.exists(source):
            yield source


@memoised
def _sources(dockerfile: Dockerfile, context: BuildContext) -> tuple[str, ...]:
    return tuple(_read_sources(dockerfile, context))


def _read_sources(dockerfile: Dockerfile, context: BuildContext) -> Iterator[str]:
    for stage in image(dockerfile, context).stages:
        for step in stage.steps:
            for source in step.transfer.sources if step.transfer else ():
                if source.kind == "context" and source.path is not None and not source.has_wildcard:
                    yield source.path
            for flag in step.instruction.flags if isinstance(step.instruction, Run) else ():
                fields = mount_fields(flag.value) if flag.name == "mount" else {"from": "-"}
                source_path = fields.get("source", fields.get("src", "."))
                if fields.get("type", "bind") == "bind" and "from" not in fields and "$" not in source_path:
                    yield source_path.strip("/").removeprefix("./") or "."


def _really_missing(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """A source that is missing and that no build would have made before."""
    missing = list(_missing(dockerfile, context))
    if not missing:
        return None
    named = [source for source in _sources(dockerfile, context) if source != "."]
    if len(missing) == len(set(named)) and len(named) > 1:
        return missing[0]  # nothing that is named is there: this is not the folder
    return next((source for source in missing if source == "." or not _is_made(source, context)), None)


def _is_made(source: str, context: BuildContext) -> bool:
    """Whether a path looks like one that a build makes, or Git is told to ignore."""
    parts = source.split("/")
    return not _BUILD_OUTPUT.isdisjoint(parts) or source.endswith(_BUILT_FILES) or is_git_ignored(context, source)


def _lacks_expected(dockerfile: Dockerfile, context: BuildContext) -> bool:
    """Whether commands would look in vain for files that the copied context should bring."""
    for names in expected_files(image(dockerfile, context)):
        if not any(context.exists(name) or has_wildcard(name) for name in names):
            return True
    return False


@memoised
def _is_bare(context: BuildContext) -> bool:
    """Whether copying the whole context brings nothing but Dockerfiles."""
    if not _has_content(context.without_dockerfile, ""):
        return True
    return context.is_file(".dockerignore") and sent_files(context) == ()


@memoised
def _has_content(context: BuildContext, folder: str) -> bool:
    entries = context.entries(folder) or {}
    if any(kind != "folder" and not _is_of_docker(name) for name, kind in entries.items()):
        return True
    below = (name for name, kind in sorted(entries.items()) if kind == "folder" and name not in FOREIGN_FOLDERS)
    return any(_has_content(context, f"{folder}/{name}" if folder else name) for name in below)


def _is_of_docker(name: str) -> bool:
    return is_dockerfile_name(name) or name.endswith((".dockerignore", ".containerignore"))
