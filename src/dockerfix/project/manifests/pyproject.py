"""What a pyproject.toml says of the project: build backend, dependencies, files that the build reads."""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dockerfix.frozen import mutable
from dockerfix.memo import memoised_on
from dockerfix.project.manifests.dependencies import Dependency, dependency, normal_name
from dockerfix.project.manifests.manifest import line_of
from dockerfix.project.manifests.poetry import poetry_dependencies

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["Pyproject", "pyproject", "strings", "table", "toml"]

_VERSION_FROM_VCS = frozenset(
    "setuptools-scm setuptools-git-versioning hatch-vcs versioningit pbr versioneer poetry-dynamic-versioning "
    "uv-dynamic-versioning flit-scm dunamai setuptools-vcs-versioning".split()
)
_BUILD_TOOLS = ("poetry", "pdm", "uv", "hatch", "setuptools", "flit", "maturin", "scikit-build", "meson-python")


@mutable
class Pyproject:
    """A pyproject.toml, read.

    Paths are context paths, "" for the root; those that leave the context start with `..`. `license_files` and
    `local_paths` may hold wildcards. `backend` is None where `[build-system]` names none (pip then takes setuptools).
    `version_from_vcs` names the tool that works the version out from `.git`. `problem` is set, and nothing else,
    for a file that is no TOML.
    """

    path: str
    problem: str | None = None
    name: str | None = None
    backend: str | None = None
    requires_python: str | None = None
    dynamic: tuple[str, ...] = ()
    dependencies: list[Dependency] = field(default_factory=list)
    tools: frozenset[str] = frozenset()
    version_from_vcs: str | None = None
    readme: tuple[str, ...] = ()
    license_files: tuple[str, ...] = ()
    data_files: tuple[str, ...] = ()
    local_paths: tuple[str, ...] = ()
    git_dependencies: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder it stands in, "" for the root."""
        return posixpath.dirname(self.path)

    @property
    def is_project(self) -> bool:
        """Whether it describes something to install, not just the settings of tools."""
        return self.name is not None or self.backend is not None or bool(self.dependencies)


def toml(context: BuildContext, path: str) -> dict[str, Any] | None:
    """The content of a TOML file; None where it is not there or no TOML."""
    text = context.text(path)
    try:
        return None if text is None else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def table(data: object, *keys: str) -> dict[str, Any]:
    """The table below nested keys; an empty one where any is missing or no table."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return dict(data) if isinstance(data, Mapping) else {}


def strings(value: object) -> list[str]:
    """The strings of a value that may be one string, a list, or anything else."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


@memoised_on("code")
def pyproject(context: BuildContext, path: str) -> Pyproject:
    """A pyproject.toml of the context; a broken one has `problem` set.

    Source: the pyproject.toml specification (PEP 517, 518, 621, 639, 735); for the `[tool]` tables, the
    documentation of Poetry, uv, PDM, Hatch and setuptools.
    """
    data = toml(context, path)
    if data is None:
        return Pyproject(path, problem=f"{path} is no valid TOML")
    return _Reader(data, context.text(path) or "", path).pyproject()


class _Reader:
    def __init__(self, data: dict[str, Any], text: str, path: str) -> None:
        self.data, self.text, self.path = data, text, path
        self.project = table(data, "project")
        self.tool = table(data, "tool")
        self.poetry = table(self.tool, "poetry")

    def pyproject(self) -> Pyproject:
        backend = table(self.data, "build-system").get("build-backend")
        name = self.project.get("name", self.poetry.get("name"))
        requires = self.project.get("requires-python")
        poetry = poetry_dependencies(self.poetry, self.path, self.text)
        return Pyproject(
            path=self.path,
            name=name if isinstance(name, str) else None,
            backend=backend if isinstance(backend, str) else None,
            requires_python=requires if isinstance(requires, str) else poetry.python,
            dynamic=tuple(strings(self.project.get("dynamic"))),
            dependencies=[*self._dependencies(), *poetry.dependencies],
            tools=frozenset(name for name in _BUILD_TOOLS if name in self.tool),
            version_from_vcs=self._version_from_vcs(),
            readme=self._below(*self._readme()),
            license_files=self._below(*self._license_files()),
            data_files=self._below(*self._data_files()),
            local_paths=self._below(*self._local_paths(), *poetry.local_paths),
            git_dependencies=(*self._git_sources(), *poetry.git),
        )

    def _below(self, *paths: str) -> tuple[str, ...]:
        folder = posixpath.dirname(self.path)
        places = (posixpath.normpath(posixpath.join(folder, path)) for path in paths)
        return tuple(dict.fromkeys("" if place == "." else place for place in places))

    def _dependencies(self) -> Iterator[Dependency]:
        yield from self._read(self.project.get("dependencies"), "run")
        for requirements in table(self.project, "optional-dependencies").values():
            yield from self._read(requirements, "optional")
        for requirements in table(self.data, "dependency-groups").values():
            yield from self._read(requirements, "development")
        for requirements in table(self.tool, "pdm", "dev-dependencies").values():
            yield from self._read(requirements, "development")
        yield from self._read(table(self.tool, "uv").get("dev-dependencies"), "development")
        yield from self._read(table(self.data, "build-system").get("requires"), "build")

    def _read(self, requirements: object, use: str) -> Iterator[Dependency]:
        for text in strings(requirements):
            read = dependency(text, self.path, line_of(self.text, text), use)
            if read is not None and not text.startswith("-e"):
                yield read

    def _version_from_vcs(self) -> str | None:
        names = [normal_name(name) for name in self.tool]
        names += [one.name for one in self._read(table(self.data, "build-system").get("requires"), "build")]
        if found := next((name for name in names if name in _VERSION_FROM_VCS), None):
            return found
        if table(self.tool, "hatch", "version").get("source") == "vcs":
            return "hatch-vcs"
        return "pdm" if table(self.tool, "pdm", "version").get("source") == "scm" else None

    def _readme(self) -> Iterator[str]:
        readme = self.project.get("readme")
        yield from strings(table(readme).get("file") if isinstance(readme, Mapping) else readme)
        yield from strings(self.poetry.get("readme"))
        yield from _file_entries(table(self.tool, "setuptools", "dynamic").get("readme"))
        fragments = table(self.tool, "hatch", "metadata", "hooks", "fancy-pypi-readme").get("fragments")
        for fragment in fragments if isinstance(fragments, list) else ():
            yield from strings(table(fragment).get("path"))

    def _license_files(self) -> Iterator[str]:
        yield from strings(table(self.project, "license").get("file"))
        files = self.project.get("license-files")
        yield from strings(files)
        yield from strings(table(files).get("paths"))
        yield from strings(table(files).get("globs"))
        yield from strings(table(self.tool, "setuptools").get("license-files"))

    def _data_files(self) -> Iterator[str]:
        """Files that the build reads for a dynamic field, a version, or puts into the wheel."""
        for value in table(self.tool, "setuptools", "dynamic").values():
            yield from _file_entries(value)
        yield from strings(table(self.tool, "hatch", "version").get("path"))
        yield from strings(table(self.tool, "hatch", "metadata", "hooks", "requirements_txt").get("files"))
        yield from table(self.tool, "hatch", "build", "targets", "wheel", "force-include")
        yield from strings(table(self.tool, "pdm", "version").get("path"))
        for value in table(self.tool, "setuptools", "data-files").values():
            yield from strings(value)

    def _local_paths(self) -> Iterator[str]:
        for source in table(self.tool, "uv", "sources").values():
            yield from strings(table(source).get("path"))
        yield from strings(table(self.tool, "uv", "workspace").get("members"))

    def _git_sources(self) -> Iterator[str]:
        for name, source in table(self.tool, "uv", "sources").items():
            if table(source).get("git"):
                yield normal_name(name)


def _file_entries(value: object) -> list[str]:
    return strings(table(value).get("file"))
