"""Edits that take packages out of installs, and put others in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import StageImage, Step
from dockerfix.image.package_work import installed_by, is_apt_work
from dockerfix.plans.packages.dropped_commands import without_commands
from dockerfix.shell import ShellWord, remove_word
from dockerfix.shell.apt import AptCommand, apt_command
from dockerfix.syntax import Dockerfile
from dockerfix.text import Edit, Span, encode

__all__ = ["without_packages_of"]


def without_packages_of(
    dockerfile: Dockerfile, stage: StageImage, replaced: Mapping[Span, Sequence[str]]
) -> tuple[Edit, ...] | None:
    """The edits; None where one would take a comment along or cannot be written.

    Args:
        replaced: the places of packages among the words of installs, and what is installed for each instead.
    """
    there: set[str] = {name for step in stage.all_steps for apt in installed_by(step) for name in apt.names if name}
    found: list[Edit] = []
    for step in stage.steps:
        edits = _of_step(dockerfile, step, replaced, there)
        if edits is None:
            return None
        found += edits
    return tuple(found)


def _of_step(
    dockerfile: Dockerfile, step: Step, replaced: Mapping[Span, Sequence[str]], there: set[str]
) -> Sequence[Edit] | None:
    installs = [apt for apt in installed_by(step) if any(word.span in replaced for word in apt.packages)]
    empty = [apt for apt in installs if not _left(apt, replaced, there)]
    edits: list[Edit | None] = []
    for apt in installs:
        edits += [] if apt in empty else _of_install(dockerfile, apt, replaced, there)
    if empty:
        alone = len(empty) == len(installed_by(step))
        dropped = without_commands(dockerfile, step, is_apt_work if alone else lambda item: _is_one(item, empty))
        edits += [None] if dropped is None or (alone and edits) else dropped
    return None if None in edits else [edit for edit in edits if edit is not None]


def _left(apt: AptCommand, replaced: Mapping[Span, Sequence[str]], there: set[str]) -> bool:
    """Whether an install still has something to install."""
    return any(word.span not in replaced or {*replaced[word.span]} - there for word in apt.packages)


def _of_install(
    dockerfile: Dockerfile, apt: AptCommand, replaced: Mapping[Span, Sequence[str]], there: set[str]
) -> Iterator[Edit | None]:
    for word in apt.packages:
        if word.span not in replaced:
            continue
        new = [name for name in replaced[word.span] if name not in there]
        there.update(new)
        yield _written(apt, word, new) if new else remove_word(apt.command, word, dockerfile.source)


def _written(apt: AptCommand, word: ShellWord, names: Sequence[str]) -> Edit | None:
    plain = apt.command.editable and apt.command.form == "shell" and not apt.command.is_nested
    return Edit(word.span, encode(" ".join(names))) if plain else None


def _is_one(item: RunCommand, installs: Sequence[AptCommand]) -> bool:
    apt = apt_command(item.program)
    return apt is not None and any(apt.command.span == one.command.span for one in installs)
