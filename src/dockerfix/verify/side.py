"""One side of the comparison: a copy of the build context, its image model, and what is measured of both."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from dockerfix.errors import FileError
from dockerfix.frozen import frozen
from dockerfix.image import Image, image
from dockerfix.project.context.disk import READ_LIMIT
from dockerfix.regular import content_of
from dockerfix.rule import BuildContext, FileChange
from dockerfix.syntax import Dockerfile, parse

__all__ = ["Side", "copied_context"]

_OUTSIDE = "Dockerfile"
_STAGED = re.compile(r"\.dockerfix-\d+-\w+")  # what a run of ours stages beside a file, or left when it was killed


@frozen
class Side:
    """A build context that is ours to change, with the Dockerfile in it or beside it; `target` is what is built."""

    context: Path
    dockerfile: Path
    target: str | None = None

    @property
    def model(self) -> Image:
        """The image model of the copy."""
        inside = self.dockerfile.is_relative_to(self.context)
        relative = self.dockerfile.relative_to(self.context).as_posix() if inside else None
        surroundings = BuildContext.at(self.context, relative)
        own = self.dockerfile.with_name(self.dockerfile.name + ".dockerignore")
        if not inside and own.is_file():
            surroundings = surroundings.with_files({".dockerignore": content_of(own, READ_LIMIT)})
        return image(_until(parse(content_of(self.dockerfile, READ_LIMIT)), self.target), surroundings)

    def whole_context(self) -> Side:
        """The same context, with a Dockerfile beside it that copies all of it."""
        folder = self.context.with_name("whole")
        folder.mkdir()
        own = self.dockerfile.with_name(self.dockerfile.name + ".dockerignore")
        if own.is_file():
            (folder / f"{_OUTSIDE}.dockerignore").write_bytes(content_of(own, READ_LIMIT))
        (folder / _OUTSIDE).write_text("FROM scratch\nCOPY . /\n")
        return Side(self.context, folder / _OUTSIDE)

    def touch(self, path: str, count: int) -> None:
        """Add newlines to a file: other bytes, and the same meaning in any format.

        Args:
            count: how many; another number each time, or the cache would know the file from another side.
        """
        place = self.context / path
        with place.open("ab") as file:
            file.write(b"\n" * count)


def _until(dockerfile: Dockerfile, target: str | None) -> Dockerfile:
    """The file without the stages below the one that is built."""
    for stage in dockerfile.stages if target is not None else ():
        if target is not None and target.lower() in ((stage.name or "").lower(), str(stage.index)):
            return parse(dockerfile.source[: stage.instructions[-1].span.end])
    return dockerfile


def copied_context(
    root: Path,
    original: Path,
    dockerfile: Dockerfile,
    files: Iterable[FileChange],
    folder: Path,
    limit: int,
    target: str | None = None,
) -> Side:
    """A copy of a build context with a Dockerfile and other files as repairs leave them.

    Args:
        root: the build context on disk.
        original: the Dockerfile's own path, inside the context or outside.
        folder: where the copy goes; it is made.
        limit: bytes that may be copied.
        target: the stage that is built; None for the last one.
    Raises:
        FileError: it is larger than that, or a file cannot be read.
    """
    context = folder / "context"
    _Copy(limit).tree(root, context)
    try:
        place = context / original.absolute().relative_to(root.absolute())
    except ValueError:
        place = folder / _OUTSIDE
        own = original.with_name(original.name + ".dockerignore")
        if own.is_file():
            (folder / f"{_OUTSIDE}.dockerignore").write_bytes(content_of(own, READ_LIMIT))
    _replace(place, dockerfile.source)
    for change in files:
        _replace(context / change.path, change.after)
    return Side(context, place, target)


def _replace(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():  # what it leads to may lie outside the copy
        place.unlink()
    place.write_bytes(content)


class _Copy:
    """Copies a folder: files, folders and symlinks as they are, with mode and time; nothing else is in a context."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def tree(self, source: Path, target: Path) -> None:
        target.mkdir(parents=True)
        try:
            entries = sorted(os.scandir(source), key=lambda entry: entry.name)
        except OSError as error:
            raise FileError(f"{source}: cannot be read ({error.strerror})") from error
        for entry in entries:
            place = target / entry.name
            if _STAGED.fullmatch(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                self.tree(Path(entry.path), place)
            elif entry.is_symlink():
                place.symlink_to(os.readlink(entry.path))
            elif stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                self._file(entry, place)
        shutil.copystat(source, target)  # last: a folder may be read-only

    def _file(self, entry: os.DirEntry[str], place: Path) -> None:
        self._left -= entry.stat(follow_symlinks=False).st_size
        if self._left < 0:
            raise FileError(f"the build context is larger than {self._limit // 10**6} MB; --size-limit allows more")
        try:
            shutil.copy2(entry.path, place, follow_symlinks=False)
        except OSError as error:
            raise FileError(f"{entry.path}: cannot be copied ({error.strerror})") from error
