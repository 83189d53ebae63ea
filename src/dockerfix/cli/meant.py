"""First words of other tools, or nearly ours: what is harmless is done, of the rest is said what to type."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection

__all__ = ["meant"]

_DONE_AS = {
    "check": ["--check"],
    "diff": ["--diff"],
    "explain": ["rule"],
    "lint": ["--check"],
    "rules": ["rule"],
    "version": ["--version"],
}
_WRITES = ("apply", "fix", "format", "repair", "write")  # nothing is written that nobody has asked for in our words


def meant(words: list[str], commands: Collection[str]) -> list[str] | str:
    """The words in our own form, or the sentence that tells a person what to type.

    A path that exists is never taken for a command.
    """
    first, rest = words[0], words[1:]
    if os.path.lexists(first):
        return words
    if first == "help":
        return [*rest[:1], "--help"] if rest and rest[0] in commands else ["--help"]
    if first in _DONE_AS:
        return [*_DONE_AS[first], *rest]
    if first in _WRITES:
        write, diff = (shlex.join(["dockerfix", mode, *rest]) for mode in ("--write", "--diff"))
        return f"there is no command {first}: `{write}` makes the repairs, `{diff}` shows them first"
    return words if not first.isalpha() else _near(words, commands)


def _near(words: list[str], commands: Collection[str]) -> list[str] | str:
    from dockerfix.spelling import nearest_name

    hint = nearest_name(words[0], (*commands, *_DONE_AS, *_WRITES))
    return f"{words[0]}: no such file or folder, and no command{hint}" if hint else words
