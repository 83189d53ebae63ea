"""The build context: the files that COPY and ADD can name. It lists and reads, runs nothing, never leaves its root."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dockerfix.errors import FileError
from dockerfix.project.context.disk import Disk
from dockerfix.project.context.sources import Entries, Kind, Nothing, Overlay, Source
from dockerfix.project.context.told import NOTHING_TOLD, Told
from dockerfix.project.context.wildcards import BadPattern, has_wildcard, name_matcher
from dockerfix.text import BOM, decode, encode

__all__ = ["BaseImages", "BuildContext", "normal_path"]

BaseImages = Mapping[str, Mapping[str, Any]]
_IGNORE_FILES = (".dockerignore", ".containerignore")
_NONE_TOLD: BaseImages = MappingProxyType({})  # one object, as answers are kept by identity


def normal_path(path: str) -> str | None:
    """A path as the context knows it: posix, relative, without `.`, `..` or a final slash; "" is the root.

    `..` is resolved in the text, as BuildKit does. None for an absolute path and for one that climbs out.
    """
    if path.startswith("/") or "\0" in path:
        return None
    clean = posixpath.normpath(path or ".")
    if clean == ".." or clean.startswith("../"):
        return None
    return "" if clean == "." else clean


class BuildContext:
    """Files below one root, as they were when first asked for, with changes that are not written yet laid over them.

    Paths are posix and relative to the root, and `normal_path` is applied to those that come in: one that leaves the
    root names nothing. Sockets, pipes and devices are not part of a context. Symlinks are files here, whatever they
    point at; what lies below a symlinked folder is not there.

    Attributes:
        known: False for a Dockerfile without surroundings: then nothing is there, and that proves nothing.
        dockerfile: path of the Dockerfile; None when it lies outside or is not singled out.
        without_dockerfile: the same files with no Dockerfile singled out: one object, and one memo, for all that
            `for_dockerfile` made of each other.
        code: the same files, where ignore files may be others: for what is read in all files but those.
        base_images: what the user's configuration tells of base images, by name (`project.base_images.base_image`).
        told: what the user's configuration declares of the image.
        memo: answers worked out from this context (`dockerfix.memo`).
    """

    def __init__(
        self,
        source: Source,
        *,
        known: bool = True,
        base_images: BaseImages | None = None,
        told: Told = NOTHING_TOLD,
    ) -> None:
        self._source = source
        self.known = known
        self.base_images: BaseImages = base_images or _NONE_TOLD
        self.told = told
        self.dockerfile: str | None = None
        self.without_dockerfile = self
        self._code: BuildContext | None = None
        self.memo: dict[object, object] = {}

    @classmethod
    def at(cls, root: Path, dockerfile: str | None = None) -> BuildContext:
        """The context below a folder; nothing is touched before the first question.

        Args:
            root: the folder; where it is missing or unreadable, the context is empty and not `complete`.
            dockerfile: its path relative to the root; None when it lies outside. An ignore file of its own that lies
                outside with it is the caller's to add: `.with_files({".dockerignore": …})`.
        """
        return cls(Disk(root)).for_dockerfile(dockerfile)

    @classmethod
    def of_files(cls, files: Mapping[str, str | bytes], dockerfile: str | None = "Dockerfile") -> BuildContext:
        """A context in memory, for tests and the examples of rules; the Dockerfile need not be among the files."""
        contents = {path: encode(content) if isinstance(content, str) else content for path, content in files.items()}
        return cls(Overlay(Nothing(), _normalised(contents))).for_dockerfile(dockerfile)

    @classmethod
    def unknown(cls) -> BuildContext:
        """Nothing is known (a Dockerfile on stdin)."""
        return cls(Nothing(), known=False)

    @property
    def code(self) -> BuildContext:
        """See the class; of a context in which nothing but ignore files was written, that without the changes."""
        whole = self.without_dockerfile
        return whole._code or whole

    @property
    def root(self) -> Path | None:
        """The folder on disk; None for a context in memory or unknown."""
        return self._source.root

    def for_dockerfile(self, dockerfile: str | None) -> BuildContext:
        """The same files seen from another Dockerfile, with a memo of its own; listing and contents are shared."""
        other = BuildContext(self._source, known=self.known, base_images=self.base_images, told=self.told)
        other.dockerfile = normal_path(dockerfile or ".") or None
        other.without_dockerfile = self.without_dockerfile
        return other

    def with_files(self, changes: Mapping[str, bytes | None]) -> BuildContext:
        """The context after files were written (bytes) or deleted (None), in memory only, with a new memo.

        A folder stays when its last file goes, as it does on disk; deleting what is not there changes nothing.

        Raises:
            FileError: a path leaves the context, is a folder, or lies below a file.
        """
        overlay = Overlay(self._source, _normalised(changes))
        changed = BuildContext(overlay, known=self.known, base_images=self.base_images, told=self.told)
        if all(path.endswith(_IGNORE_FILES) for path in changes):
            changed._code = self.code
        return changed.for_dockerfile(self.dockerfile)

    def with_base_images(self, entries: BaseImages) -> BuildContext:
        """The same files, with what the user tells of base images; listing and contents are shared, the memo is new."""
        other = BuildContext(self._source, known=self.known, base_images=entries, told=self.told)
        other._code = self.code
        return other.for_dockerfile(self.dockerfile)

    def with_told(self, told: Told) -> BuildContext:
        """The same files, with what the user declares of the image; listing and contents are shared."""
        other = BuildContext(self._source, known=self.known, base_images=self.base_images, told=told)
        other._code = self.code
        return other.for_dockerfile(self.dockerfile)

    def kind(self, path: str) -> Kind | None:
        """What stands at a path: "file", "link" (a symlink), "folder", or None. Asks for this path alone."""
        place = normal_path(path)
        return None if place is None else self._source.kind(place)

    def is_file(self, path: str) -> bool:
        """Whether a regular file or a symlink stands there; `read` tells whether the link leads to a file inside."""
        return self.kind(path) in ("file", "link")

    def is_folder(self, path: str) -> bool:
        """Whether a real folder stands there; the root ("" or ".") is one."""
        return self.kind(path) == "folder"

    def exists(self, path: str) -> bool:
        """Whether a file, symlink or folder stands there."""
        return self.kind(path) is not None

    def behind_link(self, path: str) -> str:
        """The path that a symlink leads to, where that stays inside; of anything else the path itself."""
        place = normal_path(path)
        is_link = place is not None and self._source.kind(place) == "link"
        return (self._source.target(place) if place is not None and is_link else None) or path

    def size(self, path: str) -> int:
        """Bytes of a regular file; 0 for anything else."""
        place = normal_path(path)
        return self._source.size(place) if place is not None and self._source.kind(place) == "file" else 0

    def total_size(self, paths: Iterable[str]) -> int:
        """Bytes of all of these, which `paths` named; as `size` of each."""
        return sum(map(self._source.size, paths))

    def modes(self, paths: Iterable[str]) -> Iterator[int | None]:
        """As `mode` of each of these, which `paths` or `folders` named."""
        return map(self._source.mode, paths)

    def mode(self, path: str) -> int | None:
        """The permission bits of a file or folder, as COPY takes them along; None for a link, and when unknown."""
        place = normal_path(path)
        has_mode = place is not None and self._source.kind(place) in ("file", "folder")
        return self._source.mode(place) if place is not None and has_mode else None

    def read(self, path: str) -> bytes | None:
        """The content of a file, following a symlink that stays inside.

        Returns:
            None when nothing is there, it leaves the context, is no regular file, cannot be read, or is larger than
            4 MiB (`disk.READ_LIMIT`).
        """
        place = normal_path(path)
        if place is not None and self._source.kind(place) == "link":
            place = self._source.target(place)
        if place is None or self._source.kind(place) != "file":
            return None
        return self._source.read(place)

    def text(self, path: str) -> str | None:
        """As `read`, as text: a UTF-8 BOM dropped, invalid UTF-8 as surrogate escapes, newlines as they are."""
        content = self.read(path)
        return None if content is None else decode(content.removeprefix(BOM))

    def entries(self, folder: str) -> Entries | None:
        """What stands directly in a folder, name to kind, unordered; None for no folder or an unreadable one."""
        place = normal_path(folder)
        return None if place is None else self._source.entries(place)

    def paths(self) -> tuple[str, ...]:
        """Every regular file and symlink, sorted by code point; walks everything, once; whole only if `complete`."""
        return self._source.walked.files

    def folders(self) -> frozenset[str]:
        """Every folder below the root; walks everything, once; whole only if `complete`."""
        return self._source.walked.folders

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The folders that cannot be listed, sorted; "" for the root."""
        return self._source.walked.unreadable

    @property
    def complete(self) -> bool:
        """Whether `paths` is all there is: context known, folders readable, `sources.ENTRY_LIMIT` not exceeded."""
        return self.known and self._source.walked.ended and not self.unreadable

    def match(self, source: str) -> tuple[str, ...]:
        """The files and folders that a COPY or ADD source names, sorted; "" is the root. Empty when nothing does.

        `*` and `?` stop at a slash, `[a-z]` and `[^x]` are classes, `\\` takes the next character literally. As in
        BuildKit, a leading slash or `..` cannot leave the root, a source without wildcard is taken as it stands
        (backslashes too), and a broken pattern matches nothing. A class never stands for a slash here, a symlink
        before the first wildcard is not followed. Lists only the folders it goes through.

        Source: BuildKit dispatchCopy, cleanPath; fsutil copy.ResolveWildcards; Go filepath.Match.
        """
        place = normal_path(posixpath.normpath("/" + source).lstrip("/"))
        if place is None:
            return ()
        if not has_wildcard(place):
            return (place,) if self.exists(place) else ()
        found = [""]
        wild = False
        for part in place.split("/"):
            wild = wild or has_wildcard(part)
            found = [path for folder in found for path in self._below(folder, part, wild)]
        return tuple(sorted(found))

    def _below(self, folder: str, part: str, wild: bool) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        if not wild:
            return [prefix + part]
        try:
            matches = name_matcher(part)
        except BadPattern:
            return []
        return [prefix + name for name in self._source.entries(folder) or () if matches(name)]


def _normalised(changes: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    places: dict[str, bytes | None] = {}
    for path, content in changes.items():
        place = normal_path(path)
        if place is None:
            raise FileError(f"{path}: lies outside the build context")
        places[place] = content
    return places
