"""Folders for checkouts that do not outlive their worker for long: the next start removes what a killed one left."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["held", "lock", "scratch"]

_PREFIX = "dockerfix-work-"
_PREFIXES = (_PREFIX, "dockerfix-fleet-")  # the second one of earlier releases


def lock(path: Path) -> IO[bytes] | None:
    """An open file that nobody else has locked, on this machine; None while somebody has. It ends with the process."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


@contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """A new folder, removed at the end; those that killed processes left beside it are removed first.

    Args:
        parent: where it lies; None for the system's place for temporary files.
    """
    place = parent or Path(tempfile.gettempdir())
    for left in (left for prefix in _PREFIXES for left in place.glob(f"{prefix}*")):
        with suppress(OSError):
            _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    mine = lock(folder / "lock")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if mine is not None:
            mine.close()


def _remove_if_left(folder: Path) -> None:
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        return
    if not (folder / "lock").exists():  # just made, by a process that locks it in the next moment
        return
    unlocked = lock(folder / "lock")
    if unlocked is not None:
        with unlocked:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove what a killed process left; a git that outlives it may still write, then the next start goes on."""
    for entry in folder.iterdir():
        if entry.name != "lock":
            shutil.rmtree(entry, ignore_errors=True)
    if [entry.name for entry in folder.iterdir()] == ["lock"]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def held(parent: Path) -> Iterator[Path]:
    """A new folder for one checkout, removed at the end."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
