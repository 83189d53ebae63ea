"""Flags that only decide whether a package manager leaves its cache behind."""

from __future__ import annotations

from dockerfix.image.commands import script_of
from dockerfix.image.model import Step
from dockerfix.syntax import Run

__all__ = ["CACHE_FLAGS", "without_cache_flags"]

# Program (last part of the name, digits and dots aside) → flags without effect on what gets installed.
CACHE_FLAGS: dict[str, frozenset[str]] = {
    "pip": frozenset({"--no-cache-dir"}),
    "python": frozenset({"--no-cache-dir"}),
    "uv": frozenset({"--no-cache"}),
    "apk": frozenset({"--no-cache"}),
}


def without_cache_flags(step: Step) -> object:
    """The script of a RUN as a value in which cache flags do not count; the plain text where it cannot be read."""
    run = step.instruction
    assert isinstance(run, Run)
    if step.commands is None or run.script is None:
        if step.commands:
            return tuple(_kept(step.commands[0].command.argv))
        return (run.arguments.raw, tuple(h.content for h in run.heredocs))
    script = script_of(run)
    assert script is not None
    raw = script.source.raw
    pieces: list[bytes] = []
    at = 0
    for word in _cache_words(step):
        gap = len(raw[: word[0]]) - len(raw[: word[0]].rstrip(b" \t"))
        pieces.append(raw[at : word[0] - gap])
        at = word[1]
    pieces.append(raw[at:])
    return b"".join(pieces).split()


def _cache_words(step: Step) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for run_command in step.commands or ():
        flags = CACHE_FLAGS.get((run_command.program.name or "").rstrip("0123456789."), frozenset())
        found += [(word.start, word.end) for word in run_command.program.words if word.value in flags]
    return found


def _kept(argv: tuple[str | None, ...]) -> list[str | None]:
    flags = CACHE_FLAGS.get((argv[0] or "").rsplit("/", 1)[-1].rstrip("0123456789."), frozenset()) if argv else ()
    return [value for value in argv if value not in flags]
