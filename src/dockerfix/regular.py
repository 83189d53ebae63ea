"""The one way to read a file of a repository: a regular file within a limit, or a sentence why not.

A path that was a file a moment ago may be a pipe or a device by now, or a link to one: what is opened is asked, not the
path, and opening never waits.
"""

from __future__ import annotations

import errno
import os
import stat

from dockerfix import looks
from dockerfix.errors import FileError

__all__ = ["answer_of", "content_of", "reason"]

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_REASONS = {
    errno.ENOENT: "no such file or folder",
    errno.EACCES: "cannot be read (permission denied)",
    errno.ELOOP: "a symbolic link that leads back to itself",
    errno.EISDIR: "a folder, where a file is needed",
    errno.ENOTDIR: "no such file: a part of the path is no folder",
    errno.ENAMETOOLONG: "no such file: the name is too long",
    errno.ENXIO: "not a regular file but a socket",
}


def content_of(place: str | os.PathLike[str], limit: int, *, links: bool = True) -> bytes:
    """The content of a regular file.

    Args:
        limit: bytes that it may have.
        links: whether a symbolic link in the last part of the path is followed.
    Raises:
        FileError: it is missing, something else than a file, larger, or unreadable; the message leaves the path out.
    """
    found = looks.noted_read(os.fspath(place), limit, links, _read, _told)
    if isinstance(found, FileError):
        raise found
    return found


def answer_of(place: str, limit: int, links: bool) -> bytes:
    """What tells the content of a file, or why there is none, from others."""
    return _told(_read(place, limit, links))


def _told(found: bytes | FileError) -> bytes:
    return b"content:" + found if isinstance(found, bytes) else str(found).encode()


def _read(place: str, limit: int, links: bool) -> bytes | FileError:
    try:
        return _content(place, limit, links)
    except FileError as error:
        return error


def _content(place: str, limit: int, links: bool) -> bytes:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if links else os.O_NOFOLLOW)
    try:
        handle = os.open(place, flags)
        with open(handle, "rb") as stream:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                kind = _KINDS.get(stat.S_IFMT(info.st_mode), "something else")
                raise FileError(f"not a regular file but {kind}")
            content = stream.read(limit + 1) if info.st_size <= limit else b""
    except OSError as error:
        raise FileError(reason(error)) from error
    except ValueError as error:
        raise FileError("no such file: its name cannot be written") from error
    if info.st_size > limit or len(content) > limit:
        raise FileError(f"larger than {limit // (1024 * 1024)} MiB")
    return content


def reason(error: OSError) -> str:
    """Why the system refused, in words."""
    return _REASONS.get(error.errno or 0, f"cannot be read ({error.strerror or error})")
