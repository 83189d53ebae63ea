"""Imports resolved to files of the context."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dockerfix.memo import memoised_on
from dockerfix.project.manifests.manifest import manifests

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["resolved"]


def resolved(context: BuildContext, importer: str, module: str, level: int = 0) -> tuple[str, ...]:
    """The files that a dotted module name may stand for, packages' `__init__.py` on the way included.

    Args:
        importer: the file that imports, `module` the name as written, `level` its leading dots.
    Returns:
        Files of the context. What the name is relative to when the app runs is not known, so for an absolute
        import each folder from the importer's up to the root is tried, the nearest first, and `src`; then the
        folder of each project of the context. Empty for what is installed.
    """
    return _resolved(context, posixpath.dirname(importer), module, level)


@memoised_on("code")
def _resolved(context: BuildContext, folder: str, module: str, level: int) -> tuple[str, ...]:
    """As `resolved`, for all modules of a folder."""
    if level:
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        return _below(context, folder, module)
    for base in (*_upwards(folder), "src", *_project_folders(context)):
        if found := _below(context, base, module):
            return found
    return ()


@memoised_on("code")
def _project_folders(context: BuildContext) -> tuple[str, ...]:
    """The folders of the projects in a monorepo, which install or path settings make known to each other."""
    folders = [one.folder for one in manifests(context) if one.kind in ("pyproject", "setup.py", "setup.cfg")]
    return tuple(dict.fromkeys(place for folder in folders for place in (folder, posixpath.join(folder, "src"))))


def _upwards(folder: str) -> tuple[str, ...]:
    parts = folder.split("/") if folder else []
    return tuple("/".join(parts[:end]) for end in range(len(parts), -1, -1))


def _below(context: BuildContext, folder: str, module: str) -> tuple[str, ...]:
    files: list[str] = []
    place = folder
    parts = module.split(".") if module else []
    if not parts:
        initial = posixpath.join(folder, "__init__.py")
        return (initial,) if context.is_file(initial) else ()
    for at, part in enumerate(parts):
        place = posixpath.join(place, part)
        if context.is_file(f"{place}.py"):
            return (*files, f"{place}.py") if at == len(parts) - 1 else ()
        if not context.is_folder(place):
            return ()
        if context.is_file(f"{place}/__init__.py"):
            files.append(f"{place}/__init__.py")
    return tuple(files) if files else _namespace(context, place)


def _namespace(context: BuildContext, folder: str) -> tuple[str, ...]:
    """A folder without `__init__.py` is a namespace package: its modules may be imported from it."""
    return (folder,) if any(name.endswith(".py") for name in context.entries(folder) or ()) else ()
