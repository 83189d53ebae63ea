"""What became of one Dockerfile: before, after, what was applied, held back, and what remains."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.rule import Applicability, FileChange, Finding
from dockerfix.syntax import Dockerfile
from dockerfix.text import Position

__all__ = ["Applied", "HeldBack", "Outcome", "Remaining"]


@frozen
class Applied:
    """A repair that was made; `position` is where the mistake stood in the file as it was."""

    finding: Finding
    position: Position


@frozen
class HeldBack:
    """A repair that the write gate refused, with the promise that broke."""

    finding: Finding
    position: Position
    reason: str


@frozen
class Remaining:
    """A finding that stays in the result: nothing to apply, or nothing that may be applied."""

    finding: Finding
    position: Position

    @property
    def offered(self) -> Applicability | None:
        """`UNSAFE` or `SUGGESTION` where a fix is shown and not applied, None without one."""
        return self.finding.fix.applicability if self.finding.fix else None


@frozen
class Outcome:
    """The result for one Dockerfile.

    `files` are changes of other files of the context. `image_changes` says in words what changes in the
    image; `remaining` holds the findings of the result, declined notes included; positions are those of
    the file as it was.
    """

    before: Dockerfile
    after: Dockerfile
    files: tuple[FileChange, ...] = ()
    applied: tuple[Applied, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    remaining: tuple[Remaining, ...] = ()
    image_changes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything would be written."""
        return self.before.source != self.after.source or bool(self.files)
