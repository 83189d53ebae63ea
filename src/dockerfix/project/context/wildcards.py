"""Wildcards as Go's `filepath.Match` reads them: the common alphabet of COPY sources and of ignore files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

from dockerfix.frozen import frozen
from dockerfix.project.context.glob_pieces import IN_NAME, whole_match
from dockerfix.regexes import regex

__all__ = ["BadPattern", "Class", "Literally", "Token", "Wild", "has_wildcard", "name_matcher", "tokens"]


_UNESCAPED_WILDCARD = regex(r"(?:[^*?\[\\]|\\.)*[*?\[]", re.DOTALL)


class BadPattern(ValueError):
    """A pattern that Go's `filepath.Match` refuses."""


@frozen
class Wild:
    """`*`, any run of characters, or `?`, one; neither takes a slash."""

    sign: Literal["*", "?"]


@frozen
class Literally:
    """One character that stands for itself, with or without a backslash before it."""

    character: str
    escaped: bool


@frozen
class Class:
    """`[a-z]` or `[^a-z]`: ranges, both ends included; `source` is the text between the brackets."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool
    source: str

    @property
    def regex(self) -> str:
        """The same class for Python's `re`; one that holds nothing (`[z-a]`) never matches, its negation always."""
        body = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in self.ranges if low <= high)
        if not body:
            return r"[\s\S]" if self.negated else r"[^\s\S]"
        return f"[{'^' if self.negated else ''}{body}]"


Token: TypeAlias = Wild | Literally | Class


def has_wildcard(text: str) -> bool:
    """Whether BuildKit takes the text as a pattern: an unescaped `*`, `?` or `[`. Source: fsutil containsWildcards."""
    return _UNESCAPED_WILDCARD.match(text) is not None


def tokens(pattern: str) -> Iterator[Token]:
    """The parts of a pattern, in order.

    Raises:
        BadPattern: an unclosed or empty class, `-` or `]` where a class needs a character, a final backslash.
    """
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            yield Wild("*")
        elif character == "?":
            yield Wild("?")
        elif character == "[":
            found, at = _class(pattern, at)
            yield found
        elif character == "\\":
            if at == len(pattern):
                raise BadPattern("a backslash ends the pattern")
            yield Literally(pattern[at], True)
            at += 1
        else:
            yield Literally(character, False)


def _class(pattern: str, start: int) -> tuple[Class, int]:
    """The class whose text starts at `start`, and the place behind its bracket."""
    negated = pattern.startswith("^", start)
    at = start + negated
    ranges: list[tuple[str, str]] = []
    while not ranges or not pattern.startswith("]", at):
        low, at = _class_character(pattern, at)
        high = low
        if pattern.startswith("-", at):
            high, at = _class_character(pattern, at + 1)
        ranges.append((low, high))
    return Class(tuple(ranges), negated, pattern[start:at]), at + 1


def _class_character(pattern: str, at: int) -> tuple[str, int]:
    """One character of a class, and the place behind it; at least the closing bracket must follow."""
    if pattern[at : at + 1] in ("-", "]"):
        raise BadPattern("'-' or ']' where a class needs a character")
    if pattern.startswith("\\", at):
        at += 1
    if at + 1 >= len(pattern):
        raise BadPattern("a '[' is not closed")
    return pattern[at], at + 1


@lru_cache(maxsize=1024)
def name_matcher(pattern: str) -> Callable[[str], bool]:
    """A test of whole names (no slashes) against one part of a pattern.

    Raises:
        BadPattern: see `tokens`.
    """
    return whole_match([_piece(token) for token in tokens(pattern)])


def _piece(token: Token) -> str:
    if isinstance(token, Wild):
        return IN_NAME if token.sign == "*" else "[^/]"
    return re.escape(token.character) if isinstance(token, Literally) else token.regex
