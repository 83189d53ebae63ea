"""From the repairs of a checkout to what became of its pull request, as a fleet notes it."""

from __future__ import annotations

from collections import Counter

from dockerfix.bot.body import Facts, body_of
from dockerfix.bot.checkout import Checkout
from dockerfix.bot.fleet.values import End, Result
from dockerfix.bot.forge import BranchName, Forge, Repository
from dockerfix.bot.forge_errors import TransientError
from dockerfix.bot.keeping import Kept, Place, keep
from dockerfix.bot.lifecycle import Ended, Policy
from dockerfix.bot.local import CommittedFiles, LocalRepository
from dockerfix.bot.proposal import Proposal, Repairs, Stage, commits_of, conventional_title, fingerprint
from dockerfix.frozen import frozen

__all__ = ["Proposing"]

_ENDS = {
    Ended.OPENED: End.OPENED,
    Ended.UPDATED: End.UPDATED,
    Ended.UNCHANGED: End.UNCHANGED,
    Ended.CLOSED: End.CLOSED,
    Ended.NOTHING: End.CLEAN,
    Ended.LEFT_ALONE: End.LEFT_ALONE,
}


@frozen
class Proposing:
    """Brings a repository's pull request to what its repairs say.

    Attributes:
        version: of dockerfix.
        branch: of the pull request; it never varies, so that any run finds it.
        kind: what stands before the colon of a title.
        configuration: options that were given, as a person would type them.
        rule_page: the address of a rule's page, with `{code}` and `{name}` in it.
    """

    version: str
    policy: Policy = Policy()
    branch: str = "dockerfix/fixes"
    kind: str = "fix(docker)"
    configuration: str = ""
    rule_page: str = ""

    def __call__(self, forge: Forge, repository: Repository, checkout: Checkout, repairs: Repairs) -> Result:
        """What became of it.

        Raises:
            TransientError: the base has moved on; a new checkout is needed.
            ForgeError, FileError: it did not work.
        """
        if repairs.failures and not repairs.changes:
            return Result(repository.path, End.FAILED, repairs.failures[0])
        place = Place(
            repository.path, repository.default_branch, BranchName(repository.path, self.branch), checkout.head
        )
        wanted = self._proposal(place, checkout, repairs, forge.body_limit) if repairs.changes else None
        kept = keep(forge, place, wanted, self.policy)
        if kept.ended is Ended.POSTPONED:
            raise TransientError(kept.reason)
        return _result(repository.path, kept, repairs)

    def _proposal(self, place: Place, checkout: Checkout, repairs: Repairs, limit: int) -> Proposal:
        title = conventional_title(self.kind, repairs.repaired())
        files = CommittedFiles(LocalRepository(checkout.folder), checkout.head)
        commits, digest = commits_of([Stage(title, repairs.changes)], files)
        facts = Facts(repairs, place.base, checkout.head, self.branch, self.version, self.configuration, self.rule_page)
        return Proposal(title, body_of(facts, limit), commits, fingerprint(repairs.changes), digest)


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
