"""Review mode: comments at the lines of somebody's pull request, kept up to date.

What stands there decides, so a run that was ended in between is continued by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from dockerfix.bot.forge import Forge, NewReviewComment, ReviewComment, ReviewForge
from dockerfix.bot.forge_errors import ForbiddenError
from dockerfix.bot.review_comments import WantedComment, is_settled, key_of, settled_body
from dockerfix.frozen import frozen

__all__ = ["Edit", "Review", "ReviewingForge", "Step", "carry_out", "described", "plan"]

_REPAIRED = "Repaired."
_MOVED = "The lines have changed; see the newer comment."


class ReviewingForge(Forge, ReviewForge, Protocol):
    """A forge that review mode works with."""


@frozen
class Edit:
    """A comment that gets a new text.

    Attributes:
        resolves: its conversation is resolved too.
    """

    comment: ReviewComment
    body: str
    resolves: bool = False


@frozen
class Review:
    """New comments, written together."""

    comments: tuple[NewReviewComment, ...]


Step = Edit | Review


def plan(wanted: Sequence[WantedComment], there: Sequence[ReviewComment], *, limit: int) -> tuple[Step, ...]:
    """What has to be done so that the wanted comments stand there, and no other one of ours is open.

    A conversation that a person has resolved is over: the mistake is not told again.

    Args:
        there: every comment at lines; those that review mode did not write are left alone.
        limit: how many comments are written at most; those that come later wait for another run.
    """
    ours = [comment for comment in there if comment.is_mine is not False and key_of(comment.body)]
    closed = {_name(c) for c in ours if c.is_resolved and not is_settled(c.body)}
    open_ones = [comment for comment in ours if not comment.is_resolved]
    by_name = {(wanted.comment.path, wanted.key): wanted.comment for wanted in wanted}
    kept: set[tuple[str, str]] = set()
    steps: list[Step] = []
    for comment in open_ones:
        new = by_name.get(_name(comment))
        if is_settled(comment.body):  # a run was ended before it came to this
            steps += [Edit(comment, comment.body, resolves=True)] if comment.thread else []
        elif new is None or _name(comment) in kept:
            steps.append(Edit(comment, settled_body(comment.body, _REPAIRED if new is None else _MOVED), resolves=True))
        elif _is_in_place(comment, new):
            kept.add(_name(comment))
            steps += [Edit(comment, new.body)] if _differs(comment.body, new.body) else []
        else:
            steps.append(Edit(comment, settled_body(comment.body, _MOVED), resolves=True))
    missing = [c for name, c in by_name.items() if name not in kept and name not in closed]
    missing = missing[: max(0, limit - len(kept))]
    return (*([Review(tuple(missing))] if missing else []), *steps)


def carry_out(forge: ReviewForge, path: str, number: int, commit: str, steps: Sequence[Step]) -> int:
    """Do what was planned.

    Args:
        commit: the one that the pull request stands at, and that was looked at.
    Returns:
        How many conversations stay open because the token may not resolve them.
    Raises:
        ForgeError: what the forge said; what was done until then stays, and the next run goes on from there.
    """
    left = 0
    for step in steps:
        if isinstance(step, Review):
            forge.add_review(path, number, commit, step.comments)
            continue
        if _differs(step.comment.body, step.body):
            forge.edit_review_comment(path, number, step.comment, step.body)
        try:
            if step.resolves:
                forge.resolve(path, number, step.comment)
        except ForbiddenError:
            left += 1
    return left


def described(steps: Sequence[Step]) -> Iterator[str]:
    """Exactly what `carry_out` would send, for people."""
    for step in steps:
        if isinstance(step, Edit):
            what = "resolve" if step.resolves else "update"
            yield f"{what} the comment {step.comment.id} at {step.comment.path}:\n{_indented(step.body)}"
            continue
        for comment in step.comments:
            start = f"{comment.start_line}-" if comment.start_line != comment.line else ""
            yield f"comment at {comment.path}:{start}{comment.line}:\n{_indented(comment.body)}"


def _name(comment: ReviewComment) -> tuple[str, str]:
    return comment.path, key_of(comment.body) or ""


def _is_in_place(comment: ReviewComment, new: NewReviewComment) -> bool:
    """Whether a comment stands at the lines that its text is about.

    Where a forge has no conversations a comment does not move with its lines, and nothing can be applied with a click.
    """
    return comment.thread is None or (comment.start_line, comment.line) == (new.start_line, new.line)


def _differs(one: str, other: str) -> bool:
    """Forges change line ends and blanks at the end."""
    return one.replace("\r\n", "\n").strip() != other.replace("\r\n", "\n").strip()


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
