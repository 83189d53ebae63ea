"""A gcc that cannot compile, as nothing brings the C library's headers and start files, which it only recommends."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.package_work import installed_by
from dockerfix.plans.base.slim import Unreadable, all_called, built_on
from dockerfix.plans.packages.loaded_packages import loaded_packages
from dockerfix.plans.serving.development import for_developers
from dockerfix.project.known.debian_packages import DebianRelease, debian_release
from dockerfix.project.python.sources import python_sources
from dockerfix.regexes import regex
from dockerfix.shell import ShellWord, pip_command
from dockerfix.shell.apt import AptCommand
from dockerfix.syntax import Cmd, Entrypoint, Run

__all__ = ["IdleCompiler", "idle_compilers", "release_of"]

_HEADERS = "libc6-dev"
# What gcc and binutils, which comes along, put into PATH. Source: their lists of files, Debian 13.
_TOOLS = regex(
    r"(?:x86_64-linux-gnu-|aarch64-linux-gnu-)?(?:gcc|cc|c89|c99|cpp|gcov|gcc-ar|gcc-nm|gcc-ranlib|ld|ld\.bfd|ld\.gold|as|ar|"
    r"nm|strip|objdump|objcopy|readelf|ranlib|addr2line|size|strings|elfedit|gprof|c\+\+filt|gold|dwp)(?:-\d+)?\Z"
)
# Libraries that gcc requires and that programs load. Source: Depends of libgcc-12-dev and libgcc-14-dev.
_LOADED = frozenset({"libgomp1", "libatomic1", "libquadmath0", "libitm1"})
# Other ways for the headers to come.
_OTHER_INSTALLERS = frozenset("dpkg conda mamba micromamba pixi nix nix-env aptitude dselect brew apt-file".split())
_SYSTEM = ("/", "/usr", "/usr/include", "/usr/lib", "/lib", "/usr/bin", "/bin")


@frozen(eq=False)
class IdleCompiler:
    """A `gcc` among the packages of an install.

    `leave` tells why it is left alone; `needs` are packages to install in its place, whose libraries came along with
    it; `doubts` tell what is not known of what may load such libraries.
    """

    step: Step
    apt: AptCommand
    word: ShellWord
    leave: str | None = None
    needs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def release_of(stage: StageImage) -> DebianRelease | None:
    """The release of Debian that a stage stands on today, where its packages are known."""
    facts = stage.facts
    if facts is None or facts.distribution != "debian" or facts.suite_today is None:
        return None
    return debian_release(facts.suite_today)


def idle_compilers(model: Image, stage: StageImage) -> Iterator[IdleCompiler]:
    """Each gcc that a stage installs and that cannot compile; none where that is not known."""
    found = [
        (step, apt, word)
        for step in stage.steps
        for apt in installed_by(step)
        for word, name in zip(apt.packages, apt.names, strict=True)
        if name == "gcc" and word.value == "gcc" and apt.recommends is False
    ]
    if not found or not _lacks_headers(model, stage):
        return
    leave = _use(model, stage)
    needs, doubts = ((), ()) if leave is not None else _loaded(model, stage)
    for step, apt, word in found:
        yield IdleCompiler(step, apt, word, leave, needs, doubts)


def _lacks_headers(model: Image, stage: StageImage) -> bool:
    """Whether nothing in this stage, and in those built on it, can have brought the C library's headers."""
    release, facts = release_of(stage), stage.facts
    if release is None or facts is None or facts.has_tool("gcc") is not False:
        return False
    stages = (stage, *built_on(stage, model))
    return all(_brings_none(step, release) for one in stages for step in one.all_steps)


def _brings_none(step: Step, release: DebianRelease) -> bool:
    if isinstance(step.instruction, Run) and step.commands is None:
        return False
    transfer = step.transfer
    if transfer is not None and any(source.kind != "context" for source in transfer.sources):
        place = transfer.destination
        if place is None or (place.rstrip("/") or "/") in _SYSTEM:
            return False
    items = step.commands or ()
    if any(item.command.opaque or item.program.name in _OTHER_INSTALLERS for item in items):
        return False
    return all(_is_without(apt, name, release) for apt in installed_by(step) for name in apt.names)


def _is_without(apt: AptCommand, name: str | None, release: DebianRelease) -> bool:
    """Whether a package is known not to bring the headers."""
    known = release.packages.get(name or "")
    if known is None or _HEADERS in known.brings:
        return False
    return apt.recommends is False or (known.recommended is not None and _HEADERS not in known.recommended)


def _use(model: Image, stage: StageImage) -> str | None:
    """What else may want gcc or what comes with it."""
    meant = for_developers(model)
    if meant is not None:
        return meant
    if stage.triggers or not _is_end(model, stage):
        return "other images may be built on this one, and bring what gcc lacks"
    if _takes_system(model, stage):
        return "another stage takes system folders along"
    try:
        for one in (stage, *built_on(stage, model)):
            for command, place in all_called(one, model):
                if _TOOLS.match(command.name or ""):
                    return f"{place} calls {command.name}"
                pip = None if place.startswith("line ") else pip_command(command)
                if pip is not None and pip.verb == "install":
                    return f"{place} installs packages when the container runs"
    except Unreadable as unreadable:
        return f"{unreadable} cannot be read"
    tools = (tool for module in python_sources(model.context).modules for tool in module.tools)
    called = next((tool for tool in tools if _TOOLS.match(tool.name or "")), None)
    return None if called is None else f"{called.module}:{called.line} calls {called.name}"


def _is_end(model: Image, stage: StageImage) -> bool:
    """Whether a stage is one to be run, or one of which a later stage of the file takes what it needs."""
    if stage is not model.final:
        return stage.stage.index in model.needed_stages
    return any(isinstance(step.instruction, Cmd | Entrypoint) for step in stage.all_steps)


def _takes_system(model: Image, stage: StageImage) -> bool:
    names = {stage.name, str(stage.stage.index)}
    copies = (step.transfer for other in model.stages for step in other.steps if step.transfer is not None)
    sources = (
        source for copy in copies for source in copy.sources if source.kind == "stage" and source.origin in names
    )
    return any(source.path is None or f"/{source.path.strip('/')}" in _SYSTEM for source in sources)


def _loaded(model: Image, stage: StageImage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages whose libraries something loads that came with gcc, and what is not known of that."""
    needs, doubt = loaded_packages(model, stage)
    mine = needs & _LOADED
    return tuple(sorted(mine | {"libgomp1"} if doubt else mine)), ((doubt,) if doubt else ())
