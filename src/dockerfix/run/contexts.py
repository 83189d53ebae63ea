"""The build contexts in which one Dockerfile is worked on: the one that was asked for, else those that are read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dockerfix.frozen import frozen
from dockerfix.plans.ignore.fitting import ContextChoice, contexts_of
from dockerfix.rule import BuildContext
from dockerfix.syntax import Dockerfile

__all__ = ["Location", "Surroundings", "shown", "surroundings"]


class Location(Protocol):
    """Where a Dockerfile lies, and what was asked for.

    Attributes:
        root: the build context that was asked for, or the Dockerfile's own folder; None when nothing is known of it.
        dockerfile: path relative to `root`, posix; None outside of it.
        is_told: somebody asked for `root`, so that nothing else is looked at.
        top: the root of the repository, or the folder that was searched; None for a lone file.
        within: the path from the folder that was searched, posix; None for a file that was named.
        base: the folder that names for people start from; None for the working directory.
    """

    @property
    def path(self) -> Path: ...
    @property
    def root(self) -> Path | None: ...
    @property
    def dockerfile(self) -> str | None: ...
    @property
    def is_told(self) -> bool: ...
    @property
    def top(self) -> Path | None: ...
    @property
    def within(self) -> str | None: ...
    @property
    def base(self) -> Path | None: ...


def shown(path: Path, base: Path | None = None) -> str:
    """A path as a person would type it from a folder (None: from here), posix."""
    text = os.path.normpath(path)
    if os.path.isabs(text):
        near = os.path.relpath(text, base or os.curdir)
        text = text if near.startswith(os.pardir) else near
    return Path(text).as_posix()


@frozen
class Surroundings:
    """What is known of the folders that a Dockerfile is built from.

    Attributes:
        contexts: each with its name for people; a repair has to hold in all of them.
        root: the folder of the first one; None when nothing is known of it.
        notes: what a user should know about them.
    """

    contexts: tuple[tuple[str, BuildContext], ...]
    root: Path | None
    notes: tuple[str, ...] = ()


def surroundings(
    tree: Dockerfile, target: Location, at: Callable[[Path | None], BuildContext], *, verbose: bool
) -> Surroundings:
    """The build contexts of a target.

    Args:
        at: makes the context of a folder; of None, the one of which nothing is known.
        verbose: also note which context was taken, and why.
    """
    if target.is_told:
        context = at(target.root).for_dockerfile(target.dockerfile)
        return Surroundings(((_name(target.root, target), context),), target.root)
    choices = contexts_of(tree, target.path, target.top, at)
    # The folder as the command line writes it, where it is that one.
    roots = [_as_written(choice.context.root, target) for choice in choices]
    contexts = tuple(
        (_name(root, target), choice.context if choice.context.known else at(None).for_dockerfile(None))
        for root, choice in zip(roots, choices, strict=True)
    )
    return Surroundings(contexts, roots[0], tuple(_notes(choices, roots, target, verbose)))


def _as_written(root: Path | None, target: Location) -> Path | None:
    same = root is not None and target.root is not None and root == target.root.absolute()
    return target.root if same else root


def _name(root: Path | None, target: Location) -> str:
    return "a folder that is not known" if root is None else shown(root, target.base)


def _notes(choices: tuple[ContextChoice, ...], roots: list[Path | None], target: Location, verbose: bool) -> list[str]:
    first = choices[0]
    if len(choices) > 1:
        places = [
            f"{_name(root, target)} ({choice.uses[0].place})" for root, choice in zip(roots, choices, strict=True)
        ]
        return [f"it is built from {' and '.join(places)}; repairs have to hold in each"]
    if not first.context.known and first.uses:
        return [f"{first.uses[0].place} builds it in a folder of its own, of which nothing is known"]
    if not first.context.known and first.missing in (None, "."):
        return ["which folder it is built from cannot be told; name it with --context"]
    if not first.context.known:
        return [f"COPY names {first.missing}, which no folder above has; name the build context with --context"]
    if not verbose or (roots[0] == target.root and not first.uses):
        return []
    said = f", as {first.uses[0].place} says" if first.uses else ", which has what COPY names"
    return [f"its build context is {_name(roots[0], target)}{said}"]
