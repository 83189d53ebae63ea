"""The Dockerfiles that are built from one context: one ignore file holds for all of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.errors import ParseError
from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.plans.ignore.fitting import missing_source
from dockerfix.project.builds.compose_names import is_compose_name
from dockerfix.project.builds.reading import build_uses, uses_of
from dockerfix.project.builds.use import joined, relative
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.discovery import is_dockerfile_name
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.context.repository import build_folders, repository_of
from dockerfix.syntax import Dockerfile, check, parse

if TYPE_CHECKING:
    from dockerfix.project.formats.yaml import Yaml

__all__ = ["SharedDockerfile", "dockerfiles_at_root", "dockerfiles_inside", "other_dockerfiles"]

_MOST = 60  # Dockerfiles that are read


@frozen(eq=False)
class SharedDockerfile:
    """Another Dockerfile of a context. `path` is relative to it, for people; `tree` is None where it cannot be read.

    `context` is the same one, seen from this Dockerfile.
    """

    path: str
    tree: Dockerfile | None
    context: BuildContext


@memoised
def other_dockerfiles(context: BuildContext) -> tuple[SharedDockerfile, ...]:
    """The other Dockerfiles whose builds read the same ignore file, sorted.

    Those at the root of the context; those that somebody builds from it, wherever they lie; and those below it of
    which nobody says how they are built, when they may be built from it. One with an ignore file of its own is none.
    """
    repository, way = repository_of(context)
    found: dict[str, SharedDockerfile] = {}
    for path in sorted({*_told(repository, way), *_inside(context, repository, way)}):
        if path != context.dockerfile and len(found) < _MOST:
            one = _read(context, repository, way, path)
            if one is not None:
                found[path] = one
    return (*found.values(), *_inline(context, repository, way))


def _inline(context: BuildContext, repository: BuildContext, way: str) -> Iterator[SharedDockerfile]:
    """The Dockerfiles that stand in compose files, under `dockerfile_inline`."""
    from dockerfix.project.formats.yaml import yaml_documents

    for folder in build_folders(repository):
        for name in sorted(filter(is_compose_name, repository.entries(folder) or ())):
            path = posixpath.join(folder, name)
            text = repository.text(path) or ""
            for document in yaml_documents(text) if "dockerfile_inline" in text else ():
                for place, source in _inline_sources(document, folder):
                    if place == way:
                        tree = parse(source)
                        seen = context.without_dockerfile.for_dockerfile(None)
                        yield SharedDockerfile(relative(path, way), tree if _is_accepted(tree) else None, seen)


def _inline_sources(document: Yaml, folder: str) -> Iterator[tuple[str | None, str]]:
    from dockerfix.project.formats.yaml import YamlMap

    services = document.get("services") if isinstance(document, YamlMap) else None
    for service in services.values() if isinstance(services, YamlMap) else ():
        build = service.get("build") if isinstance(service, YamlMap) else None
        source = build.get("dockerfile_inline") if isinstance(build, YamlMap) else None
        if isinstance(build, YamlMap) and isinstance(source, str):
            context = build.get("context")
            yield joined(folder, context if isinstance(context, str) else "."), source


@memoised
def dockerfiles_at_root(context: BuildContext) -> tuple[str, ...]:
    """The names of the other Dockerfiles at the root of the context."""
    return tuple(
        name
        for name in sorted(context.entries("") or {})
        if name != context.dockerfile
        and (name.startswith(("Dockerfile", "Containerfile")) or name.lower().endswith(".dockerfile"))
        and not name.endswith((".dockerignore", ".containerignore"))
    )


def dockerfiles_inside(context: BuildContext) -> tuple[str, ...]:
    """The paths of all Dockerfiles of the context that lie in it, this one among them, sorted."""
    others = (one.path for one in other_dockerfiles(context) if not one.path.startswith("../"))
    own = (context.dockerfile,) if context.dockerfile is not None else ()
    return tuple(sorted({*others, *own}))


def _told(repository: BuildContext, way: str) -> Iterator[str]:
    for use in build_uses(repository):
        if use.context == way:
            yield relative(use.dockerfile, way)


def _inside(context: BuildContext, repository: BuildContext, way: str) -> Iterator[str]:
    yield from dockerfiles_at_root(context)
    for path in own_paths(context.without_dockerfile):
        if "/" in path and is_dockerfile_name(path.rpartition("/")[2]):
            uses = uses_of(repository, posixpath.join(way, path))
            if not uses:
                yield path


def _read(context: BuildContext, repository: BuildContext, way: str, path: str) -> SharedDockerfile | None:
    inside = not path.startswith("../")
    holder = context if inside else repository
    place = path if inside else posixpath.normpath(posixpath.join(way, path))
    if holder.is_file(f"{place}.dockerignore"):
        return None
    seen = context.without_dockerfile.for_dockerfile(path if inside else None)
    source = holder.read(place)
    tree = parse(source) if source is not None else None
    if tree is None or not _is_accepted(tree):
        return SharedDockerfile(path, None, seen) if "/" not in path else None
    told = any(use.context == way for use in uses_of(repository, posixpath.normpath(posixpath.join(way, path))))
    if "/" in path and not told and missing_source(tree, seen) is not None:
        return None
    return SharedDockerfile(path, tree, seen)


def _is_accepted(tree: Dockerfile) -> bool:
    try:
        check(tree)
    except ParseError:
        return False
    return True
