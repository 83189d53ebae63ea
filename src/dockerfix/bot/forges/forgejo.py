"""Forgejo and Gitea, which share their interface (version 1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from dockerfix.bot.forge import (
    Author,
    BranchName,
    Comment,
    Comparison,
    NewCommit,
    NewPullRequest,
    PullRequest,
    Repository,
)
from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    StaleHeadError,
)
from dockerfix.bot.forges.forgejo_commits import Branches
from dockerfix.bot.forges.forgejo_review import ForgejoReview, pages
from dockerfix.bot.forges.forgejo_values import DRAFT, commit_of, pull_request_of, repository_of
from dockerfix.bot.forges.history import branching_point, oldest_first
from dockerfix.bot.forges.people import is_account
from dockerfix.bot.forges.shapes import held_to_shape
from dockerfix.bot.marker import is_unfinished_work
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web

__all__ = ["Forgejo"]

_MOST_FILES = 100  # beyond, the files of a branch are not looked at one by one
_MOST_PAGES = 4000  # of the repositories of one owner
_LABEL_COLOR = "#2496ed"


@held_to_shape
class Forgejo(ForgejoReview):
    """A Forgejo or Gitea server under a token with the scopes `read:user`, `write:repository` and `write:issue`."""

    name = "forgejo"
    body_limit = 65_536  # characters; the servers set none, their databases hold this much

    def __init__(
        self, token: Secret, url: str = "https://codeberg.org", *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Connect; nothing is sent yet.

        Args:
            url: the server, with the path below which it lies where it has one; "https://" may be left out.
            pause: waits for so many seconds.
        """
        url = url if "://" in url else f"https://{url}"
        self.host = urlsplit(url).netloc
        self._web = Web(f"{url.rstrip('/')}/api/v1", lambda _: token, scheme="token", pause=pause)
        self._branches = Branches(self._web, token, self.host)
        self._told_me: dict[str, Any] | None = None

    def account(self) -> str | None:
        """The login behind the token."""
        return str(self._me()["login"])

    def is_own(self, author: Author) -> bool | None:
        """By the account that the server knows for it, else by name and address."""
        me = self._me()
        return is_account(author, str(me["login"]), (me.get("full_name"), me.get("email")))

    def repository(self, path: str) -> Repository:
        """One repository."""
        return repository_of(self._web.get(f"/repos/{path}"))

    def repositories(self, owner: str) -> Iterator[Repository]:
        """The repositories of an organisation or a user."""
        try:
            self._web.get(f"/orgs/{owner}")
        except NotFoundError:
            return map(repository_of, pages(self._web, f"/users/{owner}/repos", most=_MOST_PAGES))
        return map(repository_of, pages(self._web, f"/orgs/{owner}/repos", most=_MOST_PAGES))

    def branch_head(self, branch: BranchName) -> str | None:
        """The commit a branch stands at."""
        return self._branches.head(branch)

    def compare(self, base: BranchName, head: BranchName) -> Comparison:
        """What a branch adds."""
        head_id = self.branch_head(head)
        if head_id is None:
            raise NotFoundError(f"{head.repository} has no branch {head.branch}")
        source = head.branch if head.repository == base.repository else f"{head.repository.split('/')[0]}:{head.branch}"
        told = self._web.get(f"/repos/{base.repository}/compare/{quote(base.branch)}...{quote(source, safe='/:')}")
        commits = oldest_first(map(commit_of, told["commits"] or ()), head_id)
        touched = (file["filename"] for commit in told["commits"] or () for file in commit.get("files") or ())
        paths = sorted(set(touched))
        start = branching_point(commits, head_id)
        return Comparison(start, commits, self._blobs(head, start, head_id, paths), len(paths) <= _MOST_FILES)

    def commit(self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None) -> str:
        """Make a branch stand at new commits; signed where the server signs what its interface makes."""
        now = self.branch_head(branch)
        if now != expected:
            raise StaleHeadError(f"{branch.repository}: {branch.branch} stands at {now}, expected {expected}")
        home = self.repository(branch.repository)
        return self._branches.move(branch, commits, parent=parent, expected=expected, home=home)

    def delete_branch(self, branch: BranchName, *, expected: str) -> None:
        """Delete a branch; where it stands is looked up directly before."""
        now = self.branch_head(branch)
        if now not in (None, expected):
            raise StaleHeadError(f"{branch.repository}: {branch.branch} stands at {now}, expected {expected}")
        self._branches.delete(branch)

    def tidy(self, branch: BranchName, base: BranchName) -> tuple[BranchName, ...]:
        """Delete what runs that were ended in between left beside a branch."""
        taken = []
        for left in self._branches.left_beside(branch):
            head = self.branch_head(left)
            if head is not None and is_unfinished_work(self.compare(base, left), self.is_own):
                self.delete_branch(left, expected=head)
                taken.append(left)
        return tuple(taken)

    def fork(self, path: str) -> Repository:
        """The fork in the token's own account."""
        mine = f"{self.account()}/{path.split('/')[1]}"
        try:
            found = self.repository(mine)
        except NotFoundError:
            return repository_of(self._web.send("POST", f"/repos/{path}/forks", {}))
        if found.parent != path:
            raise RefusedError(f"{mine} is there and no fork of {path}")
        return found

    def pull_requests(self, path: str, head: BranchName) -> tuple[PullRequest, ...]:
        """Those of a branch, newest first: of open ones every author's, of closed ones the token's own."""
        opened = [pull_request_of(told) for told in pages(self._web, f"/repos/{path}/pulls", state="open")]
        query: dict[str, Any] = {"state": "closed", "type": "pulls", "created_by": self.account()}
        closed = [
            self.pull_request(path, issue["number"]) for issue in pages(self._web, f"/repos/{path}/issues", **query)
        ]
        found = {pull.number: pull for pull in (*opened, *closed) if pull.head == head}
        return tuple(found[number] for number in sorted(found, reverse=True))

    def pull_request(self, path: str, number: int) -> PullRequest:
        """One pull request."""
        return pull_request_of(self._web.get(f"/repos/{path}/pulls/{number}"))

    def create(self, path: str, new: NewPullRequest) -> PullRequest:
        """Open a pull request; one from the same branch that is open stands in its way."""
        owner = new.head.repository.split("/")[0]
        body = {
            "title": DRAFT + new.title if new.is_draft else new.title,
            "body": new.body,
            "base": new.base,
            "head": new.head.branch if new.head.repository == path else f"{owner}:{new.head.branch}",
        }
        try:
            return pull_request_of(self._web.send("POST", f"/repos/{path}/pulls", body))
        except RefusedError as error:
            if ": 409 " in f"{error} ":
                raise AlreadyExistsError(str(error)) from None
            raise

    def update(
        self, path: str, number: int, *, title: str | None = None, body: str | None = None, base: str | None = None
    ) -> PullRequest:
        """Change a pull request; a draft stays one."""
        if title is not None and self.pull_request(path, number).is_draft:
            title = DRAFT + title
        given = {key: value for key, value in {"title": title, "body": body, "base": base}.items() if value is not None}
        return pull_request_of(self._web.send("PATCH", f"/repos/{path}/pulls/{number}", given))

    def close(self, path: str, number: int) -> None:
        """Close it without merging."""
        if self._web.get(f"/repos/{path}/pulls/{number}")["state"] == "open":
            self._web.send("PATCH", f"/repos/{path}/pulls/{number}", {"state": "closed"})

    def comments(self, path: str, number: int) -> tuple[Comment, ...]:
        """The comments below it, oldest first; this list has no pages."""
        told = self._web.listed(f"/repos/{path}/issues/{number}/comments")
        return tuple(Comment(str(item["id"]), item["user"]["login"], item["body"]) for item in told)

    def comment(self, path: str, number: int, body: str) -> None:
        """Write one more."""
        self._web.send("POST", f"/repos/{path}/issues/{number}/comments", {"body": body})

    def add_labels(self, path: str, number: int, labels: Sequence[str]) -> None:
        """Add labels; those that the repository lacks are made where the token may."""
        known = {label["name"]: label["id"] for label in pages(self._web, f"/repos/{path}/labels")}
        for name in labels:
            if name not in known:
                known[name] = self._new_label(path, name)
        ids = [known[name] for name in labels if known[name] is not None]
        if ids:
            self._web.send("POST", f"/repos/{path}/issues/{number}/labels", {"labels": ids})

    def request_reviewers(self, path: str, number: int, reviewers: Sequence[str]) -> None:
        """Ask people and, as "org/team", teams."""
        people = [name for name in reviewers if "/" not in name]
        teams = [name.split("/")[1] for name in reviewers if "/" in name]
        body = {"reviewers": people, "team_reviewers": teams}
        self._refusing("POST", f"/repos/{path}/pulls/{number}/requested_reviewers", body)

    def assign(self, path: str, number: int, assignees: Sequence[str]) -> None:
        """Assign people beside those that are there."""
        have = self._web.get(f"/repos/{path}/pulls/{number}").get("assignees") or ()
        names = dict.fromkeys([*(user["login"] for user in have), *assignees])
        self._refusing("PATCH", f"/repos/{path}/pulls/{number}", {"assignees": list(names)})

    def _me(self) -> dict[str, Any]:
        if self._told_me is None:
            self._told_me = self._web.get("/user")
        return self._told_me

    def _refusing(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Ask for something with people in it; one whom the server does not know is refused."""
        try:
            self._web.send(method, path, body)
        except NotFoundError as error:
            raise RefusedError(str(error)) from None

    def _new_label(self, path: str, name: str) -> int | None:
        try:
            return int(self._web.send("POST", f"/repos/{path}/labels", {"name": name, "color": _LABEL_COLOR})["id"])
        except (ForbiddenError, NotFoundError):
            return None

    def _blobs(
        self, head: BranchName, start: str, commit: str, paths: Sequence[str]
    ) -> tuple[tuple[str, str | None], ...]:
        """The files that differ in the end: a commit may take back what one before it did."""
        found = []
        for path in paths[:_MOST_FILES]:
            after = self._branches.blob(head.repository, commit, path)
            if after != self._branches.blob(head.repository, start, path):
                found.append((path, after))
        return tuple(found)
