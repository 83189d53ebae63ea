"""Every look at a file, folder or link that an answer rests on goes through here, so that it can be written down.

While a record is kept, each look is noted with what was seen; a later run looks at the same places again and knows
whether it would see the same. A test holds that nothing beside `fix/write.py` asks the system itself.
"""

from __future__ import annotations

import os
import stat as kinds
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import time_ns
from typing import Any, TypeVar

__all__ = ["Record", "digest", "exists", "given_up", "is_file", "is_folder", "listed", "lstat", "noted_read"]
__all__ += ["real_path", "recorded", "stat"]

T = TypeVar("T")
Seen = Any  # what marshal can write: text, numbers, bytes, None, tuples

_SETTLED = 2_000_000_000  # ns; what changed later than that before the look may change again and bear the same time


class Record:
    """The looks of one run by kind and place. `whole` is False where one may be missing."""

    def __init__(self) -> None:
        self.seen: dict[tuple[Any, ...], Seen] = {}
        self.whole = True

    def still_holds(self, read: Callable[[str, int, bool], bytes]) -> bool:
        """Whether a look at each place shows the same now; `read` tells what comes of reading a file."""
        return all(_is_same(key, seen, read) for key, seen in self.seen.items())


_record: Record | None = None


@contextmanager
def recorded() -> Iterator[Record]:
    """Note the looks that are made inside."""
    global _record
    _record = record = Record()
    try:
        yield record
    finally:
        _record = None


def given_up() -> None:
    """Say that looks are made that are not noted, as by another process."""
    if _record is not None:
        _record.whole = False


def lstat(place: str) -> os.stat_result:
    """As `os.lstat`."""
    return _status("lstat", place, os.lstat)


def stat(place: str) -> os.stat_result:
    """As `os.stat`."""
    return _status("stat", place, os.stat)


def exists(place: str) -> bool:
    """As `os.path.exists`."""
    return _mode(place) is not None


def is_file(place: str) -> bool:
    """As `os.path.isfile`."""
    mode = _mode(place)
    return mode is not None and kinds.S_ISREG(mode)


def is_folder(place: str) -> bool:
    """As `os.path.isdir`."""
    mode = _mode(place)
    return mode is not None and kinds.S_ISDIR(mode)


def real_path(place: str) -> str:
    """As `os.path.realpath`."""
    found = os.path.realpath(place)
    if _record is not None:
        _record.seen["real", place] = found
    return found


def listed(place: str) -> dict[str, str]:
    """What stands in a folder, name to "file", "folder", "link" or "" for pipes and their like, unordered.

    Raises:
        OSError: it cannot be listed.
    """
    if _record is None:
        return _listing(place)
    stamp = _stamp(place)
    try:
        found = _listing(place)
    except OSError as error:
        _record.seen["list", place] = None, error.errno
        raise
    _record.seen["list", place] = stamp, _of_listing(found)
    return found


def noted_read(place: str, limit: int, links: bool, read: Callable[[str, int, bool], T], of: Callable[[T], bytes]) -> T:
    """Read a file, and note what came of it; `of` gives the bytes of an answer."""
    if _record is None:
        return read(place, limit, links)
    stamp = _stamp(place)
    found = read(place, limit, links)
    _record.seen["read", place, limit, links] = stamp, digest(of(found))
    return found


def digest(content: bytes) -> bytes:
    """What tells a text from all others."""
    from hashlib import blake2b

    return blake2b(content, digest_size=16).digest()


def _listing(place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                found[entry.name] = "file"
            elif entry.is_dir(follow_symlinks=False):
                found[entry.name] = "folder"
            else:
                found[entry.name] = "link" if entry.is_symlink() else ""
    return found


def _of_listing(found: dict[str, str]) -> bytes:
    return digest("\0".join(f"{name}/{found[name]}" for name in sorted(found)).encode("utf-8", "surrogateescape"))


def _status(kind: str, place: str, ask: Callable[[str], os.stat_result]) -> os.stat_result:
    try:
        found = ask(place)
    except OSError as error:
        if _record is not None:
            _record.seen[kind, place] = error.errno
        raise
    if _record is not None:
        _record.seen[kind, place] = _told(found)
    return found


def _told(found: os.stat_result) -> tuple[int, int]:
    """Mode and size; a folder's own size tells nothing."""
    return found.st_mode, found.st_size if kinds.S_ISREG(found.st_mode) else 0


def _mode(place: str) -> int | None:
    try:
        return stat(place).st_mode
    except (OSError, ValueError):
        return None


def _stamp(place: str) -> tuple[int, ...] | None:
    """What the system changes with a file or folder; None where it could change without this being seen."""
    try:
        found = os.stat(place)
    except (OSError, ValueError):
        return None
    if max(found.st_mtime_ns, found.st_ctime_ns) > time_ns() - _SETTLED:
        return None
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev


def _is_same(key: tuple[Any, ...], seen: Seen, read: Callable[[str, int, bool], bytes]) -> bool:
    kind, place, *rest = key
    now: Seen
    try:
        if kind in ("lstat", "stat"):
            now = _of_status(os.lstat if kind == "lstat" else os.stat, place)
        elif kind == "real":
            now = os.path.realpath(place)
        else:
            stamp, seen = seen
            if stamp is not None and _stamp(place) == stamp:
                return True
            now = _of_folder(place) if kind == "list" else digest(read(place, *rest))
    except ValueError:
        return False
    return bool(now == seen)


def _of_status(ask: Callable[[str], os.stat_result], place: str) -> Seen:
    try:
        return _told(ask(place))
    except OSError as error:
        return error.errno


def _of_folder(place: str) -> Seen:
    try:
        return _of_listing(_listing(place))
    except OSError as error:
        return error.errno
