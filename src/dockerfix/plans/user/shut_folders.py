"""Files and folders that a build shuts off: by `chmod`, by the mode of `mkdir` and `install`, by `umask`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Step
from dockerfix.regexes import regex

__all__ = ["shut_out", "shuts_out"]

_OCTAL = regex(r"[0-7]{3,5}\Z")
_CLAUSE = regex(r"([ugoa]*)((?:[-+=][rwxXst]*)+)\Z")
_ACTION = regex(r"([-+=])([rwxXst]*)")
_BITS = {"r": 4, "w": 2, "x": 1, "X": 1, "s": 0, "t": 0}
_MAKERS = frozenset({"mkdir", "install"})
_MAKE_NOTHING = frozenset("cd set export : true echo chmod chown rm ls".split())


def shut_out(step: Step) -> Iterator[str]:
    """The commands of a RUN after which others than the owner lack what the owner has, a sentence each."""
    line = step.instruction.start_line
    items = step.commands or ()
    for at, item in enumerate(items):
        text = " ".join(word.raw for word in item.command.words)
        if item.program.name == "chmod" and shuts_out(_mode(item)) and not _is_for_the_build(item, step):
            yield f"line {line} shuts other users out: {text}"
        elif _makes_shut(item, items[at + 1 :]):
            yield f"line {line} makes what only root may enter: {text}"


def _makes_shut(item: RunCommand, later: tuple[RunCommand, ...]) -> bool:
    """Whether a command makes something for root alone, or lets those behind it do so."""
    name = item.program.name
    if name == "umask":
        return _masks(item) and any(one.program.name not in _MAKE_NOTHING for one in later)
    return name in _MAKERS and shuts_out(_mode(item)) and not _has_owner(item, later)


def shuts_out(mode: str) -> bool:
    """Whether a mode, of a folder or file that everybody could use, leaves others without what the owner has.

    `u+x` counts: what it is needed for has no `x` for others either.
    """
    if _OCTAL.match(mode):
        owner, others = int(mode[-3]), int(mode[-1])
        return bool(owner & ~others & 0o5)
    if re.match(r"u[+=][rwxX]+\Z", mode):
        return True
    owner, others = 0o7, 0o5
    for clause in mode.split(","):
        found = _CLAUSE.match(clause)
        if found is None:
            return False
        who = found[1] or "a"
        for sign, letters in _ACTION.findall(found[2]):
            bits = sum({_BITS[letter]: _BITS[letter] for letter in letters}.values())
            owner = _applied(owner, sign, bits) if set(who) & {"u", "a"} else owner
            others = _applied(others, sign, bits) if set(who) & {"o", "a"} else others
    return bool(owner & ~others & 0o5)


def _applied(mode: int, sign: str, bits: int) -> int:
    return {"+": mode | bits, "-": mode & ~bits, "=": bits}[sign]


def _mode(item: RunCommand) -> str:
    """The mode that a command is given; empty for none."""
    words = [value or "" for value in item.program.argv[1:]]
    if item.program.name == "chmod":
        return next((word for word in words if word and not re.match(r"-(?:[RfvcHLP]+\Z|-)", word)), "")
    for at, word in enumerate(words):
        name, equals, given = word.partition("=")
        if name == "--mode":
            return given if equals else "".join(words[at + 1 : at + 2])
        short = re.match(r"-(?!-)[a-zA-Z]*?m(.*)", word)
        if short is not None:
            return short[1] or "".join(words[at + 1 : at + 2])
    return ""


def _masks(item: RunCommand) -> bool:
    mask = next((value for value in item.program.argv[1:] if value and not value.startswith("-")), "")
    if _OCTAL.match(mask.zfill(3)):
        return bool(int(mask.zfill(3)[-1]) & 0o5)
    return "=" in mask and shuts_out(mask)


def _has_owner(item: RunCommand, later: tuple[RunCommand, ...]) -> bool:
    """Whether what is made belongs to somebody else than root: `install -o app`, or a `chown` behind it."""
    words = [value or "" for value in item.program.argv[1:]]
    for at, word in enumerate(words):
        if item.program.name == "install" and (word in ("-o", "--owner") or word.startswith("--owner=")):
            owner = word.partition("=")[2] or "".join(words[at + 1 : at + 2])
            return owner not in ("", "root", "0")
    made = {word.rstrip("/") for word in words if "/" in word}
    chowns = (one.program.argv for one in later if one.program.name == "chown")
    return any(made & {(value or "").rstrip("/") for value in argv} for argv in chowns)


def _is_for_the_build(item: RunCommand, step: Step) -> bool:
    """Whether the file of a `chmod` is run or deleted in the same RUN, as an installer is."""
    names = {(value or "").rpartition("/")[2] for value in item.program.argv[2:]}
    used = {other.program.name for other in step.commands or ()}
    gone = {
        (value or "").rpartition("/")[2]
        for other in step.commands or ()
        if other.program.name in ("rm", "mv")
        for value in other.program.argv[1:]
    }
    return bool(names) and names <= used | gone
