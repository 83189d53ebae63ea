"""A forge that reads and does not write: it tells what would be sent, word for word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from dockerfix.bot.forge import (
    Author,
    BranchName,
    Comment,
    Comparison,
    Forge,
    NewCommit,
    NewPullRequest,
    PullRequest,
    Repository,
    State,
)

__all__ = ["Rehearsal"]

Tell = Callable[[str], None]
_NEXT = 0  # stands for the number that the forge would give


class Rehearsal:
    """Stands before a forge.

    Args:
        forge: answers what is read.
        tell: gets each request that would change something.
        show: the text of a commit's changes.
    """

    def __init__(self, forge: Forge, tell: Tell, show: Callable[[NewCommit], str]) -> None:
        self._forge, self._tell, self._show = forge, tell, show
        self.name, self.host, self.body_limit = forge.name, forge.host, forge.body_limit

    def account(self) -> str | None:
        """As the forge says."""
        return self._forge.account()

    def is_own(self, author: Author) -> bool | None:
        """As the forge says."""
        return self._forge.is_own(author)

    def repository(self, path: str) -> Repository:
        """As the forge says."""
        return self._forge.repository(path)

    def repositories(self, owner: str) -> Iterator[Repository]:
        """As the forge says."""
        return self._forge.repositories(owner)

    def branch_head(self, branch: BranchName) -> str | None:
        """As the forge says."""
        return self._forge.branch_head(branch)

    def compare(self, base: BranchName, head: BranchName) -> Comparison:
        """As the forge says."""
        return self._forge.compare(base, head)

    def pull_requests(self, path: str, head: BranchName) -> tuple[PullRequest, ...]:
        """As the forge says."""
        return self._forge.pull_requests(path, head)

    def pull_request(self, path: str, number: int) -> PullRequest:
        """As the forge says."""
        return self._forge.pull_request(path, number)

    def comments(self, path: str, number: int) -> tuple[Comment, ...]:
        """As the forge says."""
        return self._forge.comments(path, number)

    def tidy(self, branch: BranchName, base: BranchName) -> tuple[BranchName, ...]:
        """Nothing: what is left is not looked for."""
        return ()

    def fork(self, path: str) -> Repository:
        """Tell; the fork gets the name that forges give it."""
        self._tell(f"fork {path}")
        source = self._forge.repository(path)
        return replace(source, path=f"{self._forge.account()}/{path.rpartition('/')[2]}", parent=path, is_fork=True)

    def commit(self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None) -> str:
        """Tell."""
        was = f"now at {expected}" if expected else "new"
        self._tell(f"commit to {branch.branch} of {branch.repository} ({was}), on top of {parent}")
        for commit in commits:
            self._tell(f"{commit.message}\n{self._show(commit)}")
        return "0" * 40

    def delete_branch(self, branch: BranchName, *, expected: str) -> None:
        """Tell."""
        self._tell(f"delete the branch {branch.branch} of {branch.repository}, if it is at {expected}")

    def create(self, path: str, new: NewPullRequest) -> PullRequest:
        """Tell."""
        kind = "draft pull request" if new.is_draft else "pull request"
        self._tell(f"open a {kind} in {path}, from {new.head.branch} of {new.head.repository} to {new.base}")
        self._tell(f"{new.title}\n\n{new.body}")
        return PullRequest(
            _NEXT, "", State.OPEN, new.title, new.body, new.base, new.head, "0" * 40, self.account() or "", new.is_draft
        )

    def update(
        self, path: str, number: int, *, title: str | None = None, body: str | None = None, base: str | None = None
    ) -> PullRequest:
        """Tell."""
        parts = [f"{name}:\n{text}" for name, text in (("title", title), ("base", base), ("body", body)) if text]
        self._tell("\n".join([f"change {_named(number)} of {path}", *parts]))
        if number == _NEXT:
            return PullRequest(_NEXT, "", State.OPEN, title or "", body or "", base or "", None, "0" * 40, "")
        return self._forge.pull_request(path, number)

    def close(self, path: str, number: int) -> None:
        """Tell."""
        self._tell(f"close {_named(number)} of {path}")

    def comment(self, path: str, number: int, body: str) -> None:
        """Tell."""
        self._tell(f"comment on {_named(number)} of {path}:\n{body}")

    def add_labels(self, path: str, number: int, labels: Sequence[str]) -> None:
        """Tell."""
        self._tell(f"label {_named(number)}: {', '.join(labels)}")

    def request_reviewers(self, path: str, number: int, reviewers: Sequence[str]) -> None:
        """Tell."""
        self._tell(f"ask for a review of {_named(number)}: {', '.join(reviewers)}")

    def assign(self, path: str, number: int, assignees: Sequence[str]) -> None:
        """Tell."""
        self._tell(f"assign to {_named(number)}: {', '.join(assignees)}")


def _named(number: int) -> str:
    return "this pull request" if number == _NEXT else f"pull request #{number}"
