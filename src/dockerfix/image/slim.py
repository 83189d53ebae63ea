"""Whether a stage uses something that the full `python` image has and the slim one lacks."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image, StageImage
from dockerfix.project.base_images import missing_in_slim
from dockerfix.project.context import BuildContext
from dockerfix.shell import Command, parse_script, pip_command, unwrapped
from dockerfix.syntax import Healthcheck, Run
from dockerfix.text import MappedText, Span, encode

__all__ = ["commands_called", "installed_packages", "needs_full_image"]

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

    Looks at every command of the stage, and of the stages built on it, at its start command and health check, and at
    the scripts that they name; what apt-get installs before counts as there.
    """
    lacking = missing_in_slim().commands
    for one in (stage, *_built_on(stage, model)):
        if any(step.commands is None for step in one.steps if isinstance(step.instruction, Run)):
            return "a RUN cannot be read, so it may use what slim lacks"
        installed: set[str] = set()
        for command, place in commands_called(one, model.context):
            installed |= _installs(command)
            name = command.name or ""
            if name in lacking and name not in installed:
                return f"{place} calls {name}, which slim lacks"
            if _needs_git(command) and "git" not in installed:
                return f"{place} installs from a git+ URL, and slim has no git"
    return None


def installed_packages(stage: StageImage) -> frozenset[str]:
    """The Debian packages that a stage, or one it starts from, installs by name."""
    commands = (item.program for step in stage.all_steps for item in step.commands or ())
    return frozenset(package for command in commands for package in _installs(command))


def _built_on(stage: StageImage, model: Image) -> Iterator[StageImage]:
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
    for step in stage.steps:
        for item in step.commands or ():
            yield item.program, f"line {step.instruction.start_line}"
            yield from _of_scripts(item.program, context)
        if isinstance(step.instruction, Healthcheck):
            for command in _read(step.instruction.command.raw, step.instruction.values, step.instruction.form):
                yield command, "the HEALTHCHECK"
    argv = stage.start.argv or ()
    for command in _read(encode(argv[2]) if len(argv) == 3 and argv[1] == "-c" else b"", argv, "json"):
        yield command, "the start command"
        yield from _of_scripts(command, context)


def _read(text: bytes, values: tuple[str, ...], form: str) -> Iterator[Command]:
    """The commands of a script, or the one that an exec form names."""
    if not text or (form == "json" and not text.strip()):
        text = encode(" ".join(value for value in values if value and not set(value) & set("'\"\\$`;&|<>()")))
    elif form == "json":
        text = encode(" ".join(values[1:])) if text.startswith(b"[") else text
    script = parse_script(MappedText.contiguous(text, Span(0, len(text))))
    yield from (unwrapped(command) for command in script.commands)


def _of_scripts(command: Command, context: BuildContext) -> Iterator[tuple[Command, str]]:
    for value in command.argv:
        name = (value or "").rsplit("/", 1)[-1]
        if not name.endswith((".sh", ".bash")) and name not in ("entrypoint", "start", "run"):
            continue
        for path in (p for p in context.paths() if p == name or p.endswith("/" + name)):
            text = context.read(path)
            if text is not None:
                script = parse_script(MappedText.contiguous(text, Span(0, len(text))))
                yield from ((unwrapped(one), path) for one in script.commands)


def _installs(command: Command) -> set[str]:
    if command.name not in _INSTALLERS or "install" not in command.argv:
        return set()
    packages = {(value or "").partition("=")[0] for value in command.argv[2:]}
    return packages | {tool for package in packages for tool in _BRINGS.get(package, ())}


def _needs_git(command: Command) -> bool:
    pip = pip_command(command)
    return pip is not None and any("git+" in (package or "") for package in (*pip.packages, *pip.editables))
