"""Patterns of ignore files as BuildKit applies them: Moby's patternmatcher, with each folder's result handed down.

Written anew rather than taken from `e2b_dockerfile_utils.PatternMatcher`: that one asks every pattern about every
level of every path, which on large contexts takes far longer than the walk (`ignore_sieve` is the way out), and it
answers in a few corners where Docker refuses or reads otherwise: `!/`, `/!name`, `a^b*`, `dir\\name`. It is the
second reader in the tests.

Source: moby/patternmatcher, patternmatcher.go (New, compile, MatchesUsingParentResults).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Sequence

from dockerfix.frozen import frozen
from dockerfix.project.context.glob_pieces import ANY, FOLDERS, IN_NAME, START, whole_match
from dockerfix.project.context.wildcards import BadPattern, Class, Literally, Token, Wild, tokens

__all__ = ["IgnorePattern", "IgnorePatterns", "Standing", "clean_pattern", "parse_pattern", "raw_test"]

# What Go's strings.TrimSpace removes; str.strip would take the separators 0x1c to 0x1f too.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@frozen
class IgnorePattern:
    """One pattern: its 1-based `line`, its `text` cleaned and without the `!`, and whether it was `negated` by one."""

    line: int
    text: str
    negated: bool

    def __str__(self) -> str:
        return f"!{self.text}" if self.negated else self.text


def clean_pattern(path: str) -> str:
    """The shortest equal path, as Go's `filepath.Clean` makes it."""
    cleaned = posixpath.normpath(path or ".")
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def parse_pattern(text: str, line: int) -> IgnorePattern | None:
    """One line of an ignore file; None for a comment or an empty one.

    Raises:
        BadPattern: Docker refuses it, or what it means depends on where Docker runs.
    Source: moby/patternmatcher, ignorefile.ReadAll and then New, in that order: a second round sees `/!a` as `!a`.
    """
    if text.startswith("#"):
        return None
    stripped = text.strip(_SPACE)
    if not stripped:
        return None
    sign = "!" if stripped.startswith("!") else ""
    path = stripped[len(sign) :].strip(_SPACE)
    if path:
        path = clean_pattern(path)
        path = path[1:] if len(path) > 1 and path.startswith("/") else path
    again = clean_pattern((sign + path).strip(_SPACE))
    if again == "!":
        raise BadPattern("'!' stands alone")
    negated = again.startswith("!")
    pattern = IgnorePattern(line, again[1:] if negated else again, negated)
    raw_test(pattern.text)
    return pattern


@frozen(eq=False)
class Standing:
    """How a path came out: whether it is ignored, and which patterns matched, for what lies below it."""

    ignored: bool
    matched: tuple[bool, ...]


class IgnorePatterns:
    """An ordered list of patterns; the last one that matches decides, and what matches a folder matches all below."""

    def __init__(self, patterns: Iterable[IgnorePattern]) -> None:
        self.patterns = tuple(patterns)
        self.root = Standing(False, (False,) * len(self.patterns))
        self.tests = [raw_test(pattern.text) for pattern in self.patterns]

    def matches(self, path: str) -> bool:
        """Whether a path (posix, relative, normalised) is ignored; the root never is."""
        standing = self.root
        for end in [at for at, character in enumerate(path) if character == "/"] + [len(path)]:
            standing = self.below(standing, path[:end])
        return standing.ignored

    def below(self, parent: Standing, path: str) -> Standing:
        """How `path` comes out in a folder that came out as `parent`."""
        return self.replay(parent, [index for index, test in enumerate(self.tests) if test(path)])

    def replay(self, parent: Standing, hits: Collection[int]) -> Standing:
        """The verdict on what the patterns at `hits` match, in a folder that came out as `parent`.

        A pattern that could not change the verdict counts as unmatched, also for what lies below.
        """
        ignored = False
        matched = list(parent.matched)
        for index, pattern in enumerate(self.patterns):
            if not matched[index]:
                if pattern.negated != ignored or index not in hits:
                    continue
                matched[index] = True
            ignored = not pattern.negated
        return Standing(ignored, tuple(matched))


def raw_test(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern matches one whole path, folders above not asked.

    Raises:
        BadPattern: see `parse_pattern`.
    """
    parts = list(tokens(pattern))
    for part in parts:
        _refuse_unclear(part)
    doubled = pattern.startswith("**")
    rest = parts[2:] if doubled else parts
    if all(map(_is_plain, rest)):
        return _ends(pattern[2:]) if doubled else (lambda path: path == pattern)
    if parts[-2:] == [Wild("*")] * 2 and all(map(_is_plain, parts[:-2])):
        beginning = pattern[:-2]
        return lambda path: path.startswith(beginning)
    return whole_match(_pieces(parts))


def _is_plain(part: Token) -> bool:
    """Whether Moby compares the part as text; a bracket out of place is enough to make it a regular expression."""
    return isinstance(part, Literally) and not part.escaped and part.character != "]"


def _ends(tail: str) -> Callable[[str], bool]:
    """`**tail`; `**/name` is a whole name."""
    return lambda path: path.endswith(tail) or (tail.startswith("/") and path == tail[1:])


def _refuse_unclear(part: Token) -> None:
    """Patterns that Docker accepts and then reads in a way nobody meant: the meaning is left unknown."""
    if isinstance(part, Literally) and part.escaped and part.character.isascii() and part.character.isalnum():
        raise BadPattern(f"'\\{part.character}' separates folders on Windows and nothing elsewhere; write '/'")
    if isinstance(part, Class) and not _plain(part):
        raise BadPattern(f"the class '[{part.source}]' is not read as it stands")


def _plain(part: Class) -> bool:
    """Whether Moby's regular expression reads the class as `filepath.Match` does."""
    return re.search(r"[*?\[]|\\\w", part.source) is None and all(low <= high for low, high in part.ranges)


def _pieces(parts: Sequence[Token]) -> list[str]:
    """The regular expression that Moby's `compile` writes."""
    pieces: list[str] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        at += 1
        if part == Wild("*") and parts[at : at + 1] == [Wild("*")]:
            at += 1
            if parts[at : at + 1] == [Literally("/", False)]:
                at += 1
            pieces.append(FOLDERS if at < len(parts) else ANY)
        elif isinstance(part, Wild):
            pieces.append(IN_NAME if part.sign == "*" else "[^/]")
        elif isinstance(part, Class):
            pieces.append(part.regex)
        elif part == Literally("^", False):
            pieces.append(START)  # Moby does not escape it, so it is an anchor
        else:
            pieces.append(re.escape(part.character))
    return pieces
