"""Writes a result in place: whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from dockerfix.errors import FileError
from dockerfix.fix.outcome import Outcome

__all__ = ["write"]


def write(outcome: Outcome, root: Path | None, path: Path) -> None:
    """Put the repaired Dockerfile and the other changed files in place.

    Every new text is first written beside its target; only then are they moved over it, the Dockerfile last,
    so that a full disk leaves everything as it was. Mode and owner stay; a symlink stays a link and its target
    is replaced.

    Args:
        root: the build context that `outcome.files` are relative to.
        path: the Dockerfile.
    Raises:
        FileError: a file cannot be written, or is no longer what was read.
    """
    wanted: list[tuple[Path, bytes | None, bytes]] = []
    for change in outcome.files:
        if root is None:
            raise FileError(f"{change.path}: there is no build context to write it into")
        wanted.append((root / change.path, change.before, change.after))
    if outcome.after.source != outcome.before.source:
        wanted.append((path, outcome.before.source, outcome.after.source))
    staged: list[tuple[Path, Path]] = []
    place = path  # what is in hand: an error names that, and not the file beside it
    try:
        for place, before, after in wanted:
            staged.append(_stage(Path(os.path.realpath(place)), before, after))
        for temporary, place in staged:
            os.replace(temporary, place)
    except OSError as error:
        raise FileError(f"{place}: cannot be written ({error.strerror}); nothing was changed") from error
    finally:
        for temporary, _ in staged:
            with suppress(FileNotFoundError):
                temporary.unlink()


def _stage(target: Path, before: bytes | None, after: bytes) -> tuple[Path, Path]:
    """Write the new text beside its target, with the target's mode and owner."""
    info = target.stat() if before is not None else None
    if info is not None and not stat.S_ISREG(info.st_mode):
        raise FileError(f"{target}: not a regular file")
    if info is not None and target.read_bytes() != before:
        raise FileError(f"{target}: changed while it was being repaired; run again")
    if info is None and target.exists():
        raise FileError(f"{target}: appeared while the repair was worked out; run again")
    if info is not None and not os.access(target, os.W_OK):
        raise FileError(f"{target}: read-only; make it writable (chmod u+w) and run again")
    import tempfile

    handle, name = tempfile.mkstemp(prefix=".dockerfix-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(info.st_mode) if info is not None else _default_mode())
        if info is not None and hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(temporary, info.st_uid, info.st_gid)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary, target


def _default_mode() -> int:
    """The mode of a new file under the process's umask."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
