"""Compilers and headers that stay in a final image of Python, and who may want them there."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.package_work import installed_by
from dockerfix.plans.base.slim import Unreadable, all_called
from dockerfix.plans.packages.idle_compilers import idle_compilers, release_of
from dockerfix.plans.packages.loaded_packages import loaded_packages
from dockerfix.plans.serving.development import for_developers
from dockerfix.plans.serving.uses import started_uses
from dockerfix.project.known.build_packages import build_packages, libraries_of
from dockerfix.project.python.sources import python_sources
from dockerfix.project.releases.python_version import near_dependencies
from dockerfix.shell import ShellWord, pip_command
from dockerfix.shell.apt import AptCommand, apt_command
from dockerfix.syntax import Cmd, Entrypoint, Run

__all__ = ["LeftPackages", "PackageWord", "left_packages"]

_COMPILERS = frozenset({"build-essential", "gcc", "g++", "clang", "gfortran", "cargo", "rustc"})
_TAKES_AWAY = frozenset({"purge", "remove", "autoremove", "autopurge"})
_CONFIG = ("-config", "_config")  # what -dev packages put into PATH: pg_config, xml2-config
_LONG_TIME = "t64"  # Debian 13 calls libraries so whose interface has 64-bit times on 32-bit processors
_OPENMP = "libgomp1"  # comes with gcc; what is compiled with OpenMP loads it


@frozen(eq=False)
class PackageWord:
    """A package that only builds others, as an install names it, and the libraries that come with it."""

    step: Step
    apt: AptCommand
    word: ShellWord
    name: str
    libraries: tuple[str, ...]


@frozen(eq=False)
class LeftPackages:
    """What a final stage installs to build other packages, and keeps.

    `leave` tells why it is wanted in the image; `called` which RUN calls one of its programs. `needs` are the libraries
    that a package of Python is known to load; `unclear` tells why there may be more of them.
    """

    stage: StageImage
    words: tuple[PackageWord, ...]
    leave: str | None = None
    called: str | None = None
    unclear: str | None = None
    needs: frozenset[str] = frozenset()

    def kept(self, one: PackageWord, *, compiled: bool) -> tuple[str, ...]:
        """The libraries to install in place of a package: those that are loaded, or all where that is unknown.

        Args:
            compiled: whether something was built with the package, which then loads its libraries.
        """
        lacking = (name for name in one.libraries if name not in build_packages().in_slim)
        linked = compiled and one.name not in _COMPILERS
        every = linked or self.unclear is not None
        return tuple(name for name in lacking if every or {name, name.removesuffix(_LONG_TIME)} & self.needs)


def left_packages(model: Image) -> LeftPackages | None:
    """What the final stage keeps; None where it keeps nothing, or where that is not known."""
    stage = model.final
    if stage is None or not _is_slim_python(stage):
        return None
    words = tuple(_words(stage))
    has_compiler = bool({one.name for one in words} & _COMPILERS)
    if not has_compiler or _takes_away(stage) or any(True for _ in idle_compilers(model, stage)):
        return None
    leave = _wanted(model, stage)
    if leave is not None:
        return LeftPackages(stage, words, leave=leave)
    tools = _tools(words, stage)
    try:
        calls = tuple((place, command.name or "") for command, place in all_called(stage, model))
        runs_pip = any(_is_late_install(*called) for called in all_called(stage, model))
    except Unreadable as unreadable:
        return LeftPackages(stage, words, leave=f"{unreadable} cannot be read")
    if runs_pip:
        return LeftPackages(stage, words, leave="packages are installed when the container runs")
    used = [f"{place} calls {name}" for place, name in calls if name in tools or name.endswith(_CONFIG)]
    late = [text for text in used if not text.startswith("line ")] + [*_called_by_code(model, tools)]
    if late:
        return LeftPackages(stage, words, leave=late[0])
    needs, doubt = loaded_packages(model, stage)
    return LeftPackages(stage, words, called=next(iter(used), None), unclear=doubt, needs=needs)


def _is_slim_python(stage: StageImage) -> bool:
    """Whether a stage starts from an image of Python without a compiler, on a release that is known."""
    facts = stage.facts
    if facts is None or stage.base is not None or facts.family != "python" or facts.python_version is None:
        return False
    readable = all(step.commands is not None for step in stage.steps if isinstance(step.instruction, Run))
    return readable and release_of(stage) is not None and facts.has_tool("gcc") is False


def _words(stage: StageImage) -> Iterator[PackageWord]:
    release, known = release_of(stage), build_packages().commands
    for step in stage.steps:
        for apt in installed_by(step):
            for word, name in zip(apt.packages, apt.names, strict=True):
                libraries = libraries_of(name or "", release.name) if release is not None else None
                if name is not None and name in known:
                    yield PackageWord(step, apt, word, name, (_OPENMP,) if name in _COMPILERS else ())
                elif name is not None and libraries is not None:
                    yield PackageWord(step, apt, word, name, libraries)


def _takes_away(stage: StageImage) -> bool:
    """Whether the stage cleans up behind itself."""
    commands = (apt_command(item.program) for step in stage.steps for item in step.commands or ())
    return any(apt is not None and apt.verb in _TAKES_AWAY for apt in commands)


def _wanted(model: Image, stage: StageImage) -> str | None:
    meant = for_developers(model)
    if meant is not None:
        return meant
    if not model.context.known:
        return "the files around the Dockerfile are not known"
    starts = any(isinstance(step.instruction, Cmd | Entrypoint) for step in stage.steps)
    if stage.triggers or not (starts or started_uses(model)):
        return "other images may be built on this one, and compile"
    names = {one.name for one in near_dependencies(model.context)}
    compiling = sorted(names & build_packages().at_run_time)
    return f"{compiling[0]} calls a compiler when it is used" if compiling else None


def _tools(words: tuple[PackageWord, ...], stage: StageImage) -> frozenset[str]:
    """What is called of the packages, and that no other package of the stage brings."""
    known, mine = build_packages().commands, {one.name for one in words}
    others = {name for step in stage.steps for apt in installed_by(step) for name in apt.names if name} - mine
    brought = {tool for name in others for tool in (name, name.removesuffix("-utils"))}
    return frozenset(tool for one in words for tool in known.get(one.name, ())) - brought


def _is_late_install(command: object, place: str) -> bool:
    from dockerfix.shell import Command

    pip = pip_command(command) if isinstance(command, Command) and not place.startswith("line ") else None
    return pip is not None and pip.verb == "install"


def _called_by_code(model: Image, tools: frozenset[str]) -> Iterator[str]:
    for module in python_sources(model.context).modules:
        for tool in module.tools:
            if tool.name in tools:
                yield f"{tool.module}:{tool.line} calls {tool.name}"
