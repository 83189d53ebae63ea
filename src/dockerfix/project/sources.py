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
        """Bytes of a regular file."""

    @abstractmethod
    def read(self, file: str) -> bytes | None:
        """The content of a regular file; None when it is too large or cannot be read."""

    def mode(self, path: str) -> int | None:
        """The permission bits of a file or folder; None when they are unknown."""
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
        self._changes: Mapping[str, bytes | None] = changes
        if isinstance(base, Overlay):
            self._base, self._changes = base._base, {**base._changes, **changes}
        self._patches = self._patched()

    def entries(self, folder: str) -> Entries | None:
        below = self._base.entries(folder)
        patch = self._patches.get(folder)
        if patch is None or (below is None and self._base.kind(folder) is not None):
            return below
        merged: dict[str, Kind | None] = {**(below or {}), **patch}
        present: Entries = {name: kind for name, kind in merged.items() if kind is not None}
        return present if present or below is not None else None

    def kind(self, path: str) -> Kind | None:
        folder, name = split_path(path)
        patch = self._patches.get(folder)
        return patch[name] if path and patch is not None and name in patch else self._base.kind(path)

    def target(self, link: str) -> str | None:
        return self._base.target(link)

    def size(self, file: str) -> int:
        changed = self._changes.get(file)
        return len(changed) if changed is not None else self._base.size(file)

    def read(self, file: str) -> bytes | None:
        changed = self._changes.get(file)
        return changed if changed is not None else self._base.read(file)

    def mode(self, path: str) -> int | None:
        return None if path in self._changes else self._base.mode(path)

    def _patched(self) -> dict[str, dict[str, Kind | None]]:
        """By folder, what the changes put under each name; None where they delete."""
        patches: dict[str, dict[str, Kind | None]] = {}
        for path, content in self._changes.items():
            folder, name = split_path(path)
            if not path or self._base.kind(path) == "folder":
                raise FileError(f"{path or '.'}: a folder stands there")
            patches.setdefault(folder, {})[name] = None if content is None else "file"
        for path, content in self._changes.items():
            for above in _folders_above(path) if content is not None else ():
                self._require_folder(above, path)
                folder, name = split_path(above)
                patches.setdefault(folder, {})[name] = "folder"
        return patches

    def _require_folder(self, above: str, path: str) -> None:
        deleted = above in self._changes and self._changes[above] is None
        if self._changes.get(above) is not None or (not deleted and self._base.kind(above) in ("file", "link")):
            raise FileError(f"{path}: {above} is a file")


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = split_path(path)[0]
        yield path
