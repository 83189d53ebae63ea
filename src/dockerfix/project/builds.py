"""How the Dockerfiles of a repository are built: read from what is around them, never run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from dockerfix.memo import memoised
from dockerfix.project import ci_files, platforms, task_files
from dockerfix.project.bake import bake_uses
from dockerfix.project.build_commands import Scene
from dockerfix.project.build_use import BuildUse, Mount, below
from dockerfix.project.compose import compose_uses, folders_above, seen_from
from dockerfix.project.compose_files import is_compose_name
from dockerfix.project.context import BuildContext
from dockerfix.project.devcontainer import devcontainer_uses
from dockerfix.project.discovery import is_dockerfile_name
from dockerfix.project.makefiles import makefile_uses
from dockerfix.project.repository import build_folders, repository_of
from dockerfix.project.workflows import workflow_uses

__all__ = ["BuildUse", "Mount", "build_uses", "builds_of", "uses_of"]

Reader: TypeAlias = Callable[[str, Scene], Iterator[BuildUse]]

_SIZE_LIMIT = 512 * 1024  # bytes; larger files are made by programs
_FILES = 500  # files of one folder that are looked at


def _at_root_or_here(read: Reader) -> Reader:
    def either(text: str, scene: Scene) -> Iterator[BuildUse]:
        return task_files.of_either_folder(scene, (scene.folder, ""), lambda here: read(text, here))

    return either


def _at_root(read: Reader) -> Reader:
    return lambda text, scene: read(text, replace(scene, folder=""))


# What is read: the name of a file (and its folder, where that matters), and how.
_READERS: tuple[tuple[str, Reader], ...] = (
    (r"(?:.*/)?\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml", _at_root(workflow_uses)),
    (r"(?:.*/)?action\.ya?ml", _at_root(workflow_uses)),
    (r"(?:.*/)?docker-bake(?:\.[\w-]+)*\.(?:hcl|json)|(?:.*/)?[\w.-]*bake[\w.-]*\.hcl", _at_root_or_here(bake_uses)),
    (r"(?:.*/)?(?:GNUm|M|m)akefile|.*\.mk", makefile_uses),
    (r"(?:.*/)?[^/]+\.(?:sh|bash)", task_files.script_uses),
    (r"(?:.*/)?package\.json", task_files.package_uses),
    (r"(?:.*/)?\.?[Jj]ustfile|.*\.just", task_files.justfile_uses),
    (r"(?:.*/)?Jenkinsfile[\w.-]*|.*\.jenkinsfile", _at_root(task_files.jenkins_uses)),
    (r"(?:.*/)?(?:\.devcontainer|devcontainer)\.json", devcontainer_uses),
    (r"(?:.*/)?[\w.-]*\.?gitlab-ci[\w.-]*\.ya?ml|\.gitlab/.*\.ya?ml", _at_root(ci_files.ci_uses)),
    (r"\.(?:circleci|woodpecker|semaphore|buildkite|azure[\w-]*|azuredevops)/.*\.ya?ml", _at_root(ci_files.ci_uses)),
    (
        r"(?:.*/)?(?:\.travis|\.drone|\.woodpecker|\.cirrus|azure-pipelines[\w.-]*|bitbucket-pipelines|"
        r"buildspec[\w.-]*|cloudbuild[\w.-]*)\.ya?ml",
        _at_root_or_here(ci_files.ci_uses),
    ),
    (r"(?:.*/)?[Tt]askfile[\w.-]*\.ya?ml", ci_files.ci_uses),
    (r"(?:.*/)?fly(?:\.[\w-]+)*\.toml", platforms.fly_uses),
    (r"(?:.*/)?render\.ya?ml", platforms.render_uses),
    (r"heroku\.yml", platforms.heroku_uses),
    (r"(?:.*/)?railway\.(?:json|toml)", platforms.railway_uses),
    (r"(?:.*/)?captain-definition", platforms.captain_uses),
    (r"\.do/[\w.-]*\.ya?ml", platforms.app_platform_uses),
    (r"(?:.*/)?skaffold[\w.-]*\.ya?ml", platforms.skaffold_uses),
    (r"(?:.*/)?\.?goreleaser[\w.-]*\.ya?ml", platforms.goreleaser_uses),
)
_READ_BY = re.compile("|".join(f"(?P<r{number}>{pattern})" for number, (pattern, _) in enumerate(_READERS)))
# Most files of a repository are told apart from those by their ends, or by a word that is missing in their names.
_ENDS = tuple(".yml .yaml .json .hcl .sh .bash .mk .toml .just file definition .jenkinsfile".split())
_WORDS = re.compile(
    r"bake|akefile|\.mk|\.sh|\.bash|package\.json|ustfile|\.just|enkins|devcontainer|gitlab-ci|travis|drone|woodpecker|"
    r"cirrus|pipelines|buildspec|cloudbuild|askfile|fly|render|heroku|railway|captain|skaffold|goreleaser|action"
)
# Names that many folders have: looked at near the root and beside a Dockerfile, where they speak of it.
_COMMON = re.compile(r"(?:GNUm|M|m)akefile|.*\.mk|package\.json|.*\.(?:sh|bash)")
_TELLING = re.compile(r".*(?:build|docker|image|publish|release|deploy|push|container).*\.(?:sh|bash)", re.IGNORECASE)
_SPEAKING = (".toml", ".hcl", "bake.json", "skaffold.yaml")  # need not say «docker»
_HINTS = re.compile(
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
    entries = repository.entries(folder) or {}
    names = sorted(name for name, kind in entries.items() if kind == "file" and name.endswith(_ENDS))
    if "/" in folder and not any(map(is_dockerfile_name, entries)):
        names = [name for name in names if not _COMMON.fullmatch(name) or _TELLING.fullmatch(name)]
    uses = list(compose_uses(repository, folder)) if any(map(is_compose_name, names)) else []
    known = names if folder.startswith(".") or "/." in folder else [name for name in names if _WORDS.search(name)]
    for name in known[:_FILES]:
        uses += _of_file(repository, posixpath.join(folder, name))
    return tuple(dict.fromkeys(use for use in uses if repository.root is None or repository.is_file(use.dockerfile)))


def _of_file(repository: BuildContext, path: str) -> Iterator[BuildUse]:
    match = _READ_BY.fullmatch(path)
    if match is None or match.lastgroup is None or repository.size(path) > _SIZE_LIMIT:
        return
    text = repository.text(path)
    if text is not None and (_HINTS.search(text) or path.endswith(_SPEAKING)):
        read = _READERS[int(match.lastgroup[1:])][1]
        yield from read(text, Scene(repository, path, posixpath.dirname(path)))


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
        replace(use, mounts=tuple(seen_from(mount, way) for mount in use.mounts)) for use in uses if use.context == way
    )
