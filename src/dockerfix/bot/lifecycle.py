"""What has to be done about a pull request, decided from what is there: no request is made here.

The branch is the bot's as long as it holds nothing but what the bot put there (`Seen.is_ours`); everything else
follows from the branch, its pull requests and the repairs that there are today. A plan may be cut short after any of
its steps: the one that is made from what is then there finishes the work.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, StrEnum

from dockerfix.bot.forge import Comparison, PullRequest, State
from dockerfix.bot.marker import Marker, parted, result_digest, started_from, text_digest
from dockerfix.bot.places import named
from dockerfix.bot.proposal import Proposal
from dockerfix.frozen import frozen

__all__ = [
    "CloseIt",
    "CommitThem",
    "DeleteBranch",
    "Ended",
    "FurnishIt",
    "OpenIt",
    "Plan",
    "Policy",
    "Rebase",
    "RewriteIt",
    "Seen",
    "Step",
    "decide",
]


class Ended(Enum):
    """What became of a pull request."""

    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    NOTHING = "nothing to repair"
    LEFT_ALONE = "left alone"  # a person's decision
    POSTPONED = "postponed"  # to the next run


class Rebase(StrEnum):
    """When a branch whose content is right is put on top of a base that has moved on."""

    CONFLICT = "conflict"  # only where the base has changed the same files
    ALWAYS = "always"


@frozen
class Policy:
    """What whoever runs the bot wants. Nothing in a repository changes it.

    Attributes:
        may_open: whether this run may still open a pull request.
    """

    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    is_draft: bool = False
    may_open: bool = True
    rebase: Rebase = Rebase.CONFLICT

    @property
    def furnishes(self) -> bool:
        """Whether there is something to set on a new pull request."""
        return bool(self.labels or self.reviewers or self.assignees)


@frozen
class Seen:
    """What is there.

    Attributes:
        parent: the commit that the repairs were made from.
        base_head: where the base stands now; None where nobody asked, because it does not matter.
        head: where the branch stands; None where it is not there.
        added: what the branch adds to the base; None where it is not there.
        pulls: its pull requests in any state, newest first.
        is_ours: whether the branch holds the bot's work alone; it does where there is none.
    """

    parent: str
    base: str
    base_head: str | None
    head: str | None
    added: Comparison | None
    pulls: tuple[PullRequest, ...]
    is_ours: bool = True

    @property
    def open(self) -> PullRequest | None:
        """The open pull request."""
        return next((pull for pull in self.pulls if pull.state is State.OPEN), None)


@frozen
class CommitThem:
    """Make the branch stand at the proposal's commits, from where it is expected."""

    expected: str | None


@frozen
class OpenIt:
    """Open a pull request with this body."""

    body: str


@frozen
class RewriteIt:
    """Give a pull request another title, body or base; None leaves one as it is."""

    number: int
    title: str | None = None
    body: str | None = None
    base: str | None = None


@frozen
class FurnishIt:
    """Set labels, reviewers and assignees, then give the body that says so."""

    number: int | None  # None: of the one that the step before opened
    body: str


@frozen
class CloseIt:
    """Say why, once, and close."""

    number: int
    head: str


@frozen
class DeleteBranch:
    """Delete the branch, from where it is expected."""

    expected: str


Step = CommitThem | OpenIt | RewriteIt | FurnishIt | CloseIt | DeleteBranch


@frozen
class Plan:
    """Steps in order, and what has become of the pull request when all are done."""

    ended: Ended
    steps: tuple[Step, ...] = ()
    reason: str = ""
    pull: PullRequest | None = None


def decide(seen: Seen, wanted: Proposal | None, policy: Policy) -> Plan:
    """What to do.

    Args:
        wanted: None where nothing is left to repair.
    """
    if not seen.is_ours:
        return Plan(Ended.LEFT_ALONE, reason=_whose(seen), pull=seen.open)
    if wanted is None:
        return _nothing_left(seen)
    if seen.open is None:
        return _without_open(seen, wanted, policy)
    return _with_open(seen, seen.open, wanted, policy)


def _nothing_left(seen: Seen) -> Plan:
    if seen.open is None:
        newest = seen.pulls[0] if seen.pulls else None
        marker = Marker.of(newest.body) if newest else None
        is_leftover = newest is None or (marker is not None and marker.is_needless)
        return Plan(Ended.NOTHING, (DeleteBranch(seen.head),) if seen.head and is_leftover else ())
    if _is_outdated(seen):
        return Plan(Ended.POSTPONED, reason=_OUTDATED, pull=seen.open)
    marker = Marker.of(seen.open.body) or Marker("", "", "")
    needless = replace(marker, is_needless=True, is_unfinished=False)
    body = needless.around(parted(seen.open.body)[1], within=seen.open.body)
    steps: list[Step] = [] if marker.is_needless else [RewriteIt(seen.open.number, body=body)]
    steps.append(CloseIt(seen.open.number, seen.open.head_id))
    steps += [DeleteBranch(seen.head)] if seen.head else []
    return Plan(Ended.CLOSED, tuple(steps), "nothing is left to repair", seen.open)


def _without_open(seen: Seen, wanted: Proposal, policy: Policy) -> Plan:
    refused = _refused(seen.pulls, wanted)
    if refused is not None:
        word = "merged" if refused.state is State.MERGED else "closed"
        reason = f"#{refused.number} with the same repairs was {word}"
        return Plan(Ended.LEFT_ALONE, reason=reason, pull=refused)
    if not policy.may_open:
        return Plan(Ended.POSTPONED, reason="the limit of pull requests is reached")
    if seen.added is not None and seen.added.commits and _is_outdated(seen):
        return Plan(Ended.POSTPONED, reason=_OUTDATED)
    marker = _marker(wanted)
    opening = replace(marker, is_unfinished=policy.furnishes)
    steps = (*_commits(seen, wanted, policy), OpenIt(opening.around(wanted.body)))
    furnish = (FurnishIt(None, marker.around(wanted.body)),) if policy.furnishes else ()
    return Plan(Ended.OPENED, (*steps, *furnish))


def _with_open(seen: Seen, pull: PullRequest, wanted: Proposal, policy: Policy) -> Plan:
    commits = _commits(seen, wanted, policy)
    if commits and _is_outdated(seen):
        return Plan(Ended.POSTPONED, reason=_OUTDATED, pull=pull)
    steps = (*commits, *_texts(seen, pull, wanted, policy))
    return Plan(Ended.UPDATED if steps else Ended.UNCHANGED, steps, pull=pull)


def _texts(seen: Seen, pull: PullRequest, wanted: Proposal, policy: Policy) -> list[Step]:
    """What a pull request says, where it should say something else; one without the bot's part is a person's."""
    base = seen.base if pull.base != seen.base else None
    found = Marker.of(pull.body)
    if found is None:
        return [RewriteIt(pull.number, base=base)] if base else []
    marker = _marker(wanted)
    keeps_title = found.title != text_digest(pull.title)  # a person gave it another one
    if keeps_title:
        marker = replace(marker, title=found.title)
    is_unfinished = found.is_unfinished and policy.furnishes
    is_current = replace(found, is_unfinished=False) == marker
    steps: list[Step] = []
    if base or not is_current:
        title = None if keeps_title or pull.title == wanted.title else wanted.title
        text = replace(marker, is_unfinished=is_unfinished).around(wanted.body, within=pull.body)
        steps.append(RewriteIt(pull.number, title, None if is_current else text, base))
    if is_unfinished:
        steps.append(FurnishIt(pull.number, marker.around(wanted.body, within=pull.body)))
    return steps


_OUTDATED = "the base has moved on since these repairs were worked out"


def _is_outdated(seen: Seen) -> bool:
    """Whether the branch may have been made from a newer base than these repairs."""
    moved = seen.base_head is not None and seen.base_head != seen.parent
    return moved and (seen.added is None or seen.added.merge_base != seen.parent)


def _commits(seen: Seen, wanted: Proposal, policy: Policy) -> tuple[Step, ...]:
    """Nothing, where the branch holds these commits, and would be merged as they are."""
    added = seen.added
    if added is None or result_digest(added.blobs) != wanted.result:
        return (CommitThem(seen.head),)
    on_top = added.merge_base == seen.parent
    merges_well = policy.rebase is Rebase.CONFLICT and started_from(added) == wanted.start
    titles = [commit.message.partition("\n")[0] for commit in added.commits if len(commit.parents) < 2]
    is_the_same = titles == [commit.message.partition("\n")[0] for commit in wanted.commits]
    return () if is_the_same and (on_top or merges_well) else (CommitThem(seen.head),)


def _whose(seen: Seen) -> str:
    if seen.added is not None and not seen.added.commits:
        return "the branch holds no commit of dockerfix; delete it, or choose another --branch"
    return "somebody else has pushed to the branch"


def _refused(pulls: tuple[PullRequest, ...], wanted: Proposal) -> PullRequest | None:
    """The pull request that a person closed or merged, and that was about all that there is to say today.

    One that was closed without the bot's part in its body is about everything.
    """
    refused: set[str] = set()
    for pull in pulls:
        if pull.state is State.OPEN:
            continue
        marker = Marker.of(pull.body)
        if marker is None and pull.state is State.CLOSED:
            return pull
        if marker is None or marker.is_needless:
            continue
        refused |= set(marker.places)
        is_known = bool(wanted.mistakes) and all(mistake.is_among(refused) for mistake in wanted.mistakes)
        if is_known or marker.repairs == wanted.repairs:
            return pull
    return None


def _marker(wanted: Proposal) -> Marker:
    return Marker(wanted.repairs, text_digest(wanted.body), text_digest(wanted.title), places=named(wanted.mistakes))
