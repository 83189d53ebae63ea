"""Which recogniser reads a command, by the name of its program. A new package manager is one file and one line here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install, Recogniser
from dockerfix.regexes import regex
from dockerfix.shell import Command

__all__ = ["install_of", "is_known"]

# Program to the modules that know it, each with a function `recognise`; a module is imported when it is asked.
_MODULES: dict[str, tuple[str, ...]] = {
    "pip": ("python.pip",),
    "python": ("python.pip", "by_name"),
    "uv": ("python.pip", "python.uv", "by_name"),
    "poetry": ("python.poetry",),
    "pipenv": ("python.pipenv",),
    "pdm": ("python.pdm",),
    "conda": ("python.conda", "by_name"),
    "mamba": ("python.conda", "by_name"),
    "micromamba": ("python.conda", "by_name"),
    "pixi": ("python.pixi",),
    "npm": ("javascript.npm", "by_name"),
    "yarn": ("by_name", "javascript.yarn"),
    "pnpm": ("javascript.pnpm", "by_name"),
    "bun": ("javascript.bun", "by_name"),
    "go": ("by_name", "others.go"),
    "mix": ("others.mix",),
    "gradle": ("others.gradle",),
    "gradlew": ("others.gradle",),
    "mvn": ("others.maven",),
    "mvnw": ("others.maven",),
    "cargo": ("others.cargo", "by_name"),
    "dotnet": ("others.dotnet",),
    "bundle": ("others.bundler",),
    "bundler": ("others.bundler",),
    "composer": ("by_name", "others.composer"),
    "composer.phar": ("others.composer",),
    "php": ("others.composer",),
    **dict.fromkeys(
        "virtualenv apt-get apt apk dnf yum microdnf tdnf zypper pacman gem pipx playwright spacy".split(),
        ("by_name",),
    ),
}
_VERSION = regex(r"(?<=[a-z])[\d.]+\Z")


def is_known(program: Command) -> bool:
    """Whether some module knows a program by its name."""
    return _plain_name(program) in _MODULES


def install_of(call: Call) -> Install | None:
    """The dependency install that a command is; None for any other command."""
    for asked in _readings(call):
        for module in _MODULES.get(_plain_name(asked.program), ()):
            recognise: Recogniser = import_module(f"dockerfix.programs.installers.{module}").recognise
            install = recognise(asked)
            if install is not None:
                return replace(install, command=call.item.program)
    return None


def _plain_name(program: Command) -> str:
    name = program.name
    return _VERSION.sub("", name) if name is not None else ""


def _readings(call: Call) -> Iterator[Call]:
    """The call as it stands; and `python -m tool …` as a call of the tool."""
    words = call.program.words
    if _plain_name(call.program) == "python" and len(words) > 2 and words[1].value == "-m":
        yield replace(call, program=call.program.without_first(2))
    yield call
