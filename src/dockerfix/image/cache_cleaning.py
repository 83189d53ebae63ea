"""Commands that only remove what a package manager keeps for its next call, and a RUN's text by commands."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Hashable, Iterable

from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.steps import Step
from dockerfix.shell import Command, ShellWord
from dockerfix.syntax import Run

__all__ = ["APT_LISTS", "cleans", "cleans_npm_cache", "cleans_package_cache", "command_texts", "fills"]

APT_LISTS = "/var/lib/apt/lists"
# What package managers of distributions keep for the next call. Sources: apt-get(8), apk(8), dnf documentation, clean.
_CACHES = (APT_LISTS, "/var/cache/apt", "/var/cache/apk", "/var/cache/yum", "/var/cache/dnf")
_CLEANERS = {
    "apt-get": frozenset({"clean", "autoclean"}),
    "apt": frozenset({"clean", "autoclean"}),
    "yum": frozenset({"clean"}),
    "dnf": frozenset({"clean"}),
    "microdnf": frozenset({"clean"}),
}


def cleans(item: RunCommand) -> bool:
    """Whether a command does nothing but remove what a package manager of the system keeps for its next call."""
    program = item.program
    if item.command.redirects or item.command.assignments or any(value is None for value in program.argv):
        return False
    words = [value for value in program.argv[1:] if value is not None and not value.startswith("-")]
    if program.name == "rm":
        return bool(words) and all(_is_cache(word) for word in words)
    return words[:1] != [] and words[0] in _CLEANERS.get(program.name or "", ())


def cleans_npm_cache(command: Command) -> bool:
    """`npm cache clean --force`. Source: npm documentation, "npm cache": without `--force` npm 5 and later refuse."""
    if command.name != "npm" or any(value is None for value in command.argv):
        return False
    words = [value or "" for value in command.argv[1:]]
    verbs, options = [w for w in words if not w.startswith("-")], [w for w in words if w.startswith("-")]
    return verbs in (["cache", "clean"], ["cache", "clear"], ["cache", "rm"]) and options in (["--force"], ["-f"])


def cleans_package_cache(command: Command) -> bool:
    """The same, or `yarn cache clean`. Source: Yarn 1 documentation, "yarn cache"."""
    return cleans_npm_cache(command) or command.argv == ("yarn", "cache", "clean")


def fills(item: RunCommand) -> str | None:
    """The package manager whose index a command fetches and leaves behind; None for a command that leaves none.

    Sources: apt-get(8), update; dnf and yum documentation: metadata is fetched by whatever needs it.
    """
    program = item.program
    name, words = program.name or "", program.argv[1:]
    if name in ("apt-get", "apt"):
        return "apt-get" if "update" in words else None
    return name if name in ("yum", "dnf", "microdnf") and {"install", "update", "upgrade"} & {*words} else None


def _is_cache(path: str) -> bool:
    place = posixpath.normpath(path)
    return any(place == cache or place.startswith(f"{cache}/") for cache in _CACHES)


def command_texts(
    step: Step, drops: Callable[[RunCommand], bool], words: Callable[[RunCommand], Iterable[ShellWord]]
) -> Hashable | None:
    """The commands of a RUN as a value in which some of them, and some words of others, do not count.

    None where the script is more than commands joined by `&&`, or hands text to an inner shell.
    """
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    commands = step.commands or ()
    if script is None or not script.is_and_list or run.heredocs or any(item.command.is_nested for item in commands):
        return None
    raw = script.source.raw
    kept = [item for item in commands if not drops(item)]
    return tuple(_text(raw, item, {*words(item)}) for item in kept)


def _text(raw: bytes, item: RunCommand, dropped: set[ShellWord]) -> Hashable:
    command = item.command
    texts = tuple(raw[word.start : word.end] for word in command.words if word not in dropped)
    return texts, command.redirects, tuple((name, value.raw) for name, value in command.assignments)
