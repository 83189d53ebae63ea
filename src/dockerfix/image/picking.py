"""What `--exclude`, `--parents` and `--unpack` make of a COPY or ADD.

Source: Docker reference, "COPY --exclude", "COPY --parents", "ADD --unpack"; BuildKit dispatchCopy (convert_copy.go,
August 2026) and fsutil copy.Copy: patterns are those of ignore files, asked of the path below the copied folder.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from functools import cached_property

from dockerfix.frozen import frozen
from dockerfix.project.context.ignore_patterns import IgnorePatterns, parse_pattern
from dockerfix.project.context.wildcards import BadPattern
from dockerfix.syntax import Add, Copy

__all__ = ["Picking", "picking"]

_FALSE = frozenset({"false", "0", "f", "False", "FALSE", "F"})  # Source: Go strconv.ParseBool


@frozen
class Picking:
    """`exclude` are the patterns of what is left out; `parents` keeps the folders of each source; `unpacks` tells
    whether archives of the build context are unpacked, as ADD does unless told otherwise.
    """

    exclude: tuple[str, ...] = ()
    parents: bool = False
    unpacks: bool = False

    @cached_property
    def _excluding(self) -> IgnorePatterns:
        return _patterns(self.exclude)

    def leaves_out(self, inside: str) -> bool:
        """Whether a path, as seen from the folder that is copied, is left out."""
        return bool(self.exclude) and self._excluding.matches(inside)

    def with_parents(self, written: str, files: Iterable[str]) -> Iterator[tuple[str, str]]:
        """The files that a source brings with `--parents`, each with its path below the destination.

        Args:
            written: the source; only folders behind a `/./` in it are kept.
            files: all files of the build context.
        """
        above, pivot, pattern = written.partition("/./")
        root = posixpath.normpath("/" + (above if pivot else "")).lstrip("/")
        wanted = _patterns([posixpath.normpath("/" + (pattern if pivot else written)).lstrip("/") or "*"])
        top = f"{root}/" if root else ""
        for path in files:
            inside = path[len(top) :]
            if path.startswith(top) and wanted.matches(inside) and not self.leaves_out(inside):
                yield path, inside


def picking(instruction: Copy | Add) -> Picking | None:
    """What the flags say; None where that is only known at build time, or Docker would refuse a pattern."""
    exclude = tuple(flag.value for flag in instruction.flags if flag.name == "exclude")
    parents = instruction.flag("parents")
    unpack = instruction.flag("unpack")
    said = [flag.value for flag in (parents, unpack) if flag is not None]
    if any("$" in text for text in (*exclude, *said)):
        return None
    try:
        _patterns(exclude)
    except BadPattern:
        return None
    keeps = parents is not None and parents.value not in _FALSE
    return Picking(exclude, keeps, isinstance(instruction, Add) and (unpack is None or unpack.value not in _FALSE))


def _patterns(texts: Iterable[str]) -> IgnorePatterns:
    found = (parse_pattern(text, number) for number, text in enumerate(texts, 1))
    return IgnorePatterns(pattern for pattern in found if pattern is not None)
