"""What a reason counts on, each with its place: a line of the Dockerfile, or of another file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import repository_of

__all__ = ["Fact", "distinct", "fact", "facts_in"]

_CLAUSE = re.compile(r";\s+")
_LINE = re.compile(r"(?:(\S+) )?\bline (\d+)\b")
_PLACE = re.compile(r"(\S+?):(\d+)")
_AROUND = "()[]`'\",;:"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a reason counts on, and where it stands; `path` is None for the Dockerfile itself.

    Other paths are relative to the build context, posix, and may begin with `../`; `line` is 1-based, None for a whole
    file.
    """

    text: str
    path: str | None = None
    line: int | None = None


def fact(text: str, place: str, context: BuildContext) -> Fact:
    """A fact at a place as reasons write it: `main.py:14`, `compose.yaml`, `line 12`, or words without one."""
    return next((Fact(text, one.path, one.line) for one in facts_in(place, context)), Fact(text))


def facts_in(reason: str, context: BuildContext) -> Iterator[Fact]:
    """The clauses of a reason that name a place, each with the first one that it names."""
    for clause in _CLAUSE.split(reason):
        found = next(_places(clause, context), None)
        if found is not None:
            yield Fact(clause, *found)


def distinct(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The first fact at each place, and each text that has none."""
    found: dict[tuple[object, ...], Fact] = {}
    said: set[tuple[str, str | None]] = set()
    for one in facts:
        key: tuple[object, ...] = (one.path, one.line) if one.path or one.line else (one.text,)
        if key not in found and (one.line or (one.text, one.path) not in said):
            found[key] = one
            said.add((one.text, one.path))
    return tuple(found.values())


def _places(clause: str, context: BuildContext) -> Iterator[tuple[str | None, int | None]]:
    for found in _LINE.finditer(clause):
        yield _file(found[1] or "", context), int(found[2])
    for word in clause.split():
        bare = word.strip(_AROUND)
        numbered = _PLACE.match(bare)
        path = _file(numbered[1] if numbered else bare, context)
        if path is not None:
            yield path, int(numbered[2]) if numbered else None


def _file(name: str, context: BuildContext) -> str | None:
    """The path of a file by its name in the context, or in the repository around it."""
    if not name or name.startswith("/"):
        return None
    if context.is_file(name):
        return posixpath.normpath(name)
    repository, folder = repository_of(context)
    for path in (posixpath.normpath(posixpath.join(folder, name)), posixpath.normpath(name)) if folder else ():
        if repository.is_file(path):
            return posixpath.relpath(path, folder)
    return None
