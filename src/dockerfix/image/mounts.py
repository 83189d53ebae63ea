"""What compose files lay over an image's folders, and what that means for a program that is not root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.programs import Start, start_of
from dockerfix.image.written import Written
from dockerfix.project.builds import services_of
from dockerfix.project.compose import ComposeService, Mount

__all__ = ["FOR_ALL", "compose_starts", "mount_problems"]

FOR_ALL = frozenset({"/tmp", "/var/tmp", "/dev/shm"})  # folders that everybody may write to, volumes on them too

_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock")


def compose_starts(model: Image, stage: StageImage) -> tuple[Start, ...]:
    """How services of compose files start a stage otherwise than its own command does."""
    found: list[Start] = []
    for service in _services(model, stage):
        if not service.is_built or (service.command is None and service.entrypoint is None):
            continue
        entrypoint = service.entrypoint if service.entrypoint is not None else stage.start.entrypoint
        command = service.command if service.command is not None else ()
        argv = (*(entrypoint or ()), *command)
        if {"pytest", "tox", "test"} & set(argv):
            continue  # a service that tests may write what it likes
        place = f"{service.file} (service {service.name})"
        start = start_of(model, stage, argv, service.name, place) if argv else None
        if start is not None:
            found.append(start)
    return tuple(found)


def mount_problems(model: Image, stage: StageImage, writes: tuple[Written, ...], user: str) -> Iterator[str]:
    """Mounts that may keep a user from writing, a sentence each.

    A bind mount of the sources, as people use it while developing, is no problem where nothing is written.
    """
    files = context_files(model, stage)
    for service in _services(model, stage):
        if service.is_built and service.privileged:
            yield f"{service.file}: the service {service.name} is privileged"
        for mount in service.mounts:
            if not mount.read_only and mount.kind in ("bind", "volume"):
                text = _problem(mount, service, files, writes, user)
                if text is not None:
                    yield f"{service.file} {text}"


def _services(model: Image, stage: StageImage) -> Iterator[ComposeService]:
    """The services that start a stage, or may."""
    names = {stage.name.lower(), str(stage.stage.index), ""} | ({None} if stage is model.final else set())
    return (one for one in services_of(model.context) if (one.target and one.target.lower()) in names)


def _problem(
    mount: Mount, service: ComposeService, files: Mapping[str, str], writes: tuple[Written, ...], user: str
) -> str | None:
    inside = [
        one for one in writes if f"{one.path}/".startswith(mount.target + "/") and one.service in ("", service.name)
    ]
    if service.is_built is None and not any(one.path == mount.target or one in inside for one in writes):
        return None  # perhaps another image's
    if mount.target in _SOCKETS:
        return f"mounts {mount.target}, which belongs to root"
    if f"{mount.target}/".startswith("/root/"):
        return f"mounts {mount.source} at {mount.target}, in root's home"
    if mount.kind == "volume" and mount.target in FOR_ALL:
        return None
    if mount.kind == "volume":
        return f"mounts the volume {mount.source} at {mount.target}: what it already holds belongs to root"
    host = mount.source or "."
    if inside:
        writer = inside[0].source
        return f"mounts {host} over {mount.target}, where {writer} writes: on the host it has to belong to {user}"
    holds_sources = any(f"{place}/".startswith(mount.target + "/") for place in files) or _is_source(mount, files)
    is_file = "." in mount.target.rsplit("/", 1)[-1]
    if holds_sources or is_file or mount.target.startswith("/etc/"):
        return None
    return f"mounts {host} at {mount.target}: on the host it has to belong to {user}"


def _is_source(mount: Mount, files: Mapping[str, str]) -> bool:
    """Whether a bind mount brings sources of the project, wherever it lays them."""
    if not mount.in_context:
        return False
    top = f"{mount.source}/" if mount.source else ""
    return any(path.startswith(top) and path.endswith((".py", ".js", ".ts", ".rb", ".php")) for path in files.values())
