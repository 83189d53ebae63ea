"""What those who start an image lay over its folders and hand to it, and what that means for another user than root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import is_root
from dockerfix.plans.writes.written import Written
from dockerfix.programs.starts import Start, start_of
from dockerfix.project.builds.compose import ComposeService, Mount
from dockerfix.project.builds.container_runs import ContainerRun, container_runs
from dockerfix.project.builds.reading import services_of
from dockerfix.project.builds.use import Granted
from dockerfix.project.known.privileges import device_in

__all__ = [
    "FOR_ALL",
    "compose_starts",
    "environments",
    "given_environment",
    "grant_problems",
    "mount_problems",
    "runs_of",
    "synced_places",
]

FOR_ALL = frozenset({"/tmp", "/var/tmp", "/dev/shm"})  # folders that everybody may write to, volumes on them too

_SYSTEM_SOCKETS = ("/run/", "/var/run/")
# Files and folders of a host that everybody may read. Source: base-files, tzdata, ca-certificates in Debian and Fedora.
_READABLE = (
    "/etc/localtime", "/etc/timezone", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/passwd", "/etc/group",
    "/etc/os-release", "/etc/machine-id", "/etc/ssl/certs", "/etc/pki/ca-trust", "/usr/share", "/usr/lib", "/proc",
    "/sys", "/lib/modules", "/etc/nsswitch.conf", "/etc/mime.types",
)  # fmt: skip


def compose_starts(model: Image, stage: StageImage) -> tuple[Start, ...]:
    """How services of compose files start a stage otherwise than its own command does."""
    found: list[Start] = []
    for service in _services(model, stage):
        is_same = service.command is None and service.entrypoint is None
        if not service.is_built or (is_same and service.workdir is None):
            continue
        entrypoint = service.entrypoint if service.entrypoint is not None else stage.start.entrypoint
        command = service.command if service.command is not None else ()
        argv = (stage.start.argv or ()) if is_same else (*(entrypoint or ()), *command)
        if {"pytest", "tox", "test"} & set(argv):
            continue  # a service that tests may write what it likes
        place = f"{service.file} (service {service.name})"
        start = start_of(model, stage, argv, service.name, place, service.workdir) if argv else None
        if start is not None:
            found.append(start)
    return tuple(found)


def runs_of(model: Image, stage: StageImage) -> Iterator[ContainerRun]:
    """The containers that start a stage, or may, as the image's own user."""
    targets = _targets(model, stage)
    for run in container_runs(model.context):
        is_own = run.user is None or is_root(run.user)
        if is_own and (run.target and run.target.lower()) in targets:
            yield run


def given_environment(model: Image, stage: StageImage) -> dict[str, str | None]:
    """The variables of a stage's image, and over them those that its containers are started with."""
    found = dict(stage.final.env)
    for run in runs_of(model, stage):
        if run.is_ours:
            found.update({name: value for name, value in run.environment if value is not None})
    return found


def environments(model: Image, stage: StageImage) -> tuple[Mapping[str, str | None], ...]:
    """The variables of a stage's image alone, and with those of each container that is started of it."""
    own = stage.final.env
    given = [{name: value for name, value in run.environment if value is not None} for run in runs_of(model, stage)]
    return (own, *({**own, **one} for one in given if one))


def mount_problems(model: Image, stage: StageImage, writes: tuple[Written, ...], user: str) -> Iterator[str]:
    """Mounts that may keep a user from writing, or from reading, a sentence each that names the line.

    A bind mount of the sources, as people use it while developing, is no problem where nothing is written.
    """
    files = context_files(model, stage)
    seen: set[tuple[str, str]] = set()  # the first place in a file is enough
    for run in runs_of(model, stage):
        for mount in run.mounts:
            text = _reading_problem(mount, run, user) or _problem(mount, run, files, writes, user)
            if text is not None and (run.source, text) not in seen:
                seen.add((run.source, text))
                yield f"{mount.place or run.source} {text}"


def synced_places(model: Image, stage: StageImage) -> Iterator[Written]:
    """Where `docker compose watch` writes changed sources to, as the user of the container."""
    for service in _services(model, stage):
        if service.user is None or is_root(service.user):
            for one in service.synced:
                is_folder = "." not in one.target.rsplit("/", 1)[-1]
                yield Written(one.target, one.place, is_folder=is_folder, service=service.name, with_content=is_folder)


def grant_problems(model: Image, stage: StageImage) -> Iterator[str]:
    """Devices, capabilities and root's own folders that containers are given, a sentence each that names the line."""
    seen: set[str] = set()
    for run in runs_of(model, stage):
        if not run.is_likely:
            continue
        if run.privileged:
            yield f"{run.place}: {run.name} is privileged"
        for place, text in _grants(run):
            if text not in seen:
                seen.add(text)
                yield f"{place} {text}"


def _grants(run: ContainerRun) -> Iterator[tuple[str, str]]:
    for one in run.granted:
        text = _granted(one)
        if text is not None:
            yield one.place, text
    for name, value in run.environment:
        if f"{value}/".startswith("/root/"):
            yield run.place, f"sets {name} to {value}, in root's home"


def _granted(one: Granted) -> str | None:
    if one.kind == "capability":
        return f"adds the capability {one.name}, which has no effect for another user than root"
    if one.kind == "device rule":
        return f"opens devices ({one.name}), which belong to root or to a group of the host"
    device = device_in(one.name) if one.name.startswith("/dev/") else None
    if device is None and "$" not in one.name:
        return None  # a name of the Container Device Interface, whose devices are for all, or one of those
    return f"hands over the device {device or one.name}, which belongs to root or to a group of the host"


def _targets(model: Image, stage: StageImage) -> set[str | None]:
    return {stage.name.lower(), str(stage.stage.index), ""} | ({None} if stage is model.final else set())


def _services(model: Image, stage: StageImage) -> Iterator[ComposeService]:
    """The services that start a stage, or may."""
    targets = _targets(model, stage)
    return (one for one in services_of(model.context) if (one.target and one.target.lower()) in targets)


def _reading_problem(mount: Mount, run: ContainerRun, user: str) -> str | None:
    """Why another user may not even read what a mount brings; a read-only one counts as well."""
    if not run.is_likely:
        return None
    if f"{mount.target}/".startswith("/root/"):
        return f"mounts {mount.source or 'a volume'} at {mount.target}, in root's home"
    if mount.kind != "bind":
        return None
    if mount.target.startswith(_SYSTEM_SOCKETS) or mount.target.endswith(".sock"):
        return f"mounts {mount.target}, which belongs to root"
    if device_in(mount.source or "") or mount.source == "/dev":
        return f"mounts {mount.source}, a device that belongs to root or to a group of the host"
    if mount.read_only and not mount.in_context and not _is_readable(mount.source or ""):
        return f"mounts {mount.source} at {mount.target}: on the host {user} has to be able to read it"
    return None


def _is_readable(source: str) -> bool:
    """Whether a folder or file of the host is one that everybody may read; a volume's or a relative name is."""
    if source == "/" or source.startswith(("~", "$")):
        return False
    return not source.startswith("/") or any(f"{source}/".startswith(f"{known}/") for known in _READABLE)


def _problem(
    mount: Mount, run: ContainerRun, files: Mapping[str, str], writes: tuple[Written, ...], user: str
) -> str | None:
    """Why a mount may keep a user from writing."""
    if mount.read_only or mount.kind not in ("bind", "volume"):
        return None
    inside = [
        one for one in writes if f"{one.path}/".startswith(mount.target + "/") and one.service in ("", run.service)
    ]
    if run.is_ours is None and not any(one.path == mount.target or one in inside for one in writes):
        return None  # perhaps another image's
    if mount.kind == "volume" and mount.target in FOR_ALL:
        return None
    if mount.kind == "volume":
        return f"mounts the volume {mount.source} at {mount.target}: what it already holds belongs to root"
    host = mount.source or "."
    if inside:
        writer = inside[0].source
        return f"mounts {host} over {mount.target}, where {writer} writes: on the host it has to belong to {user}"
    is_job = not run.service and (run.command or run.entrypoint)  # `docker run`, which may write what it likes there
    holds_sources = any(f"{place}/".startswith(mount.target + "/") for place in files)
    holds_sources = holds_sources or (not is_job and _is_source(mount, files))
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
