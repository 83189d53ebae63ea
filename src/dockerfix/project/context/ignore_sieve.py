"""Ignore patterns asked about whole folders: as `IgnorePatterns` answers, without asking each pattern of each file.

Most patterns can be ruled out for a folder by its depth or its first characters, and most of the rest ask only for a
name. What remains is asked.

Source: tonistiigi/fsutil, filter.go (Walk), for folders that need not be listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod

from dockerfix.frozen import frozen
from dockerfix.project.context.ignore_patterns import IgnorePatterns, Standing
from dockerfix.project.context.wildcards import Class, Literally, Token, Wild, name_matcher, tokens

__all__ = ["IgnoreSieve", "Level"]

_MOST_SPELLINGS = 16  # `*.py[cod]` becomes three endings; a class such as [a-z] stays a pattern


class IgnoreSieve:
    """Patterns sorted by where they can match: those of certain folders, and those of all folders, known by a name."""

    def __init__(self, patterns: IgnorePatterns) -> None:
        self.patterns = patterns
        self._places = [_Place.of(pattern.text) for pattern in patterns.patterns]
        names = {
            index: name
            for index, place in enumerate(self._places)
            if place.is_anywhere and (name := _NamePattern.of(patterns.patterns[index].text)) is not None
        }
        self.names = _NameSieve(names)
        self._placed = [(index, place) for index, place in enumerate(self._places) if index not in names]
        self._verdicts: dict[tuple[Standing, tuple[int, ...]], Standing] = {}

    def placed(self, prefix: str) -> list[int]:
        """The patterns that can match something directly in the folder `prefix`, other than those of `names`."""
        depth = prefix.count("/")
        return [i for i, place in self._placed if place.slashes in (None, depth) and place.leads_to(prefix)]

    def verdict(self, parent: Standing, hits: tuple[int, ...]) -> Standing:
        """As `IgnorePatterns.replay`; folders in which nothing new matched share the standing of the one above."""
        if not hits:
            return parent
        found = self._verdicts.get((parent, hits))
        if found is None:
            found = self._verdicts[parent, hits] = self.patterns.replay(parent, hits)
        return found

    def may_keep_below(self, standing: Standing, folder: str) -> bool:
        """Whether anything in a folder can escape being ignored; when not, the folder need not be listed."""
        if not standing.ignored:
            return True
        # Only a `!` pattern that has not spoken yet can turn what is ignored into what is not.
        waiting = [i for i, pattern in enumerate(self.patterns.patterns) if pattern.negated and not standing.matched[i]]
        return any(self._places[index].may_be_below(f"{folder}/") for index in waiting)


class Level:
    """One folder ("" for the root), how it came out, and with that how each name in it comes out."""

    def __init__(self, sieve: IgnoreSieve, folder: str, standing: Standing) -> None:
        self._sieve = sieve
        self._prefix = f"{folder}/" if folder else ""
        self._placed = [index for index in sieve.placed(self._prefix) if not standing.matched[index]]
        self._standing = standing

    def kept(self, names: Iterable[str]) -> list[str]:
        """The paths of the names that are not ignored, in their order."""
        prefix = self._prefix
        if self._placed:
            return [prefix + name for name in names if not self.of(name).ignored]
        may_hit = self._sieve.names.may_hit
        kept = not self._standing.ignored
        return [prefix + name for name in names if (not self.of(name).ignored if may_hit(name) else kept)]

    def of(self, name: str) -> Standing:
        """How the file or folder of that name comes out."""
        candidates = self._placed
        if self._sieve.names.may_hit(name):
            candidates = candidates + self._sieve.names.candidates(name)
        tests, path = self._sieve.patterns.tests, self._prefix + name
        return self._sieve.verdict(self._standing, tuple([index for index in candidates if tests[index](path)]))


@frozen
class _Place:
    """Where a pattern can match: below a literal beginning, and at a certain depth if it has one."""

    beginning: str
    slashes: int | None

    @classmethod
    def of(cls, pattern: str) -> _Place:
        beginning = re.split(r"[*?\[\\^]", pattern, maxsplit=1)[0]
        fixed = "**" not in pattern and _crosses_no_slash(tokens(pattern))
        return cls(beginning, pattern.count("/") if fixed else None)

    @property
    def is_anywhere(self) -> bool:
        return self.slashes is None and not self.beginning

    def leads_to(self, prefix: str) -> bool:
        """Whether the literal beginning allows something in or below the folder `prefix`, slash included."""
        return prefix.startswith(self.beginning) or self.beginning.startswith(prefix)

    def may_be_below(self, prefix: str) -> bool:
        """Whether the pattern can match something at any depth below that folder."""
        return (self.slashes is None or self.slashes >= prefix.count("/")) and self.leads_to(prefix)


def _crosses_no_slash(parts: Iterable[Token]) -> bool:
    """Whether no class can stand for a slash; in the regular expression that Moby makes, it may."""
    classes = [part for part in parts if isinstance(part, Class)]
    return all(not found.negated and not any(low <= "/" <= high for low, high in found.ranges) for found in classes)


@frozen
class _NamePattern:
    """What the name of all that a pattern matches must look like: one of these texts, or as in the pattern `test`."""

    exact: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    test: str | None = None

    @classmethod
    def of(cls, pattern: str) -> _NamePattern | None:
        """None when nothing can be said of the name."""
        name = pattern[pattern.rfind("/") + 1 :]
        name = name[1:] if name.startswith("**") else name
        parts = list(tokens(name))
        if "**" in name or "^" in name or not _crosses_no_slash(parts):
            return None
        wild = [at for at, part in enumerate(parts) if isinstance(part, Wild)]
        if not wild:
            return cls(exact=spelled) if (spelled := _spellings(parts)) else cls(test=name)
        if wild == [0] and parts[0] == Wild("*") and (spelled := _spellings(parts[1:])):
            return cls(tails=spelled)
        if wild == [len(parts) - 1] and parts[-1] == Wild("*") and (spelled := _spellings(parts[:-1])):
            return cls(heads=spelled)
        return cls(test=name)


def _spellings(parts: Sequence[Token]) -> tuple[str, ...]:
    """Every text that parts without `*` and `?` stand for; none at all when there are many."""
    choices: list[str] = []
    for part in parts:
        if isinstance(part, Class):
            choices.append("".join(chr(code) for low, high in part.ranges for code in range(ord(low), ord(high) + 1)))
        elif isinstance(part, Literally):
            choices.append(part.character)
    if prod(map(len, choices)) > _MOST_SPELLINGS:
        return ()
    return tuple(map("".join, product(*choices)))


class _NameSieve:
    """Tells quickly of most names that no pattern asks for them."""

    def __init__(self, patterns: Mapping[int, _NamePattern]) -> None:
        self._exact: dict[str, list[int]] = {}
        for index, pattern in patterns.items():
            for name in pattern.exact:
                self._exact.setdefault(name, []).append(index)
        self._by_head = [(head, index) for index, pattern in patterns.items() for head in pattern.heads]
        self._by_tail = [(tail, index) for index, pattern in patterns.items() for tail in pattern.tails]
        self._heads = tuple(head for head, _ in self._by_head)
        self._tails = tuple(tail for tail, _ in self._by_tail)
        self._tests = [(name_matcher(p.test), index) for index, p in patterns.items() if p.test is not None]

    def may_hit(self, name: str) -> bool:
        """Whether there are `candidates`."""
        return bool(
            name in self._exact
            or name.endswith(self._tails)
            or name.startswith(self._heads)
            or (self._tests and any(test(name) for test, _ in self._tests))
        )

    def candidates(self, name: str) -> list[int]:
        """The patterns that can match something of this name."""
        found = list(self._exact.get(name, ()))
        found += [index for tail, index in self._by_tail if name.endswith(tail)]
        found += [index for head, index in self._by_head if name.startswith(head)]
        found += [index for test, index in self._tests if test(name)]
        return found
