"""A new text beside the file that it will replace, with all that the file has besides its text."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from dockerfix.errors import FileError

__all__ = ["stage"]

_NAME = re.compile(r"\.dockerfix-(\d+)-\w+")  # the process that made it
_OLD = 3600  # seconds; no run takes that long between writing such a file and moving it


def stage(target: Path, before: bytes | None, after: bytes) -> Path:
    """Write a text beside its target and return where; mode, extended attributes and, where allowed, owner stay.

    What an earlier run left there when it was killed goes.

    Args:
        before: what the target has to hold now; None where it must not exist.
    Raises:
        FileError: the target is not what was read, or has something that a replace would lose.
        OSError: the text cannot be written.
    """
    info = _looked_at(target, before)
    _sweep(target.parent)
    handle, name = tempfile.mkstemp(prefix=f".dockerfix-{os.getpid()}-", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if info is not None and hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(temporary, info.st_uid, info.st_gid)
        os.chmod(temporary, stat.S_IMODE(info.st_mode) if info is not None else _default_mode())
        if info is not None:
            _keep_attributes(target, temporary)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _looked_at(target: Path, before: bytes | None) -> os.stat_result | None:
    """The state of a target that may be replaced; None where there is none yet."""
    if before is None:
        if target.exists():
            raise FileError(f"{target}: appeared while the repair was worked out; run again")
        return None
    info = target.stat()
    if not stat.S_ISREG(info.st_mode):
        raise FileError(f"{target}: not a regular file")
    if target.read_bytes() != before:
        raise FileError(f"{target}: changed while it was being repaired; run again")
    if not os.access(target, os.W_OK):
        raise FileError(f"{target}: read-only; make it writable (chmod u+w) and run again")
    if info.st_nlink > 1:
        raise FileError(
            f"{target}: has {info.st_nlink} names (hard links), which would stop being one file; "
            "make it a file of its own, or apply what --diff shows by hand"
        )
    return info


def _keep_attributes(target: Path, temporary: Path) -> None:
    """Give a new file the extended attributes, access lists among them, of the one that it replaces."""
    if not hasattr(os, "listxattr"):  # Linux alone has them in Python
        return
    try:
        names = os.listxattr(target)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return
        raise
    for name in names:
        try:
            value = os.getxattr(target, name)
            if _attribute(temporary, name) != value:
                os.setxattr(temporary, name, value)
        except OSError as error:
            raise FileError(
                f"{target}: its attribute {name} cannot be kept ({error.strerror}); apply what --diff shows by hand"
            ) from error


def _attribute(path: Path, name: str) -> bytes | None:
    try:
        return os.getxattr(path, name)
    except OSError:
        return None


def _sweep(folder: Path) -> None:
    """Remove what runs left that ended before they could: those of no process, and those of long ago."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            found = _NAME.fullmatch(entry.name)
            if found is not None and (not _runs(int(found[1])) or time.time() - entry.stat().st_mtime > _OLD):
                with suppress(OSError):
                    os.unlink(entry.path)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _default_mode() -> int:
    """The mode of a new file under the process's umask."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
