"""Whether a stage uses something that the full `python` image has and the slim one lacks."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image, StageImage
from dockerfix.image.start import shell_text
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.memo import memoised_on
from dockerfix.project.bases.images import missing_in_slim
from dockerfix.project.builds.container_commands import ContainerCommand, container_commands
from dockerfix.project.builds.reading import services_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.observed import observed
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.releases.python_packages import package_facts
from dockerfix.shell import Command, parse_script, pip_command, quoted, unwrapped
from dockerfix.syntax import Healthcheck, Run
from dockerfix.text import MappedText, Span, encode

__all__ = [
    "Unreadable",
    "all_called",
    "built_on",
    "called_from_outside",
    "commands_called",
    "exact_packages",
    "installed_packages",
    "needs_full_image",
]

_SCRIPT_LIMIT = 64 * 1024  # bytes; larger files without an ending are programs
_INSTALLERS = {"apt-get", "apt", "aptitude"}
_BRINGS = {
    "build-essential": ("gcc", "g++", "cc", "c++", "make", "ld", "as", "ar", "strip", "dpkg-source"),
    "gcc": ("cc", "ld", "as", "ar"),
    "g++": ("c++", "gcc", "cc"),
    "git-core": ("git",),
    "procps": ("ps", "top", "free", "pkill", "pgrep", "kill", "watch", "vmstat"),
    "netcat": ("nc",),
    "netcat-openbsd": ("nc",),
    "netcat-traditional": ("nc",),
    "openssh-client": ("ssh", "scp", "ssh-keyscan", "ssh-keygen"),
    "gnupg": ("gpg", "gpgv"),
    "gnupg2": ("gpg",),
}


def needs_full_image(stage: StageImage, model: Image) -> str | None:
    """Why a stage could not start from the slim variant of its Python image; None when nothing tells against it.

    Looks at every command of the stage, and of the stages built on it, at its start command and health check, at what
    compose, Kubernetes and scripts run in the container, and at the scripts that all these name; what apt-get installs
    before counts as there. What cannot be read may use anything.
    """
    told = _told_needs(stage, model)
    if told is not None:
        return told
    is_told = model.context.told.needs is not None  # by somebody who knows what cannot be read, too
    for one in (stage, *built_on(stage, model)):
        if not is_told and any(step.commands is None for step in one.steps if isinstance(step.instruction, Run)):
            return "a RUN cannot be read, so it may use what slim lacks"
        installed: set[str] = set()
        try:
            for command, place in all_called(one, model):
                installed |= _installs(command)
                reason = _lacks(command, installed)
                if reason is not None:
                    return f"{place} {reason}"
        except Unreadable as unreadable:
            if is_told:
                continue
            return f"{unreadable} cannot be read, so it may use what slim lacks"
    return None


def _told_needs(stage: StageImage, model: Image) -> str | None:
    """A program that slim lacks and that a person declared, or a run has shown, to be needed; None without one."""
    lacking, told, seen = missing_in_slim().commands, model.context.told, observed(model.context)
    there = installed_packages(stage)
    for name in told.needs or ():
        if name in lacking and name not in there:
            return f"{told.place} says that it needs {name}, which slim lacks"
    if told.missing.programs:
        return f"a try on slim lacked {told.missing.programs[0]}"
    for name in seen.programs if seen is not None else ():
        if name in lacking and name not in there:
            return f"it ran {name}, which slim lacks ({seen})"
    return None


def all_called(stage: StageImage, model: Image) -> Iterator[tuple[Command, str]]:
    """What `commands_called` tells, and what is run in containers of this stage from outside.

    Raises:
        Unreadable: a text that is run cannot be read.
    """
    yield from commands_called(stage, model.context)
    yield from called_from_outside(stage, model)


def called_from_outside(stage: StageImage, model: Image) -> Iterator[tuple[Command, str]]:
    """What compose files and their like run in containers of a stage, each with where that stands.

    Raises:
        Unreadable: a text that is run cannot be read.
    """
    started = {service.target for service in services_of(model.context)}
    if stage is model.final or stage.stage.name in started - {None}:
        for ran in container_commands(model.context):
            yield from _of_container(ran, model.context)


def _of_container(ran: ContainerCommand, context: BuildContext) -> Iterator[tuple[Command, str]]:
    if not ran.argv and ran.text is None:
        raise Unreadable(ran.place)
    commands = _of_argv(ran.argv, ran.place) if ran.text is None else _of_text(encode(ran.text), ran.place)
    for command in commands:
        yield command, ran.place
        yield from _of_scripts(command, context)


class Unreadable(Exception):
    """What cannot be read, in words."""


def _lacks(command: Command, installed: set[str]) -> str | None:
    """Why a command does not work in slim, as the rest of a sentence."""
    name = command.name
    if command.words and name is None:
        return "runs a program that is only known at build time"
    if command.opaque:
        return f"hands {name} a script that is not known here"
    if name in missing_in_slim().commands and name not in installed:
        return f"calls {name}, which slim lacks"
    if _may_compile(command) and "gcc" not in installed:
        return f"runs {name}, which may compile, and slim has no compiler"
    if _needs_git(command) and "git" not in installed:
        return "installs from a git+ URL, and slim has no git"
    return None


def installed_packages(stage: StageImage) -> frozenset[str]:
    """The Debian packages that a stage, or one it starts from, installs by name."""
    commands = (item.program for step in stage.all_steps for item in step.commands or ())
    return frozenset(package for command in commands for package in _installs(command))


def exact_packages(stage: StageImage) -> tuple[str, ...]:
    """The system packages that a stage installs in an exact version (`libpq5=15.10-0+deb12u1`).

    Such a version exists in one release of the distribution only.
    """
    commands = (item.program for step in stage.all_steps for item in step.commands or ())
    installing = (c for c in commands if (c.name in _INSTALLERS and "install" in c.argv) or _adds(c))
    words = (value for command in installing for value in command.argv[2:] if value is not None)
    return tuple(word for word in words if "=" in word and not word.startswith("-") and "*" not in word)


def _adds(command: Command) -> bool:
    return command.name == "apk" and "add" in command.argv


def built_on(stage: StageImage, model: Image) -> Iterator[StageImage]:
    """The stages that start from this one, at any remove."""
    for other in model.stages:
        base = other.base
        while base is not None:
            if base is stage:
                yield other
            base = base.base


def commands_called(stage: StageImage, context: BuildContext) -> Iterator[tuple[Command, str]]:
    """Every command that a stage runs at build, at start or as a health check, with where it stands.

    The commands of a script of the build context come behind the command that names it.
    """
    for step in stage.triggered + stage.steps:
        for item in step.commands or ():
            program = unwrapped(item.command)  # a function keeps its name here: what it runs is listed too
            yield program, f"line {step.instruction.start_line}"
            yield from _of_scripts(program, context)
        if isinstance(step.instruction, Healthcheck):
            yield from _of_health_check(step.instruction)
    for command in _of_argv(stage.start.argv or (), "the start command"):
        yield command, "the start command"
        yield from _of_scripts(command, context)


def _of_health_check(check: Healthcheck) -> Iterator[tuple[Command, str]]:
    place = "the HEALTHCHECK"
    commands = _of_argv(check.values[1:], place) if check.form == "json" else _of_text(check.command.raw, place)
    yield from ((command, place) for command in commands)


def _of_argv(argv: tuple[str, ...], place: str) -> Iterator[Command]:
    """The command of an exec form, or those of the script that it hands to a shell."""
    text = shell_text(argv)
    if text is not None:
        yield from _of_text(encode(text), place)
    elif argv:
        yield from _of_text(encode(" ".join(map(quoted, argv))), place)


def _of_text(text: bytes, place: str) -> Iterator[Command]:
    script = parse_script(MappedText.contiguous(text, Span(0, len(text))))
    if not script.readable:
        raise Unreadable(place)
    yield from (unwrapped(command) for command in script.commands)


def _of_scripts(
    command: Command, context: BuildContext, above: frozenset[str] = frozenset()
) -> Iterator[tuple[Command, str]]:
    """The commands of the shell scripts of the build context that a command names, and of those that they name."""
    for value in command.argv:
        name = (value or "").rpartition("/")[2]
        paths = _scripts(context).get(name, ()) if name else ()
        if not paths and value is not None and value == _ran_script(command):
            raise Unreadable(value)
        for path in paths:
            for one in () if path in above else _of_text(context.read(path) or b"", path):
                yield one, path
                yield from _of_scripts(one, context, above | {path})


def _ran_script(command: Command) -> str | None:
    """The shell script that a command runs, by its ending: itself, or the file that it hands to a shell."""
    words = [value for value in command.argv if value is not None]
    if command.name in POSIX_SHELLS or command.name in (".", "source"):
        words = [word for word in words[1:] if not word.startswith("-")]
    return words[0] if words and words[0].endswith((".sh", ".bash")) else None


@memoised_on("code")
def _scripts(context: BuildContext) -> dict[str, tuple[str, ...]]:
    """The shell scripts of a context by their names without folder: by their ending, or by what they start with."""
    found: dict[str, tuple[str, ...]] = {}
    for path in own_paths(context):
        name = path.rpartition("/")[2]
        if name.endswith((".sh", ".bash")) or ("." not in name and _is_shell_script(context, path)):
            found[name] = (*found.get(name, ()), path)
    return found


def _is_shell_script(context: BuildContext, path: str) -> bool:
    if context.size(path) > _SCRIPT_LIMIT:
        return False
    first = (context.read(path) or b"").partition(b"\n")[0].split(b" ")
    return first[0][:2] == b"#!" and first[-1].rpartition(b"/")[2].strip().decode("ascii", "replace") in POSIX_SHELLS


def _may_compile(command: Command) -> bool:
    """Whether a command of another package manager or build system may call a compiler."""
    verbs = package_facts().may_compile.get(command.name or "")
    return verbs is not None and (not verbs or any(value in verbs for value in command.argv[1:]))


def _installs(command: Command) -> set[str]:
    if command.name not in _INSTALLERS or "install" not in command.argv:
        return set()
    packages = {(value or "").partition("=")[0] for value in command.argv[2:]}
    return packages | {tool for package in packages for tool in _BRINGS.get(package, ())}


def _needs_git(command: Command) -> bool:
    pip = pip_command(command)
    return pip is not None and any("git+" in (package or "") for package in (*pip.packages, *pip.editables))
