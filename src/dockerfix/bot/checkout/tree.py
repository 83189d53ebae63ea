"""The files of a commit: listed and judged before the first is written, links last and only where they stay inside."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from dockerfix.bot.checkout.git import CheckoutError, Git, Limits
from dockerfix.bot.forge_errors import TransientError
from dockerfix.frozen import frozen

__all__ = ["Entry", "is_too_long", "listed", "make_folders", "write_files", "write_links"]

_LONGEST_LINE = 64 * 1024  # bytes; a path that is longer could not be written
_LONGEST_PATH, _LONGEST_NAME = 3500, 255  # bytes; Linux takes 4,096 and 255, the folder of the checkout included
_DEEPEST = 200  # folders
_PIECE = 1024 * 1024


@frozen
class Entry:
    """A path of a commit; `size` is 0 for a submodule."""

    path: str
    mode: str
    id: str
    size: int

    @property
    def is_executable(self) -> bool:
        return self.mode == "100755"

    @property
    def is_link(self) -> bool:
        return self.mode == "120000"

    @property
    def is_submodule(self) -> bool:
        return self.mode == "160000"


def listed(git: Git, commit: str, limits: Limits) -> list[Entry]:
    """Every file, link and submodule of a commit.

    Raises:
        CheckoutError: there are too many, they are too large together, or one has a name that could lead elsewhere.
    """
    entries: list[Entry] = []
    total = 0
    with git.started(("ls-tree", "-r", "-z", "-l", "--full-tree", commit)) as running:
        for line in _records(running.output):
            entry = _entry(line)
            _check_name(entry.path)
            total += entry.size if entry.size <= limits.file else 0
            entries.append(entry)
            if len(entries) > limits.files:
                raise CheckoutError(f"more than {limits.files} files")
            if total > limits.written:
                raise CheckoutError(f"files of more than {limits.written} bytes")
    return entries


def _records(output: IO[bytes]) -> Iterable[bytes]:
    """What stands before each NUL byte."""
    rest = b""
    while piece := output.read(_LONGEST_LINE):
        *whole, rest = (rest + piece).split(b"\0")
        if len(rest) > _LONGEST_LINE:
            raise CheckoutError("a path that is too long")
        yield from whole


def _entry(line: bytes) -> Entry:
    facts, _, path = line.partition(b"\t")
    mode, _, identity, size = facts.decode("ascii").split()
    return Entry(os.fsdecode(path), mode, identity, 0 if size == "-" else int(size))


# What HFS+ leaves out of a name, and what NTFS calls `.git` besides: git refuses the same names.
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_GIT_FOLDER = re.compile(r"(?:\.git|git~\d)[ .]*(?::.*)?", re.IGNORECASE)


def _check_name(path: str) -> None:
    for part in path.split("/"):
        if part in ("", ".", "..") or _GIT_FOLDER.fullmatch(_UNSEEN.sub("", part)):
            raise CheckoutError(f"a path that no checkout may hold: {path!r}")


def is_too_long(path: str) -> bool:
    """Whether a path is one that systems, and programs that go down folder by folder, may not take."""
    parts = path.split("/")
    return (
        len(os.fsencode(path)) > _LONGEST_PATH
        or len(parts) > _DEEPEST
        or any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts)
    )


def make_folders(folder: Path, paths: Iterable[str]) -> None:
    """Empty folders, as git leaves them for submodules; called before the first file is written."""
    for path in paths:
        try:
            os.makedirs(folder / path, exist_ok=True)
        except OSError as error:
            raise CheckoutError(f"{path!r} cannot be made ({error.strerror})") from error


def write_files(folder: Path, entries: list[Entry], contents: IO[bytes]) -> dict[str, str]:
    """Write the regular files; returns the targets of the links, which are not written yet.

    Args:
        contents: the answer of `git cat-file --batch` for the same entries.
    Raises:
        CheckoutError: two paths are the same file here, or one cannot be written.
    """
    targets: dict[str, str] = {}
    made: set[str] = set()
    for entry in entries:
        size = _size(contents.readline(), entry)
        if entry.is_link:
            targets[entry.path] = os.fsdecode(contents.read(size))
        else:
            _write_file(folder, entry, size, contents, made)
        contents.read(1)  # the newline behind each object
    return targets


def _size(header: bytes, entry: Entry) -> int:
    words = header.split()
    if not words:  # git was killed, or stopped: its exit code says why
        raise TransientError("git cat-file ended early")
    if len(words) != 3 or words[1] != b"blob" or int(words[2]) != entry.size:
        raise CheckoutError(f"{entry.path!r} is not in what the server sent")
    return entry.size


def _write_file(folder: Path, entry: Entry, size: int, contents: IO[bytes], made: set[str]) -> None:
    parent, _, _ = entry.path.rpartition("/")
    mode = 0o755 if entry.is_executable else 0o644
    try:
        if parent and parent not in made:  # there are no links yet, so that no parent leads elsewhere
            os.makedirs(folder / parent, exist_ok=True)
            made.add(parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with open(os.open(folder / entry.path, flags, mode), "wb") as file:
            while size:
                piece = contents.read(min(size, _PIECE))
                if not piece:
                    raise TransientError("git cat-file ended early")
                file.write(piece)
                size -= len(piece)
    except FileExistsError:
        raise CheckoutError(f"two paths that are one file on this machine: {entry.path!r}") from None
    except OSError as error:
        raise CheckoutError(f"{entry.path!r} cannot be written ({error.strerror})") from error


def write_links(folder: Path, targets: dict[str, str]) -> dict[str, str]:
    """Make the links that stay inside the folder and out of `.git`; returns the others, with the reason for each."""
    relative = {path: target for path, target in targets.items() if target and not os.path.isabs(target)}
    for path, target in relative.items():
        try:
            _make_link(folder, path, target)
        except (OSError, ValueError) as error:
            raise CheckoutError(f"{path!r} cannot be made a link ({error})") from error
    root = os.path.realpath(folder)
    # Links can be links to links: they are judged by where they lead once all are there.
    outward = [path for path in relative if not _stays_inside(root, path)]
    for path in outward:  # nothing that is not made here is removed: its folder may be a link
        (folder / path).unlink()
    return dict.fromkeys((*(targets.keys() - relative.keys()), *outward), "a link that leads out of the repository")


def _make_link(folder: Path, path: str, target: str) -> None:
    parent = folder / os.path.dirname(path)
    if os.path.realpath(parent) != os.path.join(os.path.realpath(folder), os.path.dirname(path)).rstrip("/"):
        raise CheckoutError(f"a path below a link: {path!r}")
    parent.mkdir(parents=True, exist_ok=True)
    os.symlink(target, folder / path)


def _stays_inside(root: str, path: str) -> bool:
    reached = os.path.realpath(os.path.join(root, path))
    below = os.path.relpath(reached, root).split(os.sep)
    return below[0] != ".." and below[0].lower() != ".git"
