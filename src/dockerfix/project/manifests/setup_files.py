"""What setup.py and setup.cfg say, read without running anything."""

from __future__ import annotations

import ast
import posixpath
import warnings
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import field
from typing import TYPE_CHECKING

from dockerfix.frozen import mutable
from dockerfix.memo import memoised_on
from dockerfix.project.formats.collector import collector_paused
from dockerfix.project.manifests.dependencies import Dependency, dependency, normal_name
from dockerfix.project.manifests.manifest import line_of

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["SetupFile", "parsed", "setup_file"]

_VCS_MODULES = ("versioneer", "setuptools_scm")
_VCS_ARGUMENTS = {
    "use_scm_version": "setuptools-scm",
    "pbr": "pbr",
    "setuptools_git_versioning": "setuptools-git-versioning",
}
_VCS_PACKAGES = frozenset({"setuptools-scm", "pbr", "versioneer", "setuptools-git-versioning"})


@mutable
class SetupFile:
    """A setup.py or setup.cfg, read.

    `requires_python` is PEP 440 text with its 1-based line; `named_files` are the files of the context that it
    names (a README read for the description, a requirements file); `version_from_vcs` names the tool that works
    the version out from `.git`; `extension_line` is the 1-based line where extension modules are asked for.
    `complete` is False where the dependencies are computed.
    """

    path: str
    problem: str | None = None
    requires_python: str | None = None
    requires_python_line: int | None = None
    dependencies: list[Dependency] = field(default_factory=list)
    named_files: tuple[str, ...] = ()
    version_from_vcs: str | None = None
    classifiers: tuple[str, ...] = ()
    extension_line: int | None = None
    complete: bool = True


def parsed(source: str | bytes) -> ast.Module | None:
    """The syntax tree of Python source; None where no Python 3 can parse it. What the parser warns of is not told.

    The answer is the same on every Python that runs dockerfix: what is too new for this one is read by libcst.
    """
    with warnings.catch_warnings(), collector_paused():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError:
            from dockerfix.project.formats.python_syntax import parsed_as_older

            return parsed_as_older(source)
        except (ValueError, RecursionError, MemoryError):
            return None


@memoised_on("code")
def setup_file(context: BuildContext, path: str) -> SetupFile:
    """A setup.py or setup.cfg of the context.

    Source: setuptools, "Keywords" and "Configuring setuptools using setup.cfg files".
    """
    if path.endswith(".cfg"):
        return _setup_cfg(context, path)
    tree = parsed(context.read(path) or b"")
    if tree is None:
        return SetupFile(path, problem=f"{path} cannot be parsed")
    return _SetupPy(context, path, tree).read()


class _SetupPy:
    def __init__(self, context: BuildContext, path: str, tree: ast.Module) -> None:
        self.context, self.path, self.tree = context, path, tree
        self.constants = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self.found = SetupFile(path, named_files=tuple(self._named_files()), version_from_vcs=self._imported_vcs())

    def read(self) -> SetupFile:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _called(node.func) == "setup":
                for keyword in node.keywords:
                    self._keyword(keyword)
        return self.found

    def _keyword(self, keyword: ast.keyword) -> None:
        name, value = keyword.arg, self._value(keyword.value)
        if name is None:
            self.found.complete = False
        elif name == "python_requires" and isinstance(value, str):
            self.found.requires_python, self.found.requires_python_line = value, keyword.value.lineno
        elif name in {"install_requires", "setup_requires"}:
            self._requirements(value, "run" if name == "install_requires" else "build", keyword.value.lineno)
        elif name == "extras_require":
            for extra in value.values() if isinstance(value, dict) else ():
                self._requirements(extra, "optional", keyword.value.lineno)
        elif name in {"ext_modules", "cffi_modules", "rust_extensions"}:
            self.found.extension_line = keyword.value.lineno
        elif name == "classifiers" and isinstance(value, list):
            self.found.classifiers = tuple(one for one in value if isinstance(one, str))
        elif name in _VCS_ARGUMENTS and value is not False:
            self.found.version_from_vcs = _VCS_ARGUMENTS[name]

    def _requirements(self, value: object, use: str, line: int) -> None:
        if not isinstance(value, list | tuple):
            self.found.complete = False
            return
        for text in value:
            read = dependency(text, self.path, line, use) if isinstance(text, str) else None
            if read is not None:
                self.found.dependencies.append(read)
                if read.name in _VCS_PACKAGES and use == "build":
                    self.found.version_from_vcs = read.name

    def _value(self, node: ast.expr) -> object:
        node = self.constants.get(node.id, node) if isinstance(node, ast.Name) else node
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, RecursionError):
            return None

    def _imported_vcs(self) -> str | None:
        for node in ast.walk(self.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name in _VCS_MODULES:
                    return normal_name(name)
        return None

    def _named_files(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 200:
                yield from _files_below(self.context, self.path, node.value)


def _files_below(context: BuildContext, manifest: str, *names: str) -> Iterator[str]:
    for name in names:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(manifest), name))
        if "\n" not in name and not path.startswith(("..", "/")) and context.is_file(path):
            yield path


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _setup_cfg(context: BuildContext, path: str) -> SetupFile:
    text = context.text(path) or ""
    config = ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except ConfigError:
        return SetupFile(path, problem=f"{path} is no valid INI file")
    requires = config.get("options", "python_requires", fallback=None)
    return SetupFile(
        path=path,
        requires_python=requires,
        requires_python_line=line_of(text, "python_requires") if requires else None,
        dependencies=list(_cfg_dependencies(config, path, text)),
        named_files=tuple(_cfg_files(config, context, path)),
        version_from_vcs=_cfg_vcs(config),
        classifiers=tuple(_entries(config.get("metadata", "classifiers", fallback=""))),
    )


def _cfg_dependencies(config: ConfigParser, path: str, text: str) -> Iterator[Dependency]:
    listed = [("run", config.get("options", "install_requires", fallback=""))]
    if config.has_section("options.extras_require"):
        listed += [("optional", value) for _, value in config.items("options.extras_require")]
    for use, value in listed:
        for entry in _entries(value):
            read = dependency(entry, path, line_of(text, entry), use)
            if read is not None and not entry.startswith("file:"):
                yield read


def _cfg_files(config: ConfigParser, context: BuildContext, path: str) -> Iterator[str]:
    for section, key in (("metadata", "long_description"), ("metadata", "version"), ("options", "install_requires")):
        value = config.get(section, key, fallback="")
        if value.strip().startswith("file:"):
            names = [name.strip() for name in value.strip()[5:].replace("\n", ",").split(",")]
            yield from _files_below(context, path, *filter(None, names))
    for key in ("license_file", "license_files"):
        names = [name.strip() for name in config.get("metadata", key, fallback="").replace(",", "\n").split("\n")]
        yield from _files_below(context, path, *filter(None, names))


def _cfg_vcs(config: ConfigParser) -> str | None:
    if config.has_section("versioneer"):
        return "versioneer"
    setup_requires = _entries(config.get("options", "setup_requires", fallback=""))
    names = [read.name for entry in setup_requires if (read := dependency(entry, ""))]
    found = next((name for name in names if name in _VCS_PACKAGES), None)
    return found or ("pbr" if config.has_section("pbr") else None)


def _entries(value: str) -> list[str]:
    """The lines of a setup.cfg list; a `;` belongs to a marker."""
    return [line.strip() for line in value.splitlines() if line.strip() and not line.strip().startswith("#")]
