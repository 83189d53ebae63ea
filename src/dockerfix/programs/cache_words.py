"""Whether words of a shell name pip's cache, or the folder of caches in a home around it, in any spelling."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from dockerfix.image.model import Step

__all__ = ["SPEAKS", "names_cache"]

# What a script or task says of a home's cache.
SPEAKS = re.compile(r"\bpip3?\s+cache\b|(?:~|/root|\$\{?HOME\}?)/\.cache(?:/pip)?(?![\w/-])|\.cache/pip\b")
_CACHE = ".cache"
_PLACES = ("/root/.cache", "/root/.cache/pip")
_PARTS = re.compile(r"[\s,:;=\"'(){}|]+")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_HOME = re.compile(r"\A(?:~|\$HOME|\$\{HOME\})(?=/|\Z)")


def names_cache(raw: str, step: Step, workdir: str | None) -> bool:
    """Whether a word, as it is written in a RUN, means pip's cache, a part of it, or the folder around it."""
    text = _filled(raw, step)
    place = step.before.env.get("XDG_CACHE_HOME")
    if "XDG_CACHE_HOME" in raw or (place and text.startswith(place)):
        return True
    pieces = (text.strip("\"'"), *_PARTS.split(text))
    return any(_is_cache(piece, workdir) for piece in pieces if piece)


def _filled(raw: str, step: Step) -> str:
    """A word with the known variables of the image in place; HOME stays."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return match[0] if name == "HOME" else step.before.env.get(name) or match[0]

    return _VARIABLE.sub(value, raw)


def _is_cache(piece: str, workdir: str | None) -> bool:
    text = _HOME.sub("/root", piece)
    if text.startswith("*"):  # of `find -path`, which minds no slash
        return _CACHE[1:] in text and any(fnmatchcase(place, text) for place in _PLACES)
    return any(_is_below(place) or _matches(place) for place in _seen(text, workdir))


def _seen(text: str, workdir: str | None) -> Iterator[str]:
    yield posixpath.normpath(text)
    if workdir is not None and not text.startswith(("/", "-")):
        yield posixpath.normpath(posixpath.join(workdir, text))


def _is_below(place: str) -> bool:
    parts = [part for part in place.split("/") if part]
    if _CACHE not in parts:
        return False
    rest = parts[parts.index(_CACHE) + 1 :]
    return not rest or fnmatchcase("pip", rest[0])


def _matches(pattern: str) -> bool:
    """Whether a pattern of the shell finds the cache: a dot in front of a name is only matched by a dot."""
    wanted = pattern.strip("/").split("/")
    for place in _PLACES:
        names = place.strip("/").split("/")
        pairs = list(zip(names, wanted, strict=False))
        if len(wanted) == len(names) and all(_fits(name, one) for name, one in pairs):
            return True
    return False


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
