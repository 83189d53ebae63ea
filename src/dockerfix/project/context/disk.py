"""One folder on disk, listed lazily and at most once; the only place of `project/` that opens files.

Nothing below a symlink to a folder is listed or read, and a symlink is followed only while it stays inside.
"""

from __future__ import annotations

import os
import stat
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import cast

from dockerfix import looks
from dockerfix.errors import FileError
from dockerfix.project.context.sources import Entries, Kind, Source
from dockerfix.regular import content_of

__all__ = ["READ_LIMIT", "Disk", "read_regular"]

READ_LIMIT = 4 * 1024 * 1024  # bytes; no manifest, ignore file or source that dockerfix reads is larger


class Disk(Source):
    """A folder on disk. Every answer is worked out once and kept."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._base = os.fspath(root)
        self._scanned: dict[str, Entries | None] = {}
        self._kinds: dict[str, Kind | None] = {"": "folder"}
        self._real: set[str] = {""}  # folders below no link
        self._statuses: dict[str, tuple[int, int] | None] = {}
        self._contents: dict[str, bytes | None] = {}

    def entries(self, folder: str) -> Entries | None:
        if folder not in self._scanned:
            is_folder = self.kind(folder) == "folder"
            self._scanned[folder] = _scan(self._place(folder)) if is_folder else None
        return self._scanned[folder]

    def kind(self, path: str) -> Kind | None:
        folder, _, name = path.rpartition("/")
        listed = self._scanned.get(folder) if path else None
        if listed is not None:
            return listed.get(name)
        if folder not in self._real:
            above = (path[:at] for at, character in enumerate(path) if character == "/")
            if any(self._looked_at(folder) != "folder" for folder in above):  # the first link or file ends it
                return None
            self._real.add(folder)
        return self._looked_at(path)

    def _looked_at(self, path: str) -> Kind | None:
        """As `kind`, where all folders above are known to be real."""
        if path not in self._kinds:
            self._kinds[path] = _kind(self._place(path))
        return self._kinds[path]

    def target(self, link: str) -> str | None:
        try:
            end = looks.real_path(self._place(link))
        except (OSError, ValueError):
            return None
        if not end.startswith(self._real_base):
            return None
        return end[len(self._real_base) :].replace(os.sep, "/")

    def size(self, file: str) -> int:
        status = self._status(file)
        return status[1] if status is not None and stat.S_ISREG(status[0]) else 0

    def read(self, file: str) -> bytes | None:
        if file not in self._contents:
            self._contents[file] = read_regular(self._place(file)) if self.kind(file) == "file" else None
        return self._contents[file]

    def mode(self, path: str) -> int | None:
        status = self._status(path)
        return stat.S_IMODE(status[0]) if status is not None and not stat.S_ISLNK(status[0]) else None

    def _status(self, path: str) -> tuple[int, int] | None:
        """Mode, with the kind of file in it, and size of what stands at a path; one look serves both."""
        if path not in self._statuses:
            try:
                found = looks.lstat(f"{self._base}/{path}" if path else self._base)
                self._statuses[path] = found.st_mode, found.st_size
            except (OSError, ValueError):
                self._statuses[path] = None
        return self._statuses[path]

    def _place(self, path: str) -> str:
        return os.path.join(self._base, path) if path else self._base

    @cached_property
    def _real_base(self) -> str:
        return looks.real_path(self._base).rstrip(os.sep) + os.sep


def _scan(place: str) -> Entries | None:
    try:
        found = looks.listed(place)
    except (OSError, ValueError):
        return None
    for name in [name for name, kind in found.items() if not kind]:
        del found[name]
    return MappingProxyType(cast("dict[str, Kind]", found))


def _kind(place: str) -> Kind | None:
    try:
        mode = looks.lstat(place).st_mode
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else None


def read_regular(place: str) -> bytes | None:
    """The content of a regular file of at most `READ_LIMIT` bytes; None for anything else, symlinks too."""
    try:
        return content_of(place, READ_LIMIT, links=False)
    except FileError:
        return None
