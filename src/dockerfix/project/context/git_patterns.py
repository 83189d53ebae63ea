"""One ignore file of Git's, asked about names in a folder.

Written here rather than taken from `pathspec`, which is made for lists of files: asked about a folder, it lets
`**/build` win over a later `!build/`, and cannot tell a match from a match of a folder above.

Source: gitignore(5); git dir.c (parse_path_pattern, match_pathname) and wildmatch.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from dockerfix.frozen import frozen
from dockerfix.project.context.glob_pieces import ANY, FOLDERS, IN_NAME, whole_match
from dockerfix.regexes import regex

__all__ = ["GitPattern", "GitPatterns", "parse_git_pattern"]

_CLASS = regex(r"\[(?P<not>[!^]?)(?P<body>\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_CLASS_PART = regex(r"\\?(.)(?:-\\?(.))?", re.DOTALL)
_STARS = regex(r"\*+")


@frozen
class GitPattern:
    """One pattern.

    Attributes:
        by_path: whether `matches` is asked of the path from the ignore file's folder, else of the name alone.
    """

    matches: Callable[[str], bool]
    by_path: bool
    folders_only: bool
    negated: bool


def parse_git_pattern(line: str) -> GitPattern | None:
    """One line of an ignore file; None for a comment, an empty line, and what matches nothing in Git either.

    Named classes (`[[:alpha:]]`) are taken to match nothing.
    """
    text = re.sub(r"(?<!\\) +$", "", line.removesuffix("\r"))
    negated = text.startswith("!")
    body = text[1:] if negated else text
    folders_only = body.endswith("/")
    body = body[:-1] if folders_only else body
    if text.startswith("#") or not body.strip("/"):
        return None
    by_path = "/" in body
    pieces = _pieces(body.removeprefix("/"), by_path)
    if pieces is None:
        return None
    return GitPattern(whole_match(pieces, newlines=True), by_path, folders_only, negated)


class GitPatterns:
    """The patterns of one file; the last one that matches decides. Most ask for a name, once for each name."""

    def __init__(self, lines: Iterable[str]) -> None:
        found = [pattern for line in lines if (pattern := parse_git_pattern(line)) is not None]
        latest_first = list(enumerate(found))[::-1]
        self._by_name = [(number, pattern) for number, pattern in latest_first if not pattern.by_path]
        self._by_path = [(number, pattern) for number, pattern in latest_first if pattern.by_path]
        self._named: dict[tuple[str, bool], tuple[int, bool]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_name or self._by_path)

    def verdict(self, folder: str, name: str, is_folder: bool) -> bool | None:
        """Whether a name is ignored in a folder ("" or with a slash behind it); None where nothing is said."""
        key = (name, is_folder)
        by_name = self._named.get(key)
        if by_name is None:
            by_name = self._named[key] = _last(self._by_name, name, is_folder)
        number, ignored = max(by_name, _last(self._by_path, folder + name, is_folder))
        return ignored if number >= 0 else None


def _last(latest_first: Iterable[tuple[int, GitPattern]], asked: str, is_folder: bool) -> tuple[int, bool]:
    """The number of the last pattern that matches, -1 for none, and whether it ignores."""
    for number, pattern in latest_first:
        if (is_folder or not pattern.folders_only) and pattern.matches(asked):
            return number, not pattern.negated
    return -1, False


def _pieces(pattern: str, by_path: bool) -> list[str] | None:
    """The pattern as regular expressions, one after the other; None when it matches nothing."""
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        piece, at = _piece(pattern, at, by_path)
        if piece is None:
            return None
        pieces.append(piece)
    return pieces


def _piece(pattern: str, at: int, by_path: bool) -> tuple[str | None, int]:
    """What stands at `at`, and the place behind it."""
    character = pattern[at]
    if character == "*":
        return _stars(pattern, at, by_path)
    if character == "?":
        return "[^/]", at + 1
    if character == "[":
        found = _CLASS.match(pattern, at)
        return (None, at) if found is None else (_class(found), found.end())
    if character == "\\":
        return (re.escape(pattern[at + 1]) if at + 1 < len(pattern) else None), at + 2
    return re.escape(character), at + 1


def _stars(pattern: str, at: int, by_path: bool) -> tuple[str, int]:
    """`**` between slashes stands for any folders; any other run of stars for any characters of one name."""
    found = _STARS.match(pattern, at)
    end = found.end() if found is not None else at
    before, after = pattern[:at], pattern[end:]
    if by_path and end - at == 2 and (not before or before.endswith("/")) and (not after or after.startswith("/")):
        return (FOLDERS, end + 1) if after else (ANY, end)
    return IN_NAME, end


def _class(found: re.Match[str]) -> str | None:
    if "[:" in found["body"]:
        return None
    parts = [part.groups() for part in _CLASS_PART.finditer(found["body"])]
    ranges = [(low, high or low) for low, high in parts if low <= (high or low)]
    body = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges)
    if not body:
        return "[^/]" if found["not"] else None
    return f"(?!/)[{'^' if found['not'] else ''}{body}]"
