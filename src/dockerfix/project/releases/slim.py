"""What keeps a project from Python's slim images: compilers, libraries and commands that only the full ones have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.memo import memoised
from dockerfix.project.bases.images import missing_in_slim
from dockerfix.project.manifests.dependencies import Dependency
from dockerfix.project.manifests.python_project import python_project
from dockerfix.project.python.sources import python_sources
from dockerfix.project.releases.build_backends import build_doubt
from dockerfix.project.releases.python_packages import package_facts
from dockerfix.project.releases.python_version import near_dependencies, near_manifests, python_minor
from dockerfix.project.releases.slim_packages import SlimBlocker, package_blockers
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["SlimBlocker", "slim_blockers"]


@memoised
def slim_blockers(context: BuildContext, minor: str | None = None) -> tuple[SlimBlocker, ...]:
    """All that the project needs and `python:X.Y-slim` lacks while `python:X.Y` has it.

    Args:
        minor: the Python version, which decides where wheels exist; None for the one `python_minor` gives.
    Returns:
        One entry for each need, those that are only possible among them (`unknown`). None proves that each package
        is known to do with slim, and that the project's own code runs no program that slim lacks.
    """
    chosen = minor or python_minor(context).minor
    found: dict[tuple[str, str], SlimBlocker] = {}
    for blocker in _blockers(context, chosen):
        found.setdefault((blocker.name, blocker.kind), blocker)
    return tuple(found.values())


def _blockers(context: BuildContext, minor: str) -> Iterator[SlimBlocker]:
    yield from package_blockers(_installable(near_dependencies(context)), minor)
    yield from _git_blockers(context)
    yield from _built(context)
    yield from _graphics(context)
    yield from _commands(context)


def _installable(asked: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """Without files that pip refuses, such as the table that `pip list` prints, where others stand beside them."""
    refused = {one.path for one in asked if not one.valid and one.specifier[:1].isalnum()}
    rest = tuple(one for one in asked if one.path not in refused)
    return rest or asked


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


def _built(context: BuildContext) -> Iterator[SlimBlocker]:
    """The project itself, where installing it compiles something or may."""
    project, near = python_project(context), near_manifests(context)
    for setup in project.setup_files:
        if setup.extension_line is not None:
            because = f"{setup.path} builds an extension module"
            yield SlimBlocker("setup.py", "build", because, (setup.path, setup.extension_line), ("gcc",))
    for one in project.pyprojects:
        because_of = build_doubt(context, one) if one.path in near else None
        if because_of is not None:
            yield SlimBlocker("setup.py", "build", because_of, (one.path, None), ("gcc",))


def _graphics(context: BuildContext) -> Iterator[SlimBlocker]:
    """tkinter is in every Python image, the library that it loads in the full ones only."""
    sources = python_sources(context)
    named = (path for path in sources.paths if _TK.search(context.text(path) or ""))
    for module in (found for path in named if (found := sources.module(path)) is not None):
        for one in module.imports:
            if one.module.partition(".")[0] in ("tkinter", "_tkinter", "turtle", "idlelib") and not one.level:
                because = f"{module.path}:{one.line} imports {one.module}, and slim has no Tk"
                yield SlimBlocker("tk", "library", because, (module.path, one.line), ("libtk8.6",))


_TK = regex(r"\b_?tkinter|\bturtle|\bidlelib")
_RUNS = regex(r"\b(?:subprocess|os|asyncio|shutil|pexpect)\b|^\s*(?:from|import)\s+(?:sh|plumbum)\b", re.MULTILINE)


def _commands(context: BuildContext) -> Iterator[SlimBlocker]:
    lacking, sources = missing_in_slim().commands, python_sources(context)
    named = package_facts().full_commands
    for path in sources.paths:
        module = sources.module(path) if _RUNS.search(context.text(path) or "") else None
        for call in module.tools if module is not None else ():
            if call.name is None:
                because = f"{call.module}:{call.line} runs a program that is only known at run time"
                yield SlimBlocker(f"{call.module}:{call.line}", "command", because, (call.module, call.line))
            elif call.name in lacking:
                needs = (named[call.name],) if call.name in named else ()
                because = f"{call.module} runs {call.name}"
                yield SlimBlocker(call.name, "command", because, (call.module, call.line), needs)
