"""What is verified: a Dockerfile in its build context, and its repairs with some of the rules left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from dockerfix.fix import Outcome
from dockerfix.frozen import frozen
from dockerfix.image import Aspect
from dockerfix.project.builds.compose_given import ComposeGiven
from dockerfix.project.context.told import Missing

__all__ = ["Mended", "Repair", "Subject"]

Repair = Callable[[frozenset[str]], Outcome]
Mended = Callable[[frozenset[str], Missing], Outcome]


@frozen
class Subject:
    """One Dockerfile.

    Attributes:
        label: its path as the user wrote it.
        root: its build context on disk.
        repair: the outcome without the rules of these codes; nothing is written.
        may_change: what each rule declared that its repairs change, by code.
        mended: the same as `repair`, where it is known what an earlier try lacked; None where that changes nothing.
        given: what a compose file gives to its build and start; None without one.
    """

    label: str
    path: Path
    root: Path
    repair: Repair
    may_change: Mapping[str, frozenset[Aspect]]
    given: ComposeGiven | None = None
    mended: Mended | None = None
