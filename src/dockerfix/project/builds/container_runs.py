"""Everything around a Dockerfile that starts a container of it, or may: gathered once, whatever the file's kind.

Compose files and platforms, `docker run` in Makefiles, scripts, workflows, package.json and units of systemd, manifests
of Kubernetes, code blocks of READMEs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from dockerfix.memo import memoised
from dockerfix.project.builds.commands import Scene, uses_in_script
from dockerfix.project.builds.compose import ComposeService, folders_above, seen_from, told_from
from dockerfix.project.builds.container_run import ContainerRun
from dockerfix.project.builds.kubernetes import kubernetes_runs
from dockerfix.project.builds.reading import build_uses, builds_of, folder_runs, services_of
from dockerfix.project.builds.readmes import readme_runs
from dockerfix.project.builds.use import relative
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.discovery import is_dockerfile_name
from dockerfix.project.context.repository import build_folders, repository_of
from dockerfix.project.known.privileges import is_official_image
from dockerfix.regexes import regex

__all__ = ["ContainerRun", "container_runs"]

_SIZE_LIMIT = 256 * 1024  # bytes; larger YAML is data
_FILES = 400  # YAML files of a repository that are looked at
_UNIT_COMMAND = regex(r"ExecStart(?:Pre|Post)?=[-@:+!|]*")
_TESTS = frozenset({"pytest", "py.test", "tox", "nox", "test", "unittest"})


@memoised
def container_runs(context: BuildContext) -> tuple[ContainerRun, ...]:
    """The containers of the context's image that the files around it start, those that may be of it included.

    What runs tests is left out. Places and bind mounts are seen from the context.
    """
    if not context.known:
        return ()
    repository, way = repository_of(context)
    found = [_of_service(service) for service in services_of(context)]
    for run in _other_runs(repository, way):
        ours = _is_ours(run, context, repository)
        if ours is not False:
            likely = ours or ((run.image is None or run.is_manifest) and _dockerfiles(repository) == 1)
            found.append(_seen_from(replace(run, is_ours=ours, is_likely=likely), way))
    return tuple(run for run in found if not _TESTS & {*(run.command or ())})


def _of_service(service: ComposeService) -> ContainerRun:
    return ContainerRun(
        service.file,
        service.line,
        f"the service {service.name}",
        None if service.is_built is None else "",
        service.is_built,
        service.entrypoint,
        service.command,
        service.user,
        service.privileged,
        service.mounts,
        service.granted,
        service.ports,
        service.variables,
        service.name,
        service.target,
        is_likely=bool(service.is_built),
    )


@memoised
def _manifest_runs(repository: BuildContext) -> tuple[ContainerRun, ...]:
    """The containers of all manifests in the folders that are looked at."""
    found: list[ContainerRun] = []
    paths = (
        posixpath.join(folder, name)
        for folder in build_folders(repository)
        for name, kind in sorted((repository.entries(folder) or {}).items())
        if kind == "file" and name.endswith((".yaml", ".yml"))
    )
    for path in [*_first(paths, _FILES)]:
        if repository.size(path) <= _SIZE_LIMIT:
            found += kubernetes_runs(repository.text(path) or "", path)
    return tuple(found)


@memoised
def _loose_runs(repository: BuildContext, folder: str) -> tuple[ContainerRun, ...]:
    """The containers that scripts without an ending, and units of systemd, in a folder start."""
    found: list[ContainerRun] = []
    for name, kind in sorted((repository.entries(folder) or {}).items()):
        path = posixpath.join(folder, name)
        if kind != "file" or ("." in name and not name.endswith(".service")) or repository.size(path) > _SIZE_LIMIT:
            continue
        text = repository.text(path) or ""
        if name.endswith(".service"):
            text = "".join(_commands_of_unit(text))
        elif not text.startswith("#!"):
            continue
        uses = uses_in_script(text, Scene(repository, path, folder))
        found += [use for use in uses if isinstance(use, ContainerRun)]
    return tuple(found)


def _commands_of_unit(text: str) -> Iterator[str]:
    """The lines of a unit with what is no command left empty. Source: systemd.service(5), ExecStart."""
    goes_on = False
    for line in text.splitlines():
        match = _UNIT_COMMAND.match(line)
        yield (line[match.end() :] if match is not None else line if goes_on else "") + "\n"
        goes_on = (goes_on or match is not None) and line.endswith("\\")


def _first(paths: Iterator[str], most: int) -> Iterator[str]:
    return (path for path, _ in zip(paths, range(most), strict=False))


def _other_runs(repository: BuildContext, way: str) -> Iterator[ContainerRun]:
    for folder in dict.fromkeys((*folders_above(way), *build_folders(repository))):
        yield from folder_runs(repository, folder)
        yield from _loose_runs(repository, folder)
        yield from readme_runs(repository, folder)
    yield from _manifest_runs(repository)


def _seen_from(run: ContainerRun, way: str) -> ContainerRun:
    return replace(
        run,
        source=relative(run.source, way),
        mounts=tuple(seen_from(mount, way) for mount in run.mounts),
        granted=tuple(told_from(one, way) for one in run.granted),
    )


def _is_ours(run: ContainerRun, context: BuildContext, repository: BuildContext) -> bool | None:
    """Whether a container is of the context's image; None where it may be.

    Without a build that gives an image its name, a name that is on no registry can only be made here.
    """
    if run.is_manifest and _dockerfiles(repository) == 1 and len(_manifest_images(repository)) == 1:
        return not is_official_image(_plain(run.image or ""))
    if run.image is None:
        return None
    name = _plain(run.image)
    own = {_plain(use.image) for use in builds_of(context) if use.image}
    others = {_plain(use.image) for use in build_uses(repository) if use.image} - own
    if name in own or _last(name) in map(_last, own):
        return True
    bare = name.removeprefix("docker.io/").removeprefix("library/")
    if name in others or is_official_image(bare):
        return False
    if "/" in name or own:
        return None
    return True if _dockerfiles(repository) == 1 else None


@memoised
def _manifest_images(repository: BuildContext) -> frozenset[str]:
    """The images that manifests start, Docker's official ones left out; by the container's name where not known."""
    names = {_plain(run.image) if run.image else f"?{run.name}" for run in _manifest_runs(repository)}
    return frozenset(name for name in names if not is_official_image(name))


@memoised
def _dockerfiles(repository: BuildContext) -> int:
    """How many Dockerfiles stand in the folders that are looked at."""
    entries = (repository.entries(folder) or {} for folder in build_folders(repository))
    return sum(is_dockerfile_name(name) for names in entries for name, kind in names.items() if kind == "file")


def _plain(image: str) -> str:
    """An image's name without tag and digest."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _last(name: str) -> str:
    return name.rpartition("/")[2]
