"""The ignore file (`.dockerignore`) and what of the build context is left behind it."""

from __future__ import annotations

from functools import cached_property

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext, normal_path
from dockerfix.project.context.ignore_patterns import IgnorePattern, IgnorePatterns, parse_pattern
from dockerfix.project.context.ignore_sieve import IgnoreSieve, Level
from dockerfix.project.context.sources import ENTRY_LIMIT
from dockerfix.project.context.wildcards import BadPattern
from dockerfix.text import BOM, decode

__all__ = [
    "CONTAINER_IGNORE_FILE",
    "IGNORE_FILE",
    "IgnoreFile",
    "ignore_file",
    "linked_ignore_file",
    "misspelt_ignore_file",
    "sent_files",
    "sent_size",
]

IGNORE_FILE = ".dockerignore"
CONTAINER_IGNORE_FILE = ".containerignore"
_MOST_PATTERNS = 10_000
_LONGEST_LINE = 64 * 1024 - 1  # Go's bufio.Scanner gives up on a longer one


@frozen
class IgnoreFile:
    """An ignore file as Docker reads it.

    Attributes:
        path: where it stands in the build context.
        source: its bytes; empty when it cannot be read.
        patterns: those that Docker accepts, in order.
        problem: a sentence with path and 1-based line, when Docker would refuse the file or read it in a way that
            depends on where it runs; then what is ignored is unknown. None when all is well.
    """

    path: str
    source: bytes
    patterns: tuple[IgnorePattern, ...]
    problem: str | None

    @classmethod
    def parse(cls, path: str, source: bytes) -> IgnoreFile:
        """Read an ignore file; never raises.

        Source: moby/patternmatcher, ignorefile.ReadAll: a BOM on the first line is dropped, `#` opens a comment only
        in the first column, white space around a pattern and one leading slash are dropped.
        """
        patterns: list[IgnorePattern] = []
        problem: str | None = None
        for number, line in enumerate(source.removeprefix(BOM).split(b"\n"), 1):
            try:
                if len(line) > _LONGEST_LINE:
                    raise BadPattern("the line is longer than Docker reads")
                pattern = parse_pattern(decode(line.removesuffix(b"\r")), number)
            except BadPattern as bad:
                problem = problem or f"{path}:{number}: invalid pattern: {bad}"
                continue
            if pattern is not None:
                patterns.append(pattern)
            if len(patterns) > _MOST_PATTERNS:
                problem = problem or f"{path}:{number}: more patterns than are looked through ({_MOST_PATTERNS:,})"
                break
        return cls(path, source, tuple(patterns), problem)

    def ignores(self, path: str) -> bool | None:
        """Whether a file or folder of the context is left out.

        Args:
            path: posix, relative to the root of the context.
        Returns:
            None when `problem` says why nobody can tell. Outside paths and the root are not ignored.
        """
        if self.problem is not None:
            return None
        place = normal_path(path)
        return bool(place) and self.matcher.matches(place or "")

    @cached_property
    def matcher(self) -> IgnorePatterns:
        """The patterns, ready to be asked; meaningless when there is a `problem`."""
        return IgnorePatterns(self.patterns)


@memoised
def ignore_file(context: BuildContext) -> IgnoreFile | None:
    """The ignore file that a build of this context's Dockerfile reads; None when there is none (or nothing is known).

    `<Dockerfile>.dockerignore` beside the Dockerfile comes before `.dockerignore` at the root, even when it is empty.

    Source: BuildKit dockerui, ReadEntrypoint and dockerIgnorePatterns.
    """
    if context.dockerfile is not None:
        own = f"{context.dockerfile}{IGNORE_FILE}"
        if context.is_file(own):
            return _read(context, own)
        if _is_containerfile(context.dockerfile) and context.is_file(CONTAINER_IGNORE_FILE):
            return _read(context, CONTAINER_IGNORE_FILE)
    return _root_ignore_file(context.without_dockerfile)


def _is_containerfile(path: str) -> bool:
    """Whether a name is that of Podman and Buildah, who read `.containerignore` before `.dockerignore`.

    Source: containerignore(5).
    """
    name = path.rpartition("/")[2].lower()
    return name.startswith("containerfile") or name.endswith(".containerfile")


def linked_ignore_file(file: IgnoreFile, context: BuildContext) -> str | None:
    """What an ignore file is a link to, by its name where that is known; None for a file of its own."""
    if context.kind(file.path) != "link":
        return None
    names = (".gitignore", ".npmignore", CONTAINER_IGNORE_FILE)
    return next((name for name in names if context.read(name) == file.source), "another file")


def misspelt_ignore_file(context: BuildContext) -> str | None:
    """A file that is meant to be the ignore file and is not read by this name: `.Dockerignore`, `dockerignore`.

    Where letter case counts for nothing, a second file would overwrite the first.
    """
    meant = {"dockerignore", f"{(context.dockerfile or '-').lower().replace('.', '')}dockerignore"}
    names = (
        name for name, kind in (context.entries("") or {}).items() if kind != "folder" and name.lower()[-6:] == "ignore"
    )
    return next((name for name in sorted(names) if name != IGNORE_FILE and _letters(name) in meant), None)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


@memoised
def _root_ignore_file(context: BuildContext) -> IgnoreFile | None:
    return _read(context, IGNORE_FILE) if context.is_file(IGNORE_FILE) else None


def _read(context: BuildContext, path: str) -> IgnoreFile:
    source = context.read(path)
    if source is None:
        return IgnoreFile(path, b"", (), f"{path}: cannot be read")
    return IgnoreFile.parse(path, source)


def sent_files(context: BuildContext) -> tuple[str, ...] | None:
    """The files and symlinks that `COPY . .` brings: the context without what its ignore file leaves out, sorted.

    The Dockerfile and the ignore file are files like others. Folders in which all is ignored are not listed.

    Returns:
        None when unknown: nothing is known of the context, a folder that counts cannot be listed, there are more
        than `sources.ENTRY_LIMIT` entries, or the ignore file has a `problem`.
    """
    return _sent(context.without_dockerfile, ignore_file(context)) if context.known else None


@memoised
def _sent(context: BuildContext, ignore: IgnoreFile | None) -> tuple[str, ...] | None:
    if ignore is None:
        return context.paths() if context.complete else None
    if ignore.problem is not None:
        return None
    sieve = IgnoreSieve(ignore.matcher)
    kept: list[str] = []
    seen = 0
    waiting = [("", ignore.matcher.root)]
    while waiting:
        folder, standing = waiting.pop()
        entries = context.entries(folder)
        if entries is None:
            return None
        seen += len(entries)
        if seen > ENTRY_LIMIT:
            return None
        level = Level(sieve, folder, standing)
        kept += level.kept(name for name, kind in entries.items() if kind != "folder")
        for name in [name for name, kind in entries.items() if kind == "folder"]:
            path, below = f"{folder}/{name}" if folder else name, level.of(name)
            if sieve.may_keep_below(below, path):
                waiting.append((path, below))
    return tuple(sorted(kept))


def sent_size(context: BuildContext) -> int | None:
    """Bytes of all regular files of `sent_files`; None when those are unknown."""
    return _sent_size(context.without_dockerfile, ignore_file(context)) if context.known else None


@memoised
def _sent_size(context: BuildContext, ignore: IgnoreFile | None) -> int | None:
    files = _sent(context, ignore)
    return None if files is None else context.total_size(files)
