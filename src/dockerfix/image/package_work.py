"""Commands that only have to do with the system's packages, and a RUN's text in which these do not count."""

from __future__ import annotations

from collections.abc import Hashable

from dockerfix.image.cache_cleaning import cleans, command_texts
from dockerfix.image.cache_flags import cut
from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.steps import Step
from dockerfix.shell import ShellWord
from dockerfix.shell.apt import AptCommand, apt_command
from dockerfix.syntax import Run

__all__ = ["installed_by", "is_apt_work", "package_words", "without_packages"]


def is_apt_work(item: RunCommand) -> bool:
    """Whether a command only reads the package index, installs packages, or cleans up behind that."""
    apt = apt_command(item.program)
    return cleans(item) or (apt is not None and apt.verb in ("update", "install") and not item.command.redirects)


def installed_by(step: Step) -> tuple[AptCommand, ...]:
    """The calls of `apt-get install` in a step."""
    found = (apt_command(item.program) for item in step.commands or ())
    return tuple(apt for apt in found if apt is not None and apt.verb == "install")


def package_words(item: RunCommand) -> list[ShellWord]:
    """The words of an `apt-get install` that say what is installed."""
    apt = apt_command(item.program)
    if apt is None or apt.verb != "install":
        return []
    return [*apt.packages, *(word for word in apt.options if word.value == "--no-install-recommends")]


def without_packages(step: Step) -> Hashable | None:
    """A RUN without what it does to the packages of the system, () where it does nothing else.

    Where commands are joined by more than `&&`, only the words count not that say which packages are installed; None
    where the text cannot be read.
    """
    found = command_texts(step, is_apt_work, package_words)
    if found is not None or not step.commands:
        return found
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    if script is None:
        return None
    words = (word for item in step.commands for word in package_words(item))
    return cut(script.source.raw, ((word.start, word.end) for word in words))
