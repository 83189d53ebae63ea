"""Tags that may name the release behind a floating one, those first that most probably do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from dockerfix.frozen import frozen
from dockerfix.project.bases.tags import is_early, pinned_tag, version_fits

__all__ = ["Candidate", "candidates", "finer"]

_RELEASE = re.compile(r"v?\d+(?:[._]\d+)*(?:\.(?:Final|GA|RELEASE))?", re.ASCII)  # neither 3.15.0a2 nor 1.26rc1
_DATE = re.compile(r"(?:19|20)\d{6}(?:\.\d+)?")
_NUMBER = re.compile(r"\d+")


@frozen
class Candidate:
    """A tag with a release in front; `more` counts the words that the floating tag does not have."""

    tag: str
    release: str
    more: int = 0

    @property
    def numbers(self) -> tuple[int, ...]:
        """The release as numbers, to be compared."""
        return _numbers(self.release)


def candidates(floating: str, tags: Iterable[str]) -> tuple[Candidate, ...]:
    """The tags of an image to compare a floating one with.

    Of `slim` these are `24.11.1-slim`, `24.11-slim` and their like; behind them stand those with further words, as
    some images have no release without one (`25.0.1_8-jdk` of `latest`). The newest of each major release comes
    first, then the newest of each minor one: a tag that floats is the newest of something.
    """
    found = sorted(_fitting(floating, tags), key=lambda one: (one.more, *(-n for n in one.numbers)))
    ranked = []
    for more in sorted({one.more for one in found}):
        ranked += _ranked([one for one in found if one.more == more])
    return tuple(ranked)


def finer(found: Candidate, among: Iterable[Candidate]) -> Iterator[Candidate]:
    """The tags that say the same release more precisely, the most precise first: `1.29.3` of `1.29`."""
    longer = (one for one in among if one.release.startswith(f"{found.release}.") and one.more == found.more)
    yield from sorted(longer, key=lambda one: (-len(one.numbers), *(-n for n in one.numbers)))


def _fitting(floating: str, tags: Iterable[str]) -> Iterator[Candidate]:
    first, *_ = floating.split("-")
    written = first if first.removeprefix("v").isdigit() else ""
    kept = pinned_tag(floating, "")
    for tag in tags:
        release, _, rest = tag.partition("-")
        if not _RELEASE.fullmatch(release) or _DATE.fullmatch(release) or is_early(tag):
            continue
        if written and not version_fits(release, written.removeprefix("v")):
            continue
        if rest == kept.strip("-"):
            yield Candidate(tag, release)
        elif {word for word in kept.split("-") if word} <= {*rest.split("-")}:
            yield Candidate(tag, release, len(rest.split("-")) - len([word for word in kept.split("-") if word]))


def _ranked(newest_first: list[Candidate]) -> list[Candidate]:
    """Newest of each major release, newest of each minor one, and the rest."""
    majors: dict[tuple[int, ...], Candidate] = {}
    minors: dict[tuple[int, ...], Candidate] = {}
    for one in newest_first:
        majors.setdefault(one.numbers[:1], one)
        minors.setdefault(one.numbers[:2], one)
    return list(dict.fromkeys((*majors.values(), *minors.values(), *newest_first)))


@cache
def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBER.findall(release)[:6])
