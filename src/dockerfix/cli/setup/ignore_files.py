"""The ignore files that a repository lacks, as DF601 would write them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dockerfix.cli.files.crew import work_through
from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.files.work import Task
from dockerfix.cli.options import Options
from dockerfix.errors import DockerfixError
from dockerfix.report.model import FileReport
from dockerfix.text import decode

__all__ = ["missing_ignore_files"]


def missing_ignore_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Path, relative to the folder, and text of each ignore file that is safe to write; nothing where none can be."""
    try:
        targets, _ = find_targets(Options(paths=(str(folder),), select=("DF601",)))
    except DockerfixError:
        return
    for found in work_through([Task(target) for target in targets], 1, progress=False):
        if isinstance(found, FileReport) and found.root is not None:
            for change in found.files:
                if change.before is None:
                    yield os.path.relpath(found.root / change.path, folder), decode(change.after)
