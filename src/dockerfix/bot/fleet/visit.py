"""What is done with one repository: look it up, fetch it, repair it elsewhere, hand the repairs to its pull request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dockerfix.bot.checkout import Checkout, Credentials, Limits, clone
from dockerfix.bot.fleet.budget import Budget, paced
from dockerfix.bot.fleet.isolated import isolated
from dockerfix.bot.fleet.proposing import Found
from dockerfix.bot.fleet.scratch import held
from dockerfix.bot.fleet.values import End, Job, Result
from dockerfix.bot.forge import Forge, Repository
from dockerfix.bot.secret import Secret
from dockerfix.frozen import frozen

__all__ = ["REPAIR_SECONDS", "Proposer", "Repairer", "Visit"]

Repairer = Callable[[str], Found]
Proposer = Callable[[Forge, Repository, Checkout, Found], Result]

REPAIR_SECONDS = 300.0


@frozen
class Visit:
    """Does the jobs of one forge; called by several threads, and again for a job that was killed on the way.

    Attributes:
        connect: a forge object that no other thread uses at the same time.
        token: what git shows for a repository.
        repair: a function of a module, called in a process of its own with the checkout's folder.
        propose: brings the pull request to what the repairs say, whatever it found there.
        scratch: the folder for checkouts.
    """

    connect: Callable[[], Forge]
    budget: Budget
    token: Callable[[str], Secret]
    repair: Repairer
    propose: Proposer
    scratch: Path
    limits: Limits = Limits()
    repair_seconds: float = REPAIR_SECONDS

    def __call__(self, job: Job) -> Result:
        """What became of the repository.

        Raises:
            DockerfixError: the job failed, for a reason that may pass or not.
        """
        forge = paced(self.connect(), self.budget, job)
        repository = forge.repository(job.path)
        reason = _left_alone(repository)
        if reason:
            return Result(job.path, End.LEFT_ALONE, reason)
        with held(self.scratch) as folder:
            self.budget.wait()
            checkout = self._clone(forge, repository, folder / "checkout")
            found = isolated(self.repair, str(checkout.folder), seconds=self.repair_seconds)
            result = self.propose(forge, repository, checkout, found)
        return _with_left_out(result, checkout)

    def _clone(self, forge: Forge, repository: Repository, folder: Path) -> Checkout:
        url, branch = repository.clone_url, repository.default_branch
        credentials = Credentials(self.token(repository.path), forge.host)
        return clone(url, folder, branch=branch, credentials=credentials, limits=self.limits)


def _with_left_out(result: Result, checkout: Checkout) -> Result:
    """The result with a word on what the repairs could not see."""
    if not checkout.left_out:
        return result
    path, why = min(checkout.left_out.items())
    more = f" and {len(checkout.left_out) - 1} more" if len(checkout.left_out) > 1 else ""
    return replace(result, reason="; ".join(filter(None, [result.reason, f"not looked at: {path} ({why}){more}"])))


def _left_alone(repository: Repository) -> str:
    if repository.is_archived:
        return "archived"
    return "empty" if repository.is_empty else ""
