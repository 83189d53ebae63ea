"""From the repairs of a checkout to what became of its pull request, as a fleet notes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dockerfix.bot.checkout import Checkout
from dockerfix.bot.fleet.values import End, Result
from dockerfix.bot.forge import BranchName, Forge, Repository
from dockerfix.bot.forge_errors import ForbiddenError, TransientError
from dockerfix.bot.keeping import Kept, Place, keep
from dockerfix.bot.lifecycle import Ended, Policy
from dockerfix.bot.local import CommittedFiles, LocalRepository
from dockerfix.bot.offering import Wording, proposal_of
from dockerfix.bot.proposal import Proposal, Repairs, Stage
from dockerfix.frozen import frozen

__all__ = ["Found", "Proposing"]

_ENDS = {
    Ended.OPENED: End.OPENED,
    Ended.UPDATED: End.UPDATED,
    Ended.UNCHANGED: End.UNCHANGED,
    Ended.CLOSED: End.CLOSED,
    Ended.NOTHING: End.CLEAN,
    Ended.LEFT_ALONE: End.LEFT_ALONE,
}


@frozen
class Found:
    """The repairs of a checkout; `stages` has one for each commit that is wanted, none for a single one.

    `evidence` is what a build and a start have shown, as Markdown; "" where nothing was built.
    """

    repairs: Repairs
    stages: tuple[Stage, ...] = ()
    evidence: str = ""


@frozen
class Proposing:
    """Brings a repository's pull request to what its repairs say.

    Attributes:
        branch: of the pull request; it never varies, so that any run finds it.
        is_fork: the branch lies in a fork of the token's account.
    """

    wording: Wording
    policy: Policy = Policy()
    branch: str = "dockerfix/fixes"
    is_fork: bool = False

    def __call__(self, forge: Forge, repository: Repository, checkout: Checkout, found: Found) -> Result:
        """What became of it.

        Raises:
            TransientError: the base has moved on; a new checkout is needed.
            ForgeError, FileError: it did not work.
        """
        if repository.can_push is False and not self.is_fork:
            raise ForbiddenError(f"the token may not push to {repository.path}; --fork goes through a fork")
        files = CommittedFiles(LocalRepository(checkout.folder), checkout.head)
        upstream = BranchName(repository.path, self.branch)
        place = Place(repository.path, repository.default_branch, upstream, checkout.head)
        wording = replace(self.wording, evidence=found.evidence or self.wording.evidence)
        wanted = proposal_of(found.repairs, files, place, wording, limit=forge.body_limit, stages=found.stages)
        head = self._head(forge, repository, wanted)
        kept = keep(forge, Place(place.repository, place.base, head, place.parent), wanted, self.policy)
        if kept.ended is Ended.POSTPONED:
            raise TransientError(kept.reason)
        return _result(repository.path, kept, found.repairs)

    def _head(self, forge: Forge, repository: Repository, wanted: Proposal | None) -> BranchName:
        """The branch; no fork is made for a repository that needs no repair."""
        if not self.is_fork:
            return BranchName(repository.path, self.branch)
        if wanted is not None:
            return BranchName(forge.fork(repository.path).path, self.branch)
        owner = forge.account() or repository.path.partition("/")[0]
        return BranchName(f"{owner}/{repository.path.rpartition('/')[2]}", self.branch)


def _result(path: str, kept: Kept, repairs: Repairs) -> Result:
    pull = kept.pull
    counted = Counter(entry.code for _, entry in repairs.repaired())
    return Result(
        path,
        _ENDS[kept.ended],
        "; ".join(filter(None, [kept.reason, *kept.notes, *repairs.failures])),
        dict(counted),
        tuple(repairs.changes),
        pull.url if pull else "",
        pull.number if pull else None,
        pull.state.value if pull else "",
    )
