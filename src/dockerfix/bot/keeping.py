"""One pull request brought to where it should be: look, decide, act, and look again after everything that went wrong.

A request that writes is never repeated blindly. Whatever fails, the next round starts from what is then on the forge.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from dockerfix.bot.forge import BranchName, Comparison, Forge, NewPullRequest, PullRequest
from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    ForbiddenError,
    ForgeError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StaleHeadError,
    TransientError,
)
from dockerfix.bot.lifecycle import (
    CloseIt,
    CommitThem,
    DeleteBranch,
    Ended,
    FurnishIt,
    OpenIt,
    Plan,
    Policy,
    RewriteIt,
    Seen,
    Step,
    decide,
)
from dockerfix.bot.marker import Marker, fitting, is_ours
from dockerfix.bot.proposal import Proposal
from dockerfix.frozen import frozen

__all__ = ["Kept", "Place", "keep", "observe"]

_ROUNDS = 6
_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds between rounds, doubled each time
_NEEDLESS = (
    "Nothing is left to repair: the base has these repairs, or no longer needs them. "
    "This pull request is closed and its branch deleted; a new one is opened when there is something to do again."
)


@frozen
class Place:
    """Where a pull request comes from and goes to.

    Attributes:
        repository: the path of the one it goes to.
        base: the branch it goes to.
        head: its own branch, perhaps of a fork.
        parent: the commit that the repairs were made from.
    """

    repository: str
    base: str
    head: BranchName
    parent: str


@frozen
class Kept:
    """What became of a pull request.

    Attributes:
        reason: one sentence, where `ended` does not say it all; else "".
        pull: as it was seen last; None where there is none.
        notes: what did not work and does not matter much.
    """

    ended: Ended
    reason: str = ""
    pull: PullRequest | None = None
    notes: tuple[str, ...] = ()


def keep(
    forge: Forge,
    place: Place,
    wanted: Proposal | None,
    policy: Policy,
    *,
    patience: float = 120.0,
    pause: Callable[[float], None] = time.sleep,
) -> Kept:
    """Open, update or close the pull request of a branch, or leave it alone.

    Args:
        wanted: None where nothing is left to repair.
        patience: seconds that a forge's limit is waited for; a longer one is an error.
        pause: waits for so many seconds.
    Raises:
        RateLimitedError: the forge wants a longer pause.
        ForgeError: it says no, or failed several times.
    """
    work = _Work(forge, place, wanted, policy)
    for number in range(_ROUNDS):
        try:
            kept = work.round()
            work.tidy()
            return kept
        except RateLimitedError as error:
            if error.seconds > patience or number == _ROUNDS - 1:
                raise
            pause(error.seconds)
        except (StaleHeadError, AlreadyExistsError, TransientError):
            if number == _ROUNDS - 1:
                raise
            pause(min(_PAUSE * 2**number, _LONGEST_PAUSE))
    raise AssertionError("the last round returns or raises")


def observe(forge: Forge, place: Place) -> Seen:
    """What is there, in as few requests as possible."""
    head = forge.branch_head(place.head)
    pulls = forge.pull_requests(place.repository, place.head)
    if head is None:
        return Seen(place.parent, place.base, None, None, None, pulls)
    base = BranchName(place.repository, place.base)
    added = _added(forge, base, place.head)
    base_head = forge.branch_head(base) if added.merge_base != place.parent else None
    seen = Seen(place.parent, place.base, base_head, head, added, pulls)
    return replace(seen, is_ours=_is_ours(forge, place, seen, added))


def _is_ours(forge: Forge, place: Place, seen: Seen, added: Comparison) -> bool:
    """Whether the branch holds the bot's work alone, or what was merged of it, or stands on the base it had before."""
    if is_ours(added, forge.is_own):
        return True
    if not added.commits:
        return any(pull.head_id == seen.head and Marker.of(pull.body) for pull in seen.pulls if pull is not seen.open)
    if seen.open is None or seen.open.base == place.base:
        return False
    try:
        return is_ours(forge.compare(BranchName(place.repository, seen.open.base), place.head), forge.is_own)
    except NotFoundError:  # the base that it had before is gone
        return False


def _added(forge: Forge, base: BranchName, head: BranchName) -> Comparison:
    try:
        return forge.compare(base, head)
    except NotFoundError:
        if forge.branch_head(head) is None:
            raise StaleHeadError(f"{head.branch} has just been deleted") from None
        raise


class _Work:
    def __init__(self, forge: Forge, place: Place, wanted: Proposal | None, policy: Policy) -> None:
        self._forge, self._place, self._wanted, self._policy = forge, place, wanted, policy
        self._had_one: bool | None = None
        self._has_written = False
        self._pull: PullRequest | None = None
        self._notes: list[str] = []

    def round(self) -> Kept:
        """Look, decide and act once."""
        seen = observe(self._forge, self._place)
        if self._had_one is None:
            self._had_one = seen.open is not None
        plan = decide(seen, self._wanted, self._policy)
        self._pull = plan.pull
        for step in plan.steps:
            self._has_written = True
            self._do(step)
        return Kept(self._ended(plan), plan.reason, self._pull, tuple(dict.fromkeys(self._notes)))

    def tidy(self) -> None:
        """Take away what runs that were ended in between left beside the branch; the next run tries again."""
        base = BranchName(self._place.repository, self._place.base)
        with suppress(ForgeError):
            self._forge.tidy(self._place.head, base)

    def _ended(self, plan: Plan) -> Ended:
        """What happened in all rounds together."""
        if plan.ended in (Ended.UPDATED, Ended.UNCHANGED) and not self._had_one:
            return Ended.OPENED
        if plan.ended is Ended.UNCHANGED and self._has_written:
            return Ended.UPDATED
        return Ended.CLOSED if plan.ended is Ended.NOTHING and self._had_one else plan.ended

    def _do(self, step: Step) -> None:
        forge, path, branch = self._forge, self._place.repository, self._place.head
        match step:
            case CommitThem(expected):
                assert self._wanted is not None  # no plan without a proposal makes commits
                commits = self._wanted.commits_on(self._place.parent)
                forge.commit(branch, commits, parent=self._place.parent, expected=expected)
            case OpenIt(body):
                assert self._wanted is not None
                new = NewPullRequest(self._wanted.title, body, self._place.base, branch, self._policy.is_draft)
                self._pull = forge.create(path, new)
            case RewriteIt(number, title, body, base):
                fits = None if body is None else fitting(body, forge.body_limit)
                if title or fits or base:
                    self._pull = forge.update(path, number, title=title, body=fits, base=base)
            case FurnishIt(number, body):
                self._furnish(number, body)
            case CloseIt(number, head):
                self._close(number, head)
            case DeleteBranch(expected):
                self._optional(lambda: forge.delete_branch(branch, expected=expected), "the branch was not deleted")

    def _furnish(self, number: int | None, body: str) -> None:
        forge, path, policy = self._forge, self._place.repository, self._policy
        number = number if number is not None else self._pull.number if self._pull else 0
        if policy.labels:
            self._optional(lambda: forge.add_labels(path, number, policy.labels), "labels were not set")
        if policy.reviewers:
            self._optional(lambda: forge.request_reviewers(path, number, policy.reviewers), "nobody was asked")
        if policy.assignees:
            self._optional(lambda: forge.assign(path, number, policy.assignees), "nobody was assigned")
        fits = fitting(body, forge.body_limit)
        if fits is not None:
            self._pull = forge.update(path, number, body=fits)

    def _close(self, number: int, head: str) -> None:
        """Comment, unless a round that was cut short has, and close."""
        sign = f"<!-- dockerfix closed {head} -->"
        if not any(sign in comment.body for comment in self._forge.comments(self._place.repository, number)):
            self._forge.comment(self._place.repository, number, f"{_NEEDLESS}\n\n{sign}")
        self._forge.close(self._place.repository, number)
        self._pull = self._forge.pull_request(self._place.repository, number)

    def _optional(self, act: Callable[[], None], what: str) -> None:
        """Do what may fail for good without harm: a reviewer who has left must not stop the pull request."""
        try:
            act()
        except (RefusedError, ForbiddenError, NotFoundError) as error:
            self._notes.append(f"{what}: {error}")
