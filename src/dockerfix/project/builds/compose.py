"""Compose files around a Dockerfile: which services are built from it, what they mount and how they start it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.builds.compose_names import is_compose_name
from dockerfix.project.builds.use import BuildUse, Granted, Mount, Synced, below, joined, relative
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import build_folders, repository_of

if TYPE_CHECKING:
    from dockerfix.project.builds.compose_files import Service

__all__ = [
    "ComposeService",
    "Mount",
    "compose_services",
    "compose_uses",
    "folders_above",
    "seen_from",
    "services_around",
    "started_stage",
    "told_from",
]

Told = TypeVar("Told", Mount, Granted, Synced)


@frozen
class ComposeService:
    """One service of a compose file.

    `is_built` tells that it is built from this Dockerfile; None where the file only names an image, which may be
    this one's. `entrypoint` and `command` are argument lists, None where the file sets none or they cannot be split.
    `file` is for people: the path relative to the context. `target` is the stage that it starts: None for the last
    one, "" where that is not known. `line` is the service's own, 1-based; `variables` are set at start, with None for
    a value that is not known. `workdir` is the folder that it starts in, where that is another one than the image's.
    `synced` is what Compose writes into it while it runs.
    """

    name: str
    file: str
    is_built: bool | None
    entrypoint: tuple[str, ...] | None
    command: tuple[str, ...] | None
    user: str | None
    privileged: bool
    mounts: tuple[Mount, ...]
    environment: frozenset[str]
    target: str | None = None
    line: int = 0
    granted: tuple[Granted, ...] = ()
    variables: tuple[tuple[str, str | None], ...] = ()
    ports: tuple[int, ...] = ()
    workdir: str | None = None
    synced: tuple[Synced, ...] = ()


@memoised
def compose_services(context: BuildContext) -> tuple[ComposeService, ...]:
    """The services that are built from the context's Dockerfile, or may be.

    Compose files are looked for in the whole repository, those that only name images in the context and in the
    folders above it. One that cannot be parsed says nothing.
    """
    _, way = repository_of(context)
    return tuple(
        ComposeService(
            name=service.name,
            file=relative(service.file, way),
            is_built=built,
            entrypoint=service.entrypoint,
            command=service.command,
            user=service.user,
            privileged=service.privileged is True,
            mounts=tuple(seen_from(mount, way) for mount in service.mounts),
            environment=frozenset(service.environment),
            target=started_stage(use),
            line=service.line,
            granted=tuple(told_from(one, way) for one in service.granted),
            variables=tuple(service.environment.items()),
            ports=service.ports,
            workdir=service.workdir,
            synced=tuple(told_from(one, way) for one in service.synced),
        )
        for service, use, built in services_around(context)
    )


@memoised
def services_around(context: BuildContext) -> tuple[tuple[Service, BuildUse | None, bool | None], ...]:
    """The services that are built from the context's Dockerfile or may be, as the files say it, and which it is."""
    repository, way = repository_of(context)
    return tuple(
        (service, use, built)
        for folder in dict.fromkeys((*folders_above(way), *_compose_folders(repository)))
        for service, use in _built(repository, folder)
        if (built := _is_built(service, use, context, way)) is not False
    )


def started_stage(use: BuildUse | None) -> str | None:
    """The stage that a service starts, as `ComposeService.target` has it."""
    return "" if use is None or not (use.certain or use.target) else use.target


def _is_built(service: Service, use: BuildUse | None, context: BuildContext, way: str) -> bool | None:
    if use is None:
        near = below(way, posixpath.dirname(service.file))
        return None if service.build is None and near else False
    if use.context != way:
        return False
    if context.dockerfile is not None:
        is_this = use.dockerfile == posixpath.join(way, context.dockerfile)
        return is_this or (None if service.build is not None and service.build.varies else False)
    return not below(use.dockerfile, way) or posixpath.basename(use.dockerfile).lower() == "dockerfile"


def folders_above(folder: str) -> list[str]:
    """A folder of a repository and those that it lies in, the nearest first; "" is the root."""
    found = [folder]
    while found[-1]:
        found.append(posixpath.dirname(found[-1]))
    return found


@memoised
def _compose_folders(repository: BuildContext) -> tuple[str, ...]:
    folders = build_folders(repository)
    return tuple(folder for folder in folders if any(map(is_compose_name, repository.entries(folder) or ())))


def seen_from(mount: Mount, way: str) -> Mount:
    """A mount of a repository as seen from a build context in it."""
    mount = told_from(mount, way)
    if not mount.in_context or mount.source is None:
        return mount
    return replace(mount, source=relative(mount.source, way), in_context=below(mount.source, way))


def told_from(told: Told, way: str) -> Told:
    """The same with its place as seen from a build context in the repository."""
    file, colon, line = told.place.rpartition(":")
    return replace(told, place=f"{relative(file, way)}:{line}") if colon and way else told


def compose_uses(repository: BuildContext, folder: str) -> Iterator[BuildUse]:
    """What the compose files of a folder build."""
    return (use for _, use in _built(repository, folder) if use is not None)


@memoised
def _built(repository: BuildContext, folder: str) -> tuple[tuple[Service, BuildUse | None], ...]:
    """Each service with what it builds; a service without `build` may start what another one builds."""
    if not any(map(is_compose_name, repository.entries(folder) or ())):
        return ()
    from dockerfix.project.builds.compose_files import compose_folder

    services = compose_folder(repository, folder)
    images = {one.image: one for one in services if one.build is not None and one.image is not None}
    found: list[tuple[Service, BuildUse | None]] = []
    for service in services:
        builder = service if service.build is not None else images.get(service.image or "")
        found.append((service, _use(repository, folder, service, builder) if builder is not None else None))
    return tuple(found)


def _use(repository: BuildContext, folder: str, service: Service, builder: Service) -> BuildUse | None:
    build = builder.build
    if build is None or build.inline or build.elsewhere:
        return None
    context = folder if build.context is None else build.context
    name = build.dockerfile or "Dockerfile"
    dockerfile = joined(context, name)
    if build.dockerfile is None and dockerfile is not None and not repository.is_file(dockerfile):
        small = posixpath.join(posixpath.dirname(dockerfile), "dockerfile")  # docker build looks for that one, too
        dockerfile = small if repository.is_file(small) else dockerfile
    certain = True
    if folder and (dockerfile is None or not repository.is_file(dockerfile)):
        other = joined("", relative(context, folder))
        there = joined(other, name) if other is not None else None
        if there and repository.is_file(there):
            context, dockerfile, certain = other or "", there, False  # perhaps called with `--project-directory`
    if dockerfile is None:
        return None
    is_known = "$" not in (build.target or "")
    return BuildUse(
        source=service.file,
        line=build.line if builder is service and builder.build is not None else service.line,
        dockerfile=dockerfile,
        context=context,
        target=build.target if is_known else None,
        args=tuple(build.args.items()),
        certain=certain and is_known,
        image=builder.image,
        service=service.name,
        entrypoint=service.entrypoint,
        command=service.command,
        user=service.user,
        privileged=service.privileged is True,
        mounts=service.mounts,
        ports=service.ports,
        environment=tuple(service.environment.items()),
        granted=service.granted,
    )
