"""What the process that looks at what a browser sent does: nothing but reading, and saying what it found."""

from __future__ import annotations

from pathlib import Path

from dockerfix.cli.files.targets import Target
from dockerfix.cli.files.work import Task, work
from dockerfix.cli.forge.foreign import repairs_in
from dockerfix.cli.options import Options
from dockerfix.config import Settings
from dockerfix.report.model import FileReport, Place, Report

__all__ = ["look_at_folder", "look_at_text"]


def look_at_text(source: bytes, unsafe: bool) -> Report:
    """What can be repaired in a Dockerfile of whose surroundings nothing is known."""
    settings = Settings(unsafe_fixes=unsafe)
    target = Target(Path("Dockerfile"), Place("Dockerfile", "Dockerfile"), None, None, settings)
    found = work(Task(target, source))
    return Report((found,)) if isinstance(found, FileReport) else Report((), (found,))


def look_at_folder(folder: str, unsafe: bool) -> Report:
    """What can be repaired in a folder, as in the repository of a stranger."""
    return repairs_in(folder, Options(unsafe_fixes=unsafe))
