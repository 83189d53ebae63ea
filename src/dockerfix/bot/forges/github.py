"""GitHub, github.com or an Enterprise server.

Source: https://docs.github.com/rest and https://docs.github.com/graphql; every request and answer is held to GitHub's
own descriptions in the tests.
"""

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
    State,
)
from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    StaleHeadError,
    TransientError,
)
from dockerfix.bot.forges.github_auth import Authorization
from dockerfix.bot.forges.github_commits import Branches, needs_objects
from dockerfix.bot.forges.github_graphql import Graph
from dockerfix.bot.forges.github_reviews import Reviews
from dockerfix.bot.forges.github_values import comparison_of, pull_request_of, repository_of
from dockerfix.bot.forges.people import is_account
from dockerfix.bot.forges.shapes import held_to_shape
from dockerfix.bot.marker import is_unfinished_work
from dockerfix.bot.web import Web

__all__ = ["GITHUB", "GitHub", "api_url"]

GITHUB = "https://api.github.com"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_UNASKED: dict[str, Any] = {}
_MOST_PAGES = 2000  # of the repositories of one owner
_FORK_TRIES, _FORK_PAUSE = 30, 2.0  # seconds; GitHub makes forks in the background


def api_url(server: str = "github.com") -> str:
    """The address of the REST interface of a server.

    Args:
        server: as people write it: "github.example.org", with or without https://; an address with a path is taken for
            that of the interface.
    """
    parts = urlsplit(server if "://" in server else f"https://{server}")
    host = parts.netloc
    if host in ("github.com", "www.github.com", "api.github.com"):
        return GITHUB
    if parts.path.strip("/"):
        return parts.geturl().rstrip("/")
    if host.endswith(".ghe.com"):
        return f"{parts.scheme}://api.{host.removeprefix('api.')}"
    return f"{parts.scheme}://{host}/api/v3"


@held_to_shape
class GitHub(Reviews):
    """One server and one account of it.

    Args:
        authorization: whose name it acts in.
        url: of the REST interface, as `api_url` gives it.
        pause: waits for so many seconds.
    """

    name = "github"
    body_limit = 65_536

    def __init__(
        self, authorization: Authorization, url: str = GITHUB, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._authorization, self._pause = authorization, pause
        self.host = _host(url)
        self._web = Web(url, authorization.token, headers=_HEADERS, pause=pause)
        self._graph = Graph(Web(url.removesuffix("/v3"), authorization.token, headers=_HEADERS, pause=pause))
        self._branches = Branches(self._web, self._graph)
        self._told_me: dict[str, Any] | None = _UNASKED

    def account(self) -> str | None:
        """The login; None for apps, which have none that they could ask for."""
        me = self._me()
        return str(me["login"]) if me else None

    def is_own(self, author: Author) -> bool | None:
        """By the account that GitHub knows for it; an app's commits are those of some bot, whose name ends so."""
        me = self._me()
        if me:
            return is_account(author, str(me["login"]), (me.get("name"), me.get("email")))
        return (author.login or author.name).endswith("[bot]") if self._authorization.is_app else None

    def repository(self, path: str) -> Repository:
        """What GitHub says of one repository."""
        body = self._web.get(f"/repos/{path}")
        found = repository_of(body)
        if body.get("node_id"):
            self._branches.remember(found.path, body["node_id"])
        return found

    def repositories(self, owner: str) -> Iterator[Repository]:
        """Every repository of an organisation or a person that the token may see."""
        try:
            for body in self._web.pages(f"/orgs/{owner}/repos", most=_MOST_PAGES, type="all", sort="full_name"):
                yield repository_of(body)
        except NotFoundError:
            for body in self._web.pages(f"/users/{owner}/repos", most=_MOST_PAGES, type="owner", sort="full_name"):
                yield repository_of(body)

    def branch_head(self, branch: BranchName) -> str | None:
        """Where a branch stands."""
        return self._branches.head(branch)

    def compare(self, base: BranchName, head: BranchName) -> Comparison:
        """What `head` adds to `base`."""
        owner = f"{head.repository.split('/')[0]}:" if head.repository != base.repository else ""
        ends = f"{quote(base.branch, safe='')}...{owner}{quote(head.branch, safe='')}"
        return comparison_of(self._web.get(f"/repos/{base.repository}/compare/{ends}", per_page=100))

    def commit(self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None) -> str:
        """Make a branch stand at new, signed commits on top of `parent`.

        Commits of people's tokens that make a file executable are not signed: GitHub has no way for both.
        """
        if self._authorization.is_app or needs_objects(commits):
            return self._branches.commit_objects(branch, commits, parent=parent, expected=expected)
        token = self._authorization.token(f"/repos/{branch.repository}")
        return self._branches.commit_signed(branch, commits, token, parent=parent, expected=expected)

    def delete_branch(self, branch: BranchName, *, expected: str) -> None:
        """Delete a branch, from where it is expected."""
        try:
            self._branches.move(branch.repository, (branch.branch, expected, None))
        except StaleHeadError:
            if self.branch_head(branch) is not None:
                raise

    def tidy(self, branch: BranchName, base: BranchName) -> tuple[BranchName, ...]:
        """Delete what runs that were ended in between left beside a branch; those of apps leave nothing."""
        if self._authorization.is_app:
            return ()
        taken = []
        for left in self._branches.left_beside(branch, self._authorization.token(f"/repos/{branch.repository}")):
            head = self.branch_head(left)
            if head is not None and is_unfinished_work(self.compare(base, left), self.is_own):
                self.delete_branch(left, expected=head)
                taken.append(left)
        return tuple(taken)

    def fork(self, path: str) -> Repository:
        """The fork in the token's own account."""
        made: str = self._web.send("POST", f"/repos/{path}/forks", {"default_branch_only": True})["full_name"]
        for _ in range(_FORK_TRIES):
            fork = self.repository(made)
            if self.branch_head(BranchName(made, fork.default_branch)) is not None:
                return fork
            self._pause(_FORK_PAUSE)
        raise TransientError(f"{made}: GitHub has not finished the fork")

    def pull_requests(self, path: str, head: BranchName) -> tuple[PullRequest, ...]:
        """Those of a branch, newest first.

        GitHub looks for them by the owner of their repository, who may have several with such a branch. One whose
        repository is gone counts while it is closed: nobody can tell it from one of the bot's.
        """
        label = f"{head.repository.split('/')[0]}:{head.branch}"
        found = map(pull_request_of, self._web.pages(f"/repos/{path}/pulls", state="all", head=label))
        return tuple(pull for pull in found if _is_from(pull, head))

    def pull_request(self, path: str, number: int) -> PullRequest:
        """One of them."""
        return pull_request_of(self._web.get(f"/repos/{path}/pulls/{number}"))

    def create(self, path: str, new: NewPullRequest) -> PullRequest:
        """Open a pull request."""
        wanted = {
            "title": new.title,
            "body": new.body,
            "base": new.base,
            "head": f"{new.head.repository.split('/')[0]}:{new.head.branch}",
            "draft": new.is_draft,
        }
        try:
            return pull_request_of(self._web.send("POST", f"/repos/{path}/pulls", wanted))
        except RefusedError as error:
            if "already exists" in str(error):
                raise AlreadyExistsError(str(error)) from error
            raise

    def update(
        self, path: str, number: int, *, title: str | None = None, body: str | None = None, base: str | None = None
    ) -> PullRequest:
        """Change what is given of it."""
        given = {"title": title, "body": body, "base": base}
        wanted = {key: value for key, value in given.items() if value is not None}
        return pull_request_of(self._web.send("PATCH", f"/repos/{path}/pulls/{number}", wanted))

    def close(self, path: str, number: int) -> None:
        """Close it."""
        self._web.send("PATCH", f"/repos/{path}/pulls/{number}", {"state": "closed"})

    def comments(self, path: str, number: int) -> tuple[Comment, ...]:
        """The comments below it."""
        items = self._web.pages(f"/repos/{path}/issues/{number}/comments")
        return tuple(Comment(str(i["id"]), (i.get("user") or {}).get("login") or "ghost", i["body"]) for i in items)

    def comment(self, path: str, number: int, body: str) -> None:
        """Write one more."""
        self._web.send("POST", f"/repos/{path}/issues/{number}/comments", {"body": body})

    def add_labels(self, path: str, number: int, labels: Sequence[str]) -> None:
        """Put labels on it; GitHub makes those that are missing."""
        self._web.send("POST", f"/repos/{path}/issues/{number}/labels", {"labels": list(labels)})

    def request_reviewers(self, path: str, number: int, reviewers: Sequence[str]) -> None:
        """Ask people and teams ("org/team") for a review."""
        wanted = {
            "reviewers": [name for name in reviewers if "/" not in name],
            "team_reviewers": [name.partition("/")[2] for name in reviewers if "/" in name],
        }
        self._web.send("POST", f"/repos/{path}/pulls/{number}/requested_reviewers", wanted)

    def assign(self, path: str, number: int, assignees: Sequence[str]) -> None:
        """Assign people to it."""
        self._web.send("POST", f"/repos/{path}/issues/{number}/assignees", {"assignees": list(assignees)})

    def _me(self) -> dict[str, Any] | None:
        """The account behind the token; None where GitHub does not tell a token."""
        if self._told_me is _UNASKED:
            try:
                self._told_me = None if self._authorization.is_app else self._web.get("/user")
            except ForbiddenError:
                self._told_me = None
        return self._told_me


def _host(url: str) -> str:
    """Where the repositories of an interface lie."""
    host = urlsplit(url).netloc
    return host.removeprefix("api.") if url == GITHUB or host.endswith(".ghe.com") else host


def _is_from(pull: PullRequest, head: BranchName) -> bool:
    if pull.head is None:
        return pull.state is not State.OPEN
    return (pull.head.repository.lower(), pull.head.branch) == (head.repository.lower(), head.branch)
