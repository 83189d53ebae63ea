"""How the Dockerfiles of a repository are built: read from what is around them, never run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module

from dockerfix.memo import memoised
from dockerfix.project.builds.compose import (
    ComposeService,
    compose_services,
    compose_uses,
    folders_above,
    seen_from,
    started_stage,
    told_from,
)
from dockerfix.project.builds.compose_names import is_compose_name
from dockerfix.project.builds.container_run import ContainerRun, Use
from dockerfix.project.builds.use import BuildUse, Mount, below, relative
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.discovery import is_dockerfile_name
from dockerfix.project.context.repository import build_folders, repository_of
from dockerfix.regexes import regex

__all__ = ["BuildUse", "Mount", "build_uses", "builds_of", "folder_runs", "services_of", "uses_of"]

_SIZE_LIMIT = 512 * 1024  # bytes; larger files are made by programs
_FILES = 500  # files of one folder that are looked at

# What is read: the name of a file (and its folder, where that matters); who reads it, a module loaded for the first
# such file; and where its words are seen from, "." being its own folder.
_READERS = (
    (r"(?:.*/)?\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml", "workflows.workflow_uses", "root"),
    (r"(?:.*/)?action\.ya?ml", "workflows.workflow_uses", "root"),
    (r"(?:.*/)?docker-bake(?:\.[\w-]+)*\.(?:hcl|json)|(?:.*/)?[\w.-]*bake[\w.-]*\.hcl", "bake.bake_uses", "either"),
    (r"(?:.*/)?(?:GNUm|M|m)akefile|.*\.mk", "makefiles.makefile_uses", "."),
    (r"(?:.*/)?[^/]+\.(?:sh|bash)", "commands.uses_in_script", "either"),
    (r"(?:.*/)?package\.json", "task_files.package_uses", "."),
    (r"(?:.*/)?\.?[Jj]ustfile|.*\.just", "task_files.justfile_uses", "."),
    (r"(?:.*/)?Jenkinsfile[\w.-]*|.*\.jenkinsfile", "task_files.jenkins_uses", "root"),
    (r"(?:.*/)?(?:\.devcontainer|devcontainer)\.json", "devcontainer.devcontainer_uses", "."),
    (r"(?:.*/)?[\w.-]*\.?gitlab-ci[\w.-]*\.ya?ml|\.gitlab/.*\.ya?ml", "ci_files.ci_uses", "root"),
    (r"\.(?:circleci|woodpecker|semaphore|buildkite|azure[\w-]*)/.*\.ya?ml", "ci_files.ci_uses", "root"),
    (r"(?:.*/)?(?:\.travis|\.drone|\.woodpecker|\.cirrus|azure-pipelines[\w.-]*)\.ya?ml", "ci_files.ci_uses", "either"),
    (r"(?:.*/)?(?:bitbucket-pipelines|buildspec[\w.-]*|cloudbuild[\w.-]*)\.ya?ml", "ci_files.ci_uses", "either"),
    (r"(?:.*/)?[Tt]askfile[\w.-]*\.ya?ml", "ci_files.ci_uses", "."),
    (r"(?:.*/)?fly(?:\.[\w-]+)*\.toml", "platforms.fly_uses", "."),
    (r"(?:.*/)?render\.ya?ml", "platforms.render_uses", "."),
    (r"heroku\.yml", "platforms.heroku_uses", "."),
    (r"(?:.*/)?railway\.(?:json|toml)", "platforms.railway_uses", "."),
    (r"(?:.*/)?captain-definition", "platforms.captain_uses", "."),
    (r"\.do/[\w.-]*\.ya?ml", "platforms.app_platform_uses", "."),
    (r"(?:.*/)?skaffold[\w.-]*\.ya?ml", "platforms.skaffold_uses", "."),
    (r"(?:.*/)?\.?goreleaser[\w.-]*\.ya?ml", "platforms.goreleaser_uses", "."),
)
# Most files of a repository are told apart from those by their ends, or by a word that is missing in their names.
_ENDS = tuple(".yml .yaml .json .hcl .sh .bash .mk .toml .just file definition .jenkinsfile".split())
_WORDS = regex(
    r"bake|akefile|\.mk|\.sh|\.bash|package\.json|ustfile|\.just|enkins|devcontainer|gitlab-ci|travis|drone|woodpecker|"
    r"cirrus|pipelines|buildspec|cloudbuild|askfile|fly|render|heroku|railway|captain|skaffold|goreleaser|action"
)
# Names that many folders have: looked at near the root and beside a Dockerfile, where they speak of it.
_COMMON = regex(r"(?:GNUm|M|m)akefile|.*\.mk|package\.json|.*\.(?:sh|bash)")
_TELLING = regex(r".*(?:build|docker|image|publish|release|deploy|push|container).*\.(?:sh|bash)", re.IGNORECASE)
_SPEAKING = (".toml", ".hcl", "bake.json", "skaffold.yaml")  # need not say «docker»
_HINTS = regex(
    r"docker|podman|buildah|nerdctl|finch|depot|kaniko|containerfile|artifacts|acr build|builds submit", re.IGNORECASE
)


@memoised
def build_uses(repository: BuildContext) -> tuple[BuildUse, ...]:
    """Each way in which somebody builds a Dockerfile of a repository, those that exist, in the order of files.

    Looked at are files of known names in the root and three folders below it (`repository.build_folders`): compose
    and bake files, devcontainer.json, workflows and other CI, Makefiles and scripts, files of platforms. A line whose
    words are not known says nothing.
    """
    return tuple(use for folder in build_folders(repository) for use in folder_uses(repository, folder))


@memoised
def folder_uses(repository: BuildContext, folder: str) -> tuple[BuildUse, ...]:
    """What the files directly in a folder of a repository build."""
    uses = (use for use in _read_folder(repository, folder) if isinstance(use, BuildUse))
    there = (use for use in uses if repository.root is None or repository.is_file(use.dockerfile))
    # a link is built as the file behind it, which is the one that is repaired
    return tuple(replace(use, dockerfile=repository.behind_link(use.dockerfile)) for use in there)


@memoised
def folder_runs(repository: BuildContext, folder: str) -> tuple[ContainerRun, ...]:
    """The containers that commands in the files directly in a folder start, of whatever image."""
    return tuple(use for use in _read_folder(repository, folder) if isinstance(use, ContainerRun))


@memoised
def _read_folder(repository: BuildContext, folder: str) -> tuple[Use, ...]:
    entries = repository.entries(folder) or {}
    names = sorted(name for name, kind in entries.items() if kind == "file" and name.endswith(_ENDS))
    if "/" in folder and not any(map(is_dockerfile_name, entries)):
        names = [name for name in names if not _COMMON.fullmatch(name) or _TELLING.fullmatch(name)]
    uses: list[Use] = list(compose_uses(repository, folder)) if any(map(is_compose_name, names)) else []
    known = names if folder.startswith(".") or "/." in folder else [name for name in names if _WORDS.search(name)]
    for name in known[:_FILES]:
        uses += _of_file(repository, posixpath.join(folder, name))
    return tuple(dict.fromkeys(uses))


def _of_file(repository: BuildContext, path: str) -> Iterator[Use]:
    match = _pattern().fullmatch(path)
    if match is None or match.lastgroup is None or repository.size(path) > _SIZE_LIMIT:
        return
    text = repository.text(path)
    if text is not None and (_HINTS.search(text) or path.endswith(_SPEAKING)):
        _, reader, start = _READERS[int(match.lastgroup[1:])]
        yield from _read(repository, path, text, reader, start)


@cache
def _pattern() -> re.Pattern[str]:
    """All names at once; the group that matched tells the reader."""
    return re.compile("|".join(f"(?P<r{number}>{pattern})" for number, (pattern, _, _) in enumerate(_READERS)))


def _read(repository: BuildContext, path: str, text: str, reader: str, start: str) -> Iterator[Use]:
    from dockerfix.project.builds.commands import Scene
    from dockerfix.project.builds.task_files import of_either_folder

    module, _, name = reader.partition(".")
    read: Callable[[str, Scene], Iterator[Use]] = getattr(import_module(f"dockerfix.project.builds.{module}"), name)
    folder = posixpath.dirname(path)
    scene = Scene(repository, path, "" if start == "root" else folder)
    if start == "either":
        return of_either_folder(scene, (folder, ""), lambda here: read(text, here))
    return read(text, scene)


@memoised
def uses_of(repository: BuildContext, dockerfile: str) -> tuple[BuildUse, ...]:
    """The ways in which one Dockerfile is built; files beside it and above it are looked at however deep it lies."""
    known = set(build_folders(repository))
    deep = [folder for folder in folders_above(posixpath.dirname(dockerfile)) if folder not in known]
    uses = [use for folder in deep for use in folder_uses(repository, folder) if use.dockerfile == dockerfile]
    return (*_by_dockerfile(repository).get(dockerfile, ()), *uses)


@memoised
def _by_dockerfile(repository: BuildContext) -> dict[str, list[BuildUse]]:
    found: dict[str, list[BuildUse]] = {}
    for use in build_uses(repository):
        found.setdefault(use.dockerfile, []).append(use)
    return found


@memoised
def builds_of(context: BuildContext) -> tuple[BuildUse, ...]:
    """The ways in which the context's Dockerfile is built from this context, and how what comes out is started.

    Bind mounts are seen from the context. Where the Dockerfile lies outside of the context, those of every such
    Dockerfile that is built from it, none of them certain when they are several.
    """
    if not context.known:
        return ()
    repository, way = repository_of(context)
    if context.dockerfile is not None:
        uses = uses_of(repository, posixpath.join(way, context.dockerfile))
    else:
        uses = tuple(use for use in build_uses(repository) if not below(use.dockerfile, way))
        if len({use.dockerfile for use in uses if use.context == way}) > 1:
            uses = tuple(replace(use, certain=False) for use in uses)
    return tuple(
        replace(
            use,
            mounts=tuple(seen_from(mount, way) for mount in use.mounts),
            granted=tuple(told_from(one, way) for one in use.granted),
        )
        for use in uses
        if use.context == way
    )


@memoised
def services_of(context: BuildContext) -> tuple[ComposeService, ...]:
    """The services that start what is built from the context's Dockerfile, or may: compose files', then platforms'."""
    found = compose_services(context)
    known = {(service.file, service.name) for service in found}
    _, way = repository_of(context) if context.known else (context, "")
    others = (
        ComposeService(
            name=use.service,
            file=relative(use.source, way),
            is_built=True,
            entrypoint=use.entrypoint,
            command=use.command,
            user=use.user,
            privileged=use.privileged,
            mounts=use.mounts,
            environment=frozenset(name for name, _ in use.environment),
            target=started_stage(use),
            line=use.line,
            granted=use.granted,
            variables=use.environment,
            ports=use.ports,
        )
        for use in builds_of(context)
        if use.service is not None
    )
    return (*found, *(one for one in others if (one.file, one.name) not in known))
