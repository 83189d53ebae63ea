"""What keeps a project from Python's slim images: compilers, libraries and commands that only the full ones have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.dependencies import Dependency, applies_on
from dockerfix.project.python_packages import has_wheel, package_facts
from dockerfix.project.python_project import python_project
from dockerfix.project.python_sources import python_sources
from dockerfix.project.python_version import near_dependencies, python_minor

if TYPE_CHECKING:
    from dockerfix.project.context import BuildContext

__all__ = ["SlimBlocker", "dependency_blocker", "slim_blockers"]


@frozen
class SlimBlocker:
    """One thing that a slim image lacks.

    `kind` is `build` (pip must compile), `library` (loaded at run time), `git` (pip or the build runs it) or `command`
    (the code runs it). `where` is the file and 1-based line that asks for it. `needs` are Debian packages with which a
    slim image would do; empty where they are not known.
    """

    name: str
    kind: str
    because: str
    where: tuple[str, int | None]
    needs: tuple[str, ...] = ()


@memoised
def slim_blockers(context: BuildContext, minor: str | None = None) -> tuple[SlimBlocker, ...]:
    """All that the project needs and `python:X.Y-slim` lacks while `python:X.Y` has it.

    Args:
        minor: the Python version, which decides where wheels exist; None for the one `python_minor` gives.
    Returns:
        One entry for each need. None proves only that nothing *known* stands in the way: a package outside
        the data file may compile too.
    """
    chosen = minor or python_minor(context).minor
    found: dict[tuple[str, str], SlimBlocker] = {}
    for blocker in _blockers(context, chosen):
        found.setdefault((blocker.name, blocker.kind), blocker)
    return tuple(found.values())


def _blockers(context: BuildContext, minor: str) -> Iterator[SlimBlocker]:
    dependencies = near_dependencies(context)
    names = frozenset(one.name for one in dependencies)
    for dependency in dependencies:
        applies = applies_on(dependency.marker, minor) is not False
        if applies and (found := dependency_blocker(dependency, minor, names)):
            yield found
    yield from _git_blockers(context)
    for setup in python_project(context).setup_files:
        if setup.extension_line is not None:
            yield SlimBlocker(
                "setup.py",
                "build",
                f"{setup.path} builds an extension module",
                (setup.path, setup.extension_line),
                ("gcc",),
            )
    yield from _commands(context)


def dependency_blocker(dependency: Dependency, minor: str, beside: frozenset[str] = frozenset()) -> SlimBlocker | None:
    """What one dependency needs that slim lacks; None where nothing is known.

    Args:
        minor: the Python version.
        beside: normalised names of all that is installed with it (`psycopg-binary` spares `psycopg` a library).
    """
    facts = package_facts()
    brought = facts.brings.get(dependency.name, dependency.name)
    if brought in facts.source_only:
        through = "" if brought == dependency.name else f" through {dependency.name}"
        because = f"{brought}{through} has no wheel for Linux, so pip compiles it"
        return SlimBlocker(brought, "build", because, dependency.where, tuple(facts.source_only[brought]))
    if has_wheel(dependency, minor) is False:
        because = f"{dependency.written} has no wheel for Python {minor}"
        if dependency.name in facts.wheel_only:
            return SlimBlocker(dependency.name, "build", because, dependency.where)
        return SlimBlocker(dependency.name, "build", f"{because}, so pip compiles it", dependency.where, ("gcc",))
    libraries = facts.shared_libraries.get(dependency.name)
    spared = facts.self_contained_extras.get(dependency.name, [])
    if libraries and not any(extra in dependency.extras or f"{dependency.name}-{extra}" in beside for extra in spared):
        because = f"{dependency.name} loads {libraries[0]} of the system"
        return SlimBlocker(dependency.name, "library", because, dependency.where, tuple(libraries))
    return None


def _git_blockers(context: BuildContext) -> Iterator[SlimBlocker]:
    project = python_project(context)
    for file in project.requirements:
        for vcs in file.vcs:
            packages = {"hg": "mercurial", "svn": "subversion"}.get(vcs.tool, vcs.tool)
            because = f"{vcs.url} is fetched with {vcs.tool}"
            yield SlimBlocker(vcs.tool, "git", because, (vcs.source, vcs.line), (packages,))
    for one in project.pyprojects:
        for name in one.git_dependencies:
            yield SlimBlocker("git", "git", f"{name} is fetched with git", (one.path, None), ("git",))
        if one.version_from_vcs:
            yield SlimBlocker(
                "git", "git", f"{one.version_from_vcs} runs git for the version", (one.path, None), ("git",)
            )
    for lock in project.lock_files:
        for name in lock.git:
            yield SlimBlocker("git", "git", f"{name} is fetched with git", (lock.path, None), ("git",))
    for setup in project.setup_files:
        if setup.version_from_vcs:
            because = f"{setup.version_from_vcs} runs git for the version"
            yield SlimBlocker("git", "git", because, (setup.path, None), ("git",))


def _commands(context: BuildContext) -> Iterator[SlimBlocker]:
    known, sources = package_facts().full_commands, python_sources(context)
    named = re.compile("|".join(map(re.escape, known)))
    modules = (sources.module(path) for path in sources.paths if named.search(context.text(path) or ""))
    for call in (call for module in modules if module is not None for call in module.tools):
        if call.name in known:
            because = f"{call.module} runs {call.name}"
            yield SlimBlocker(call.name, "command", because, (call.module, call.line), (known[call.name],))
