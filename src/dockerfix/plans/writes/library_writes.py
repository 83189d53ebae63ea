"""Which libraries run when an image is started: those of which it is known what they write, and the others."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterable, Iterator

from dockerfix.memo import memoised_on
from dockerfix.plans.writes.written import Writes, Written
from dockerfix.programs.python_start import installed_module, is_python
from dockerfix.programs.starts import Program
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.javascript.facts import JavaScriptFacts
from dockerfix.project.javascript.modules import ENDINGS
from dockerfix.project.javascript.names import is_built_in, package_of
from dockerfix.project.known.libraries import Library, javascript_libraries, python_libraries
from dockerfix.project.manifests.dependencies import normal_name
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.manifests.python_project import python_project
from dockerfix.project.python.facts import Import, ModuleFacts
from dockerfix.project.python.imports import resolved
from dockerfix.project.releases.python_packages import package_facts

__all__ = [
    "importable_names",
    "modules_used",
    "note_javascript_libraries",
    "note_library",
    "note_program_library",
    "note_python_libraries",
]

_SETTINGS = (".ini", ".cfg", ".conf", ".toml", ".yaml", ".yml", ".json")
# How settings of TypeScript, of bundlers and of Node itself ("imports") mark a folder of the project.
_ALIASES = ("@/", "~", "#", "$", "%")


def modules_used(context: BuildContext, modules: Iterable[ModuleFacts]) -> Iterator[tuple[str, str]]:
    """What the modules import and the context does not hold: the dotted name, and where ("main.py:3").

    A module that is absent counts too: nothing says what it will be. One that is neither there nor needed is no
    such thing: a relative import that a `try` guards.
    """
    seen: dict[tuple[object, ...], tuple[str, ...]] = {}  # modules of one folder find the same
    for module in modules:
        for one in module.imports:
            key = (posixpath.dirname(module.path), one.module, one.level, one.names, one.required)
            if key not in seen:
                seen[key] = tuple(_absent(context, module.path, one))
            for name in seen[key]:
                yield name, f"{module.path}:{one.line}"
        for name, line in module.plugins:
            if not _is_own(context, module.path, name):
                yield name, f"{module.path}:{line}"


def _absent(context: BuildContext, path: str, one: Import) -> Iterator[str]:
    if resolved(context, path, one.module, one.level):
        return
    if one.level:
        names = [one.module] if one.module else list(one.names)
        yield from (name for name in names if one.required and not resolved(context, path, name, one.level))
        return
    for name in one.names:
        inner = f"{one.module}.{name}"
        if not resolved(context, path, inner):
            yield one.module if name == "*" else inner
    if not one.names:
        yield one.module


def _is_own(context: BuildContext, path: str, dotted: str) -> bool:
    """Whether a dotted name begins with a module of the project; what stands behind may be a class."""
    parts = dotted.split(".")
    return any(resolved(context, path, ".".join(parts[:end])) for end in range(1, len(parts) + 1))


def importable_names(files: Iterable[str], folders: Iterable[str]) -> frozenset[str]:
    """The first parts of the names under which Python finds modules of the image.

    Args:
        files: image paths.
        folders: where Python looks.
    """
    found: set[str] = set()
    tops = {folder.rstrip("/") + "/" for folder in folders}
    for place in files:
        if place.endswith(".py"):
            found |= {place[len(top) :].partition("/")[0].removesuffix(".py") for top in tops if place.startswith(top)}
    return frozenset(found)


def note_python_libraries(
    used_names: Iterable[tuple[str, str]], workdirs: Iterable[str | None], found: Writes
) -> frozenset[str]:
    """Add the libraries that Python modules use.

    Args:
        used_names: dotted names of modules, and where each is imported.
    Returns:
        The names of the records that speak for them.
    """
    folders = [folder for folder in workdirs if folder]
    used: set[str] = set()
    for name, where in used_names:
        record = python_libraries().of(name)
        if record is not None:
            used.add(record.name)
            note_library(record, where, folders, found)
        elif not _is_standard(name):
            found.unknown.setdefault(_shown(name), where)
    return frozenset(used)


def _shown(name: str) -> str:
    """The name of an unknown module for people: its first part, but for those that many packages share (`google`)."""
    top, _, rest = name.partition(".")
    shared = any(other.startswith(f"{top}.") for other in python_libraries().records)
    return ".".join([top, *rest.split(".")[:2]]) if shared and rest else top


def _is_standard(name: str) -> bool:
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or top in package_facts().removed_modules


def note_javascript_libraries(
    context: BuildContext, modules: Iterable[JavaScriptFacts], workdirs: Iterable[str | None], found: Writes
) -> None:
    """Add the packages that JavaScript modules import."""
    folders = [folder for folder in workdirs if folder]
    own = _own_packages(context)
    for module in modules:
        for name, line in module.imports:
            where = f"{module.path}:{line}"
            record = javascript_libraries().of(name)
            package = package_of(name)
            if record is not None and package not in own:
                note_library(record, where, folders, found, package)
                if record.starts:
                    found.doubts.note(where, f"uses {package}, which starts {record.starts}")
                if record.home:
                    found.home.append(f"{where} ({package})")
            elif not (name.startswith((".", "/")) or is_built_in(name) or _is_alias(context, name, own)):
                found.unknown.setdefault(package, where)


@memoised_on("code")
def _own_packages(context: BuildContext) -> frozenset[str]:
    """The names of the project's own packages, those of a workspace among them."""
    paths = [path for path in own_paths(context) if path.rpartition("/")[2] == "package.json"]
    said = [package_json(context, path).data.get("name") for path in paths]
    return frozenset(name for name in said if isinstance(name, str))


def _is_alias(context: BuildContext, name: str, own: frozenset[str]) -> bool:
    """Whether an import is of the project itself: a member, or a name that its settings give to a folder of it."""
    if package_of(name) in own or name.startswith(_ALIASES):
        return True
    if package_of(name) in _installed(context):
        return False
    first = name.partition("/")[0]
    return any(
        context.is_folder(posixpath.join(folder, first)) or _has_module(context, posixpath.join(folder, first))
        for folder in ("", "src", "app")
    )


def _has_module(context: BuildContext, stem: str) -> bool:
    return any(context.is_file(stem + ending) for ending in ENDINGS)


def note_library(record: Library, where: str, folders: Iterable[str], found: Writes, package: str = "") -> None:
    """Add a library of which it is known what it writes by itself.

    Args:
        folders: the working directories.
        package: its name, where the record is one of several.
    """
    if record.package in {"python", "node"}:
        return
    name = package or record.package
    found.known.add(name)
    if record.writes == "elsewhere":
        found.doubts.note(where, f"uses {name}, whose settings say where it writes")
    elif record.writes == "here":
        for folder in folders:
            place = Written(posixpath.normpath(posixpath.join(folder, record.folder)), where, is_folder=True)
            if all(one.path != place.path for one in found.places):
                found.places.append(place)


def note_program_library(program: Program, context: BuildContext, found: Writes) -> bool:
    """Add the library that a started program belongs to; False for a program of which it is not known what it runs.

    Programs of npm without a record mostly run code of the project that is not read (`next`, `nest`, `vite`).
    """
    name = installed_module(program) if is_python(program) else program.name
    if name is None or program.file is not None:
        return False
    record = _program_record(name, is_module=is_python(program))
    if record is not None:
        note_library(record, program.place, [program.workdir] if program.workdir else [], found)
        if record.home:
            found.home.append(f"{program.place} ({record.package})")
        return True
    if normal_name(name) not in python_project(context).names or _names_a_place_elsewhere(program, context):
        return False
    found.unknown.setdefault(name, program.place)
    return True


def _program_record(name: str, *, is_module: bool) -> Library | None:
    """The record of a program; a module that Python runs goes by its own name."""
    started = python_libraries().started_by(name) or javascript_libraries().started_by(name)
    return started or (python_libraries().of(name.replace("-", "_")) if is_module else None)


@memoised_on("code")
def _installed(context: BuildContext) -> frozenset[str]:
    """The packages of npm that the project asks for."""
    paths = [path for path in own_paths(context) if path.rpartition("/")[2] == "package.json"]
    return frozenset(name for path in paths for name in package_json(context, path).dependencies)


def _names_a_place_elsewhere(program: Program, context: BuildContext) -> bool:
    """Whether an argument is unknown, names a place outside the working directory, or settings that may name one."""
    below = f"{program.workdir or ''}/"
    for value in program.argv[1:]:
        path = (value or "").rpartition("=")[2]
        if value is None or (path.startswith("/") and not f"{path}/".startswith(below)):
            return True
        if path.endswith(_SETTINGS) and context.is_file(posixpath.normpath(path)):
            return True
    return program.workdir is None
