"""Files that building or installing the project reads, so that an ignore file must not hide them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.manifests.manifest import line_of
from dockerfix.project.manifests.pyproject import Pyproject
from dockerfix.project.manifests.python_project import PythonProject, python_project
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["Need", "manifest_needs"]

_SPECIAL = regex(r"[*?\[]")


@frozen
class Need:
    """A file or folder of the context that an install needs.

    `kind` is `manifest`, `requirements`, `readme`, `license`, `data`, `local` (a project or archive installed from
    a path) or `vcs` (`.git`, which may not be in the context). `source` and the 1-based `line` say which manifest
    names it.
    """

    path: str
    kind: str
    because: str
    source: str
    line: int | None = None


def manifest_needs(context: BuildContext) -> tuple[Need, ...]:
    """What the manifests need, each path once, sorted.

    Everything that any manifest of the context names is listed, whether or not the Dockerfile installs from it.
    """
    return _manifest_needs(context.without_dockerfile)


@memoised
def _manifest_needs(context: BuildContext) -> tuple[Need, ...]:
    project = python_project(context)
    needs: dict[str, Need] = {}
    for need in _needs(context, project):
        # the root itself ("-e .") names no file that could be hidden
        inside = need.path and not need.path.startswith(("..", "/"))
        if inside and (need.kind == "vcs" or context.is_file(need.path) or context.is_folder(need.path)):
            needs.setdefault(need.path, need)
    return tuple(needs[path] for path in sorted(needs))


def _needs(context: BuildContext, project: PythonProject) -> Iterator[Need]:
    yield from _of_requirements(project)
    for manifest in project.manifests:
        yield Need(manifest.path, "manifest", f"{manifest.path} is a manifest", manifest.path)
    for one in project.pyprojects:
        if one.is_project:
            yield from _of_pyproject(context, one)
    for setup in project.setup_files:
        for path in setup.named_files:
            line = _line(context, setup.path, path)
            yield Need(path, _file_kind(path), f"{setup.path} reads {path}", setup.path, line)
        if setup.version_from_vcs:
            yield _vcs(setup.path, setup.version_from_vcs)
        manifest_in = posixpath.join(posixpath.dirname(setup.path), "MANIFEST.in")
        yield Need(manifest_in, "data", f"{manifest_in} says what belongs to the package", manifest_in)
    for lock in project.lock_files:
        for text in lock.local_paths:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(lock.path), text))
            if path != posixpath.dirname(lock.path) and path != ".":
                yield Need(path, "local", f"{lock.path} installs {text}", lock.path)


def _of_requirements(project: PythonProject) -> Iterator[Need]:
    for file in project.requirements:
        for include in file.includes:
            if include.path is not None:
                because = f"{file.path} includes {include.path}"
                yield Need(include.path, "requirements", because, file.path, include.line)
        for local in file.local_paths:
            if local.path:
                yield Need(local.path, "local", f"{file.path} installs {local.text}", file.path, local.line)


def _of_pyproject(context: BuildContext, one: Pyproject) -> Iterator[Need]:
    listed = {"readme": one.readme, "license": one.license_files, "data": one.data_files, "local": one.local_paths}
    for kind, patterns in listed.items():
        for pattern in patterns:
            for path in _matches(context, pattern):
                line = _line(context, one.path, posixpath.basename(pattern))
                yield Need(path, kind, f"{one.path} names {path}", one.path, line)
    for path in _conventional_licenses(context, one.folder):
        yield Need(path, "license", f"the build backend of {one.path} packs {path}", one.path)
    if one.version_from_vcs:
        yield _vcs(one.path, one.version_from_vcs)


def _conventional_licenses(context: BuildContext, folder: str) -> Iterator[str]:
    """Source: setuptools and hatchling pack `LICEN[CS]E*`, `COPYING*`, `NOTICE*`, `AUTHORS*` when nothing is said."""
    for pattern in ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"):
        matches = _matches(context, posixpath.join(folder, pattern))
        yield from (path for path in matches if context.is_file(path))


def _vcs(manifest: str, tool: str) -> Need:
    return Need(".git", "vcs", f"{tool} works the version out from .git", manifest)


def _matches(context: BuildContext, pattern: str) -> Iterator[str]:
    if not _SPECIAL.search(pattern):
        yield pattern
        return
    depth = pattern.count("/")
    for path in own_paths(context):
        parts = path.split("/")
        if fnmatchcase(path, pattern) and ("**" in pattern or len(parts) == depth + 1):
            yield path
        elif len(parts) > depth + 1 and fnmatchcase(above := "/".join(parts[: depth + 1]), pattern):
            yield above


def _file_kind(path: str) -> str:
    name = posixpath.basename(path).lower()
    if name.startswith("readme"):
        return "readme"
    return "license" if name.startswith(("license", "licence", "copying")) else "data"


def _line(context: BuildContext, manifest: str, name: str) -> int | None:
    return line_of(context.text(manifest) or "", posixpath.basename(name))
