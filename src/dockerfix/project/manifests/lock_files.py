"""Pipfile and the lock files of Pipenv, Poetry, uv and PDM: versions that an install would take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dockerfix.frozen import mutable
from dockerfix.memo import memoised_on
from dockerfix.project.manifests.dependencies import Dependency, normal_name
from dockerfix.project.manifests.manifest import line_of
from dockerfix.project.manifests.poetry import pep440
from dockerfix.project.manifests.pyproject import strings, table, toml

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["LockFile", "lock_file", "pipfile"]


@mutable
class LockFile:
    """What a lock file, or a Pipfile, fixes.

    `requires_python` is PEP 440 text, `python_line` its 1-based line; `python_version` is what a Pipfile's
    `[requires]` names. `local_paths` are paths of the project as written, `git` names of dependencies from git.
    """

    path: str
    problem: str | None = None
    requires_python: str | None = None
    python_version: str | None = None
    python_line: int | None = None
    dependencies: list[Dependency] = field(default_factory=list)
    local_paths: list[str] = field(default_factory=list)
    git: list[str] = field(default_factory=list)


@memoised_on("code")
def lock_file(context: BuildContext, path: str, kind: str) -> LockFile:
    """A lock file of the context.

    Args:
        kind: as `Manifest.kind`: `poetry-lock`, `uv-lock`, `pdm-lock` or `pipfile-lock`; or `pylock`.
    Source: the files' own formats, as Poetry 1–2, uv 0.x, PDM 2 and Pipenv write them; the pylock.toml specification.
    """
    if kind == "pipfile-lock":
        return _pipfile_lock(context, path)
    data = toml(context, path)
    if data is None:
        return LockFile(path, problem=f"{path} is no valid TOML")
    found = LockFile(path)
    found.requires_python = _locked_python(data)
    if found.requires_python:
        names = ("python-versions", "requires-python", "requires_python")
        text = context.text(path) or ""
        lines = (line_of(text, name) for name in names) if kind != "poetry-lock" else (_last_line(text, names[0]),)
        found.python_line = next((line for line in lines if line), None)
    if kind == "pylock":
        _pylock(found, data)
    packages = data.get("package")
    for package in packages if isinstance(packages, list) else ():
        _locked(found, table(package))
    return found


def _locked_python(data: dict[str, Any]) -> str | None:
    metadata = table(data, "metadata")
    for value in (data.get("requires-python"), metadata.get("python-versions"), metadata.get("requires_python")):
        if isinstance(value, str) and value != "*":
            return pep440(value)
    return None


def _last_line(text: str, fragment: str) -> int | None:
    """poetry.lock has such a line for each package, and the project's own in the last table."""
    numbers = [number for number, line in enumerate(text.splitlines(), start=1) if line.startswith(fragment)]
    return numbers[-1] if numbers else None


def _locked(found: LockFile, package: dict[str, Any]) -> None:
    name, version, source = package.get("name"), package.get("version"), table(package, "source")
    if not isinstance(name, str):
        return
    for key in ("editable", "virtual", "directory", "path"):
        found.local_paths += strings(source.get(key))
    if source.get("type") in {"directory", "file"}:
        found.local_paths += strings(source.get("url"))
    if source.get("type") == "git" or source.get("git"):
        found.git.append(normal_name(name))
    # PDM marks local and git packages in the package itself
    found.local_paths += strings(package.get("path"))
    if package.get("git"):
        found.git.append(normal_name(name))
    use = "development" if package.get("category") == "dev" or package.get("groups") == ["dev"] else "locked"
    if isinstance(version, str):
        found.dependencies.append(Dependency(normal_name(name), f"=={version}", found.path, None, use=use))


def _pylock(found: LockFile, data: dict[str, Any]) -> None:
    packages = data.get("packages")
    for package in packages if isinstance(packages, list) else ():
        wheels = table(package).get("wheels")
        sources = [table(package, kind) for kind in ("directory", "archive", "sdist")]
        sources += [table(wheel) for wheel in wheels] if isinstance(wheels, list) else []
        found.local_paths += [path for source in sources for path in strings(source.get("path"))]


def _pipfile_lock(context: BuildContext, path: str) -> LockFile:
    text = context.text(path) or ""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return LockFile(path, problem=f"{path} is no valid JSON")
    found = LockFile(path)
    _pipenv_requires(found, table(data, "_meta", "requires"), text)
    for section, use in (("default", "locked"), ("develop", "development")):
        _pipenv_packages(found, table(data, section), use, text)
    return found


@memoised_on("code")
def pipfile(context: BuildContext, path: str) -> LockFile:
    """A Pipfile of the context. Source: Pipenv, "Pipfile & Pipfile.lock"."""
    data = toml(context, path)
    if data is None:
        return LockFile(path, problem=f"{path} is no valid TOML")
    found, text = LockFile(path), context.text(path) or ""
    _pipenv_requires(found, table(data, "requires"), text)
    for section, use in (("packages", "run"), ("dev-packages", "development")):
        _pipenv_packages(found, table(data, section), use, text)
    return found


def _pipenv_requires(found: LockFile, requires: dict[str, Any], text: str) -> None:
    for key in ("python_full_version", "python_version"):
        value = requires.get(key)
        if isinstance(value, str):
            found.python_version, found.python_line = value, line_of(text, key, value)
            return


def _pipenv_packages(found: LockFile, packages: dict[str, Any], use: str, text: str) -> None:
    for name, value in packages.items():
        fields: Mapping[str, Any] = value if isinstance(value, Mapping) else {"version": value}
        for key in ("path", "file"):
            found.local_paths += [one for one in strings(fields.get(key)) if ":" not in one]
        if fields.get("git"):
            found.git.append(normal_name(name))
        version, marker = fields.get("version"), fields.get("markers")
        specifier = version if isinstance(version, str) and version != "*" else ""
        line = line_of(text, f'"{name}"') or line_of(text, name, "=")
        found.dependencies.append(
            Dependency(
                name=normal_name(name),
                specifier=specifier,
                path=found.path,
                line=line,
                extras=tuple(sorted(strings(fields.get("extras")))),
                marker=marker if isinstance(marker, str) else "",
                use=use,
            )
        )
