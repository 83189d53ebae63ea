"""What the process that looks at one repository of a fleet does: nothing but reading, and saying what it found."""

from __future__ import annotations

from pathlib import Path

from dockerfix.bot.fleet.proposing import Found
from dockerfix.cli.forge.proving import proven_in
from dockerfix.cli.forge.stages import RepairedFolder
from dockerfix.cli.options import Options

__all__ = ["repairs_of_checkout"]


def repairs_of_checkout(folder: str, options: Options, kind: str | None, is_verified: bool = False) -> Found:
    """The repairs of a checkout, with paths relative to it.

    Args:
        is_verified: build and start, and keep what is proven.
        kind: what the titles of commits begin with, where each rule gets one of its own; None for a single commit.
    """
    repaired = RepairedFolder(Path(folder), options, prove=proven_in if is_verified else None)
    return Found(repaired.repairs, repaired.stages(kind) if kind else (), repaired.evidence)
