"""Where a build context's files come from: nothing, or other files with unwritten changes over them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from dockerfix.errors import FileError

__all__ = ["ENTRY_LIMIT", "Entries", "Kind", "Nothing", "Overlay", "Source", "Walk", "split_path"]

Kind: TypeAlias = Literal["file", "link", "folder"]
Entries: TypeAlias = Mapping[str, Kind]

ENTRY_LIMIT = 500_000  # entries of a build context; beyond them nothing is claimed about the whole


def split_path(path: str) -> tuple[str, str]:
    """The folder ("" for the root) and the name of a normalised path."""
    folder, _, name = path.rpartition("/")
    return folder, name


class Walk(NamedTuple):
    """What a walk found: files and symlinks, sorted; folders; unreadable folders; whether it reached the end."""

    files: tuple[str, ...]
    folders: frozenset[str]
    unreadable: tuple[str, ...]
    ended: bool


class Source(ABC):
    """Files below one root. Paths are posix, relative and normalised; the root itself is "".

    A source never changes its answers, whatever happens to the files meanwhile.
    """

    root: Path | None = None

    @abstractmethod
    def entries(self, folder: str) -> Entries | None:
        """What stands in a folder, by name; None when it is no folder or cannot be listed."""

    @abstractmethod
    def kind(self, path: str) -> Kind | None:
        """What stands at a path; None for nothing, and for sockets, pipes and devices."""

    @abstractmethod
    def target(self, link: str) -> str | None:
        """The path that a symlink ends at, which need not exist; None when it lies outside."""

    @abstractmethod
    def size(self, file: str) -> int:
        """Bytes of a regular file; 0 for what is none."""

    @abstractmethod
    def read(self, file: str) -> bytes | None:
        """The content of a regular file; None when it is too large or cannot be read."""

    def mode(self, path: str) -> int | None:
        """The permission bits of a file or folder; None for a link, and when they are unknown."""
        return None

    @cached_property
    def walked(self) -> Walk:
        """Everything below the root, listed once; given up behind `ENTRY_LIMIT` entries."""
        files: list[str] = []
        folders: set[str] = set()
        unreadable: list[str] = []
        waiting = [""]
        while waiting and len(files) + len(folders) + len(waiting) <= ENTRY_LIMIT:
            folder = waiting.pop()
            folders.add(folder)
            entries = self.entries(folder)
            if entries is None:
                unreadable.append(folder)
                continue
            prefix = f"{folder}/" if folder else ""
            for name, kind in entries.items():
                if kind == "folder":
                    waiting.append(prefix + name)
                else:
                    files.append(prefix + name)
        ended = not waiting and len(files) + len(folders) + len(waiting) <= ENTRY_LIMIT
        return Walk(tuple(sorted(files)), frozenset(folders - {""}), tuple(sorted(unreadable)), ended)


class Nothing(Source):
    """An empty root: what contexts in memory stand on."""

    def entries(self, folder: str) -> Entries | None:
        return {} if folder == "" else None

    def kind(self, path: str) -> Kind | None:
        return "folder" if path == "" else None

    def target(self, link: str) -> str | None:
        return None

    def size(self, file: str) -> int:
        return 0

    def read(self, file: str) -> bytes | None:
        return None


class Overlay(Source):
    """Other files with some written (bytes) or deleted (None). A folder stays when its last file goes.

    Raises:
        FileError: what is written is the root or a folder, or lies below a file; or a folder is deleted.
    """

    def __init__(self, base: Source, changes: Mapping[str, bytes | None]) -> None:
        self.root = base.root
        self._base: Source = base
        self._written: dict[str, bytes] = {}
        self._patches: dict[str, dict[str, Kind | None]] = {}  # by folder and name; None where something was deleted
        if isinstance(base, Overlay):
            self._base = base._base
            self._written = dict(base._written)
            self._patches = {folder: dict(patch) for folder, patch in base._patches.items()}
        for path, content in sorted(changes.items(), key=lambda change: change[1] is not None):
            self._change(path, content)

    def entries(self, folder: str) -> Entries | None:
        below = self._base.entries(folder)
        patch = self._patches.get(folder)
        is_unreadable = below is None and self._base.kind(folder) == "folder"
        if patch is None or is_unreadable:
            return below
        merged: dict[str, Kind | None] = {**(below or {}), **patch}
        return {name: kind for name, kind in merged.items() if kind is not None}

    def kind(self, path: str) -> Kind | None:
        folder, name = split_path(path)
        patch = self._patches.get(folder)
        return patch[name] if path and patch is not None and name in patch else self._base.kind(path)

    def target(self, link: str) -> str | None:
        return self._base.target(link)

    def size(self, file: str) -> int:
        written = self._written.get(file)
        return len(written) if written is not None else self._base.size(file)

    def read(self, file: str) -> bytes | None:
        written = self._written.get(file)
        return written if written is not None else self._base.read(file)

    def mode(self, path: str) -> int | None:
        folder, name = split_path(path)
        return None if name in self._patches.get(folder, {}) else self._base.mode(path)

    def _change(self, path: str, content: bytes | None) -> None:
        before = self.kind(path)
        if before == "folder":
            raise FileError(f"{path or '.'}: a folder stands there")
        if content is None:
            if before is not None:
                self._put(path, None)
                self._written.pop(path, None)
            return
        for above in _folders_above(path):
            standing = self.kind(above)
            if standing is None:
                self._put(above, "folder")
            elif standing != "folder":
                raise FileError(f"{path}: {above} is a file")
        self._put(path, "file")
        self._written[path] = content

    def _put(self, path: str, kind: Kind | None) -> None:
        folder, name = split_path(path)
        self._patches.setdefault(folder, {})[name] = kind


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = split_path(path)[0]
        yield path
