"""Writes a result in place: whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from dockerfix.errors import FileError
from dockerfix.fix.outcome import Outcome
from dockerfix.fix.staging import stage

__all__ = ["write"]


def write(outcome: Outcome, root: Path | None, path: Path) -> None:
    """Put the repaired Dockerfile and the other changed files in place.

    Every new text is first written beside its target; only then are they moved over it, the Dockerfile last,
    so that a full disk leaves everything as it was. Mode and owner stay; a symlink stays a link and its target
    is replaced.

    Args:
        root: the build context that `outcome.files` are relative to.
        path: the Dockerfile.
    Raises:
        FileError: a file cannot be written, or is no longer what was read.
    """
    wanted: list[_Wanted] = []
    for change in outcome.files:
        if root is None:
            raise FileError(f"{change.path}: there is no build context to write it into")
        wanted.append(_Wanted(root / change.path, change.before, change.after))
    if outcome.after.source != outcome.before.source:
        wanted.append(_Wanted(path, outcome.before.source, outcome.after.source))
    place = path  # what is in hand: an error names that, and not the file beside it
    done: list[_Wanted] = []
    try:
        for one in wanted:
            place = one.place
            one.target = Path(os.path.realpath(place))
            one.temporary = stage(one.target, one.before, one.after)
        for one in wanted:
            place = one.place
            assert one.temporary is not None  # each was staged above
            os.replace(one.temporary, one.target)
            done.append(one)
    except OSError as error:
        kept = "; nothing was changed" if _undone(done) else f"; {done[0].place} was written already"
        raise FileError(f"{place}: cannot be written ({_why(error)}){kept}") from error
    finally:
        for one in wanted:
            if one.temporary is not None:
                with suppress(OSError):
                    one.temporary.unlink()


class _Wanted:
    """One file that is to get a new text."""

    def __init__(self, place: Path, before: bytes | None, after: bytes) -> None:
        self.place = place
        self.before = before
        self.after = after
        self.target = place
        self.temporary: Path | None = None


def _undone(done: list[_Wanted]) -> bool:
    """Puts back what was replaced before a later file failed; whether all of it is as it was."""
    try:
        for one in reversed(done):
            if one.before is None:
                one.target.unlink()
            else:
                os.replace(stage(one.target, one.after, one.before), one.target)
    except (OSError, FileError):
        return False
    return True


def _why(error: OSError) -> str:
    if error.errno == errno.EBUSY:
        return "it is mounted by itself, as `docker run -v FILE:FILE` does; mount its folder instead"
    return error.strerror or str(error)
