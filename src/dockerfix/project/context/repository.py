"""The repository around a build context, and the folders in it whose files may say how its Dockerfiles are built."""

from __future__ import annotations

import os
from pathlib import Path

from dockerfix import looks
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.discovery import FOREIGN_FOLDERS

__all__ = ["build_folders", "context_at", "forget_repositories", "repository_of", "repository_root", "share_repository"]

_MARKS = (".git", ".hg", ".jj")
_LEVELS = 3  # folders below the root in which files are looked at
_FOLDERS = 3_000  # at most, the nearest first

_SHARED: dict[str, BuildContext] = {}


def repository_root(place: Path) -> Path | None:
    """The nearest folder at or above a place that is the root of a Git, Mercurial or Jujutsu repository."""
    start = Path(os.path.abspath(place))
    return next((folder for folder in (start, *start.parents) if _is_marked(folder)), None)


def _is_marked(folder: Path) -> bool:
    return any(_stands(os.path.join(folder, mark)) for mark in _MARKS)


def _stands(place: str) -> bool:
    try:
        looks.lstat(place)
    except (OSError, ValueError):
        return False
    return True


def share_repository(root: Path) -> BuildContext:
    """The files of a repository, read once for all build contexts in it until `forget_repositories`.

    The root need not have the marks of a repository: contexts below it, and below no marked folder, belong to it.
    """
    place = os.path.abspath(root)
    if place not in _SHARED:
        _SHARED[place] = BuildContext.at(Path(place))
    return _SHARED[place]


def context_at(root: Path) -> BuildContext:
    """The files below a folder; where it is the root of a shared repository, the same ones, listed once for both."""
    return _SHARED.get(os.path.abspath(root)) or BuildContext.at(root)


def forget_repositories() -> None:
    """Look at the files anew: what was shared may be out of date."""
    _SHARED.clear()


def repository_of(context: BuildContext) -> tuple[BuildContext, str]:
    """The repository that a build context belongs to, and the path of the context in it ("" for its root).

    Without one around it, and for a context in memory, the context itself.
    """
    return _repository_of(context.without_dockerfile)


@memoised
def _repository_of(context: BuildContext) -> tuple[BuildContext, str]:
    if context.root is None:
        return context, ""
    start = Path(os.path.abspath(context.root))
    root = repository_root(start)
    if root is None:
        root = next((folder for folder in (start, *start.parents) if str(folder) in _SHARED), start)
    way = start.relative_to(root).as_posix()
    if str(root) in _SHARED:
        return _SHARED[str(root)], "" if way == "." else way
    return (context, "") if way == "." else (BuildContext.at(root), way)


@memoised
def build_folders(repository: BuildContext) -> tuple[str, ...]:
    """The folders whose files are looked at: the root and three levels below it, the nearest first, then by name.

    Not: version control, virtual environments, caches, what package managers put there. A symlink is not followed.
    """
    found = [""]
    level = [""]
    for _ in range(_LEVELS):
        level = [path for folder in level for path in _folders_in(repository, folder)]
        found += level[: _FOLDERS - len(found)]
        if len(found) >= _FOLDERS:
            break
    return tuple(found)


def _folders_in(repository: BuildContext, folder: str) -> list[str]:
    entries = repository.entries(folder) or {}
    names = sorted(name for name, kind in entries.items() if kind == "folder" and name not in FOREIGN_FOLDERS)
    return [f"{folder}/{name}" if folder else name for name in names]
