"""Patterns with stars, matched in time linear in pattern times path.

Python's `re` tries every way to share a text out among the stars: a pattern of thirty stars never ends. What the
readers of patterns write are few kinds of pieces, and a set of places in the pattern, moved along the text, says the
same without trying again. Patterns with few stars stay with `re`, which is faster there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

__all__ = ["ANY", "FOLDERS", "IN_NAME", "START", "whole_match"]

IN_NAME = "[^/]*"  # any run of characters without a slash
ANY = ".*"
FOLDERS = "(?:.*/)?"  # any folders, or none
START = "^"  # nothing, where the text begins
_WITHIN = "within FOLDERS"
_STARS = (IN_NAME, ANY, FOLDERS)
_FEW = 3  # stars that a path may be shared out among by trying: at most the cube of its length


def whole_match(pieces: Sequence[str], *, newlines: bool = False) -> Callable[[str], bool]:
    """A test of whole texts against a pattern.

    Args:
        pieces: regular expressions, each for one character or one of the constants of this module.
        newlines: whether `.` stands for a line break, too.
    """
    flags = re.DOTALL if newlines else 0
    if sum(piece in _STARS for piece in pieces) <= _FEW:
        compiled = re.compile("".join(pieces), flags)
        return lambda text: compiled.fullmatch(text) is not None
    return _Automaton(pieces, flags).accepts


class _Automaton:
    """A set of places as the bits of a number: bit `n` says that the text so far fits what stands before place `n`.

    `a*b` has the places 0 before `a`, 1 before the star, 2 before `b`, 3 behind it. After "axx" bits 1 and 2 are set:
    the star may go on or be over. FOLDERS has two places: one to skip it from, and one that a slash leaves.
    """

    def __init__(self, pieces: Sequence[str], flags: int) -> None:
        self._flags = flags
        self._places = list(_places(pieces))
        self._skip_one = self._bits(IN_NAME, ANY, FOLDERS)
        self._skip_two = self._bits(FOLDERS)
        self._moves: dict[str, tuple[int, int]] = {}
        start = self._bits(START)
        self._first = self._spread(1, self._skip_one | start)

    def accepts(self, text: str) -> bool:
        """Whether the whole text fits."""
        active = self._first
        for character in text:
            moves = self._moves.get(character)
            if moves is None:
                moves = self._moves[character] = self._move(character)
            steps, stays = moves
            active = self._spread((active & steps) << 1 | (active & stays), self._skip_one)
            if not active:
                return False
        return bool(active >> len(self._places) & 1)

    def _bits(self, *kinds: str) -> int:
        return sum(1 << at for at, place in enumerate(self._places) if place in kinds)

    def _spread(self, active: int, skip_one: int) -> int:
        """With all places that can be reached without a character."""
        while True:
            more = active | (active & skip_one) << 1 | (active & self._skip_two) << 2
            if more == active:
                return active
            active = more

    def _move(self, character: str) -> tuple[int, int]:
        """The places that a character leads on from, and those where it changes nothing."""
        any_one = re.fullmatch(".", character, self._flags) is not None
        steps = stays = 0
        for at, place in enumerate(self._places):
            if place == IN_NAME:
                stays |= (character != "/") << at
            elif place in (ANY, _WITHIN):
                stays |= any_one << at
                steps |= (place == _WITHIN and character == "/") << at
            elif place not in (FOLDERS, START):
                steps |= (re.fullmatch(place, character, self._flags) is not None) << at
        return steps, stays


def _places(pieces: Sequence[str]) -> Iterator[str]:
    """A place for each piece, two for FOLDERS; of equal stars in a row, one says as much."""
    for piece, same in groupby(pieces):
        for _ in range(1 if piece in _STARS else len(list(same))):
            yield piece
            if piece == FOLDERS:
                yield _WITHIN
