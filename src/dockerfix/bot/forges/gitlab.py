"""GitLab, gitlab.com or one's own, through its REST interface (version 4)."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from dockerfix.bot.checkout import Credentials
from dockerfix.bot.forge import (
    Author,
    BranchName,
    Comment,
    Comparison,
    FileChange,
    FileMode,
    NewCommit,
    NewPullRequest,
    PullRequest,
    Repository,
)
from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    NotFoundError,
    RefusedError,
    StaleHeadError,
    TransientError,
)
from dockerfix.bot.forges.gitlab_calls import project
from dockerfix.bot.forges.gitlab_review import GitLabReview
from dockerfix.bot.forges.gitlab_values import DRAFT, commit_of, pull_request_of, repository_of
from dockerfix.bot.forges.history import branching_point, oldest_first
from dockerfix.bot.forges.leased_push import leased_push, take_away
from dockerfix.bot.forges.people import is_account
from dockerfix.bot.forges.shapes import commit_id, held_to_shape
from dockerfix.bot.forges.staging import is_staging, staging_of
from dockerfix.bot.marker import is_unfinished_work
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web

__all__ = ["GitLab"]

_MOST_FILES = 100  # beyond, the files of a branch are not looked at one by one
_NAMES = ("name", "commit_email", "email", "public_email")  # of a user, as commits may name it
_MOST_PAGES = 2000  # of the projects of one owner
_FORK_TRIES = 60
_FORK_PAUSE = 2.0  # seconds between two looks at a fork that is being made


@held_to_shape
class GitLab(GitLabReview):
    """A GitLab server under a personal, project or group access token with the scope `api`."""

    name = "gitlab"
    body_limit = 1_000_000  # characters: GitLab Docs, "GitLab application limits"

    def __init__(
        self, token: Secret, url: str = "https://gitlab.com", *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Connect; nothing is sent yet.

        Args:
            url: the server, with the path below which GitLab lies where it has one; "https://" may be left out.
            pause: waits for so many seconds.
        """
        url = url if "://" in url else f"https://{url}"
        self.host = urlsplit(url).netloc
        self._token, self._pause = token, pause
        place = f"{url.rstrip('/')}/api/v4"
        self._web = Web(
            place, lambda _: token, header="Private-Token", scheme="", conflict=AlreadyExistsError, pause=pause
        )
        self._told_me: dict[str, Any] | None = None
        self._paths: dict[int, str | None] = {}

    def account(self) -> str | None:
        """The user name behind the token; the bot user's for project and group tokens."""
        return str(self._me()["username"])

    def is_own(self, author: Author) -> bool | None:
        """By name and address: GitLab names no accounts of commits."""
        me = self._me()
        return is_account(author, str(me["username"]), (me.get(key) for key in _NAMES))

    def repository(self, path: str) -> Repository:
        """One project."""
        return repository_of(self._web.get(project(path), statistics=True))

    def repositories(self, owner: str) -> Iterator[Repository]:
        """The projects of a group and the groups below it, or of a user."""
        name = quote(owner, safe="")
        try:
            self._web.get(f"/groups/{name}", with_projects=False)
        except NotFoundError:
            found = self._web.pages(f"/users/{name}/projects", most=_MOST_PAGES)
        else:
            found = self._web.pages(
                f"/groups/{name}/projects", most=_MOST_PAGES, include_subgroups=True, with_shared=False
            )
        return map(repository_of, found)

    def branch_head(self, branch: BranchName) -> str | None:
        """The commit a branch stands at."""
        try:
            told = self._web.get(_branch(branch))
        except NotFoundError:
            return None
        return commit_id(told["commit"]["id"])

    def compare(self, base: BranchName, head: BranchName) -> Comparison:
        """What a branch adds; the merge base follows from its commits, so that a fork's branch has one too."""
        head_id, base_id = self.branch_head(head), self.branch_head(base)
        if head_id is None or base_id is None:
            gone = base if base_id is None else head
            raise NotFoundError(f"{gone.repository} has no branch {gone.branch}")
        query: dict[str, Any] = {"from": base_id, "to": head_id, "straight": False}
        if base.repository != head.repository:
            query["from_project_id"] = self._web.get(project(base.repository))["id"]
        told = self._web.get(f"{project(head.repository)}/repository/compare", **query)
        commits = oldest_first(map(commit_of, told["commits"]), head_id)
        paths = sorted({diff[side] for diff in told["diffs"] for side in ("old_path", "new_path")})
        complete = not told.get("compare_timeout") and len(paths) <= _MOST_FILES
        blobs = tuple((path, self._blob(head, path, head_id)) for path in paths[:_MOST_FILES])
        return Comparison(branching_point(commits, head_id), commits, blobs, complete)

    def commit(self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None) -> str:
        """Make a branch stand at new commits; signed where the server signs what its interface makes."""
        self._expect(branch, expected)
        staging, home = staging_of(branch, self._token), self.repository(branch.repository)
        url, count, credentials = home.clone_url, len(commits), Credentials(self._token, self.host)
        try:
            made = self._made(staging, commits, parent, self._start(home, parent))
            if not leased_push(url, credentials, branch, staging, made, expected=expected, count=count):
                self._expect(branch, expected)
                raise RefusedError(f"{branch.repository}: a push to {branch.branch} is refused")
        finally:
            take_away(self._delete, staging)
        return made

    def tidy(self, branch: BranchName, base: BranchName) -> tuple[BranchName, ...]:
        """Delete what runs that were ended in between left beside a branch."""
        address = f"{project(branch.repository)}/repository/branches"
        names = [str(told["name"]) for told in self._web.pages(address, search=f"^{branch.branch}-")]
        taken = []
        for left in (BranchName(branch.repository, name) for name in names if is_staging(name, branch, self._token)):
            head = self.branch_head(left)
            if head is not None and is_unfinished_work(self.compare(base, left), self.is_own):
                self.delete_branch(left, expected=head)
                taken.append(left)
        return tuple(taken)

    def delete_branch(self, branch: BranchName, *, expected: str) -> None:
        """Delete a branch; where it stands is looked up directly before."""
        if self.branch_head(branch) is not None:
            self._expect(branch, expected)
            self._delete(branch)

    def fork(self, path: str) -> Repository:
        """The fork in the token's own namespace; a new one is waited for, two minutes at most."""
        for told in self._web.pages(f"{project(path)}/forks", owned=True):
            if told["namespace"]["path"] == self.account():
                return repository_of(told)
        told = self._web.send("POST", f"{project(path)}/fork")
        for _ in range(_FORK_TRIES):
            told = self._web.get(f"/projects/{told['id']}")
            if told.get("import_status") in ("finished", "none", None):
                return repository_of(told)
            if told["import_status"] == "failed":
                raise RefusedError(f"{path}: GitLab could not fork it")
            self._pause(_FORK_PAUSE)
        raise TransientError(f"{path}: the fork is not ready yet")

    def pull_requests(self, path: str, head: BranchName) -> tuple[PullRequest, ...]:
        """The merge requests of a branch, newest first."""
        query: dict[str, Any] = {"state": "all", "source_branch": head.branch, "order_by": "created_at", "sort": "desc"}
        found = (self._pull_request(path, told) for told in self._web.pages(f"{project(path)}/merge_requests", **query))
        return tuple(pull for pull in found if pull.head == head)

    def pull_request(self, path: str, number: int) -> PullRequest:
        """One merge request."""
        return self._pull_request(path, self._web.get(self._address(path, number)))

    def create(self, path: str, new: NewPullRequest) -> PullRequest:
        """Open a merge request; one from the same branch that is open stands in its way."""
        data: dict[str, Any] = {
            "source_branch": new.head.branch,
            "target_branch": new.base,
            "title": DRAFT + new.title if new.is_draft else new.title,
            "description": new.body,
        }
        if new.head.repository != path:
            data["target_project_id"] = self._web.get(project(path))["id"]
            data["allow_collaboration"] = True
        return self._pull_request(path, self._web.send("POST", f"{project(new.head.repository)}/merge_requests", data))

    def update(
        self, path: str, number: int, *, title: str | None = None, body: str | None = None, base: str | None = None
    ) -> PullRequest:
        """Change a merge request; a draft stays one."""
        if title is not None and self.pull_request(path, number).is_draft:
            title = DRAFT + title
        given = {"title": title, "description": body, "target_branch": base}
        data = {key: value for key, value in given.items() if value is not None}
        return self._pull_request(path, self._web.send("PUT", self._address(path, number), data))

    def close(self, path: str, number: int) -> None:
        """Close it without merging."""
        if self._web.get(self._address(path, number))["state"] == "opened":
            self._web.send("PUT", self._address(path, number), {"state_event": "close"})

    def comments(self, path: str, number: int) -> tuple[Comment, ...]:
        """The notes of people below it, oldest first."""
        notes = self._web.pages(f"{self._address(path, number)}/notes", sort="asc", order_by="created_at")
        return tuple(
            Comment(str(note["id"]), note["author"]["username"], note["body"])
            for note in notes
            if not note["system"] and not note.get("position")
        )

    def comment(self, path: str, number: int, body: str) -> None:
        """Write one more note."""
        self._web.send("POST", f"{self._address(path, number)}/notes", {"body": body})

    def add_labels(self, path: str, number: int, labels: Sequence[str]) -> None:
        """Add labels; GitLab makes those that are new."""
        self._web.send("PUT", self._address(path, number), {"add_labels": ",".join(labels)})

    def request_reviewers(self, path: str, number: int, reviewers: Sequence[str]) -> None:
        """Ask users beside those that are asked already; GitLab asks no groups."""
        self._add_people(path, number, "reviewers", "reviewer_ids", reviewers)

    def assign(self, path: str, number: int, assignees: Sequence[str]) -> None:
        """Assign users beside those that are there."""
        self._add_people(path, number, "assignees", "assignee_ids", assignees)

    def _me(self) -> dict[str, Any]:
        if self._told_me is None:
            self._told_me = self._web.get("/user")
        return self._told_me

    def _address(self, path: str, number: int) -> str:
        return f"{project(path)}/merge_requests/{number}"

    def _pull_request(self, path: str, told: dict[str, Any]) -> PullRequest:
        same = told["source_project_id"] == told["target_project_id"]
        return pull_request_of(told, path if same else self._path_of(told["source_project_id"]))

    def _path_of(self, id: int | None) -> str | None:
        """The path of a project by its number; None where it is gone."""
        if id is None:
            return None
        if id not in self._paths:
            try:
                self._paths[id] = self._web.get(f"/projects/{id}")["path_with_namespace"]
            except NotFoundError:
                self._paths[id] = None
        return self._paths[id]

    def _blob(self, head: BranchName, path: str, commit: str) -> str | None:
        address = f"{project(head.repository)}/repository/files/{quote(path, safe='')}"
        try:
            headers = self._web.head(address, ref=commit)
        except NotFoundError:
            return None
        return headers["x-gitlab-blob-id"]

    def _expect(self, branch: BranchName, expected: str | None) -> None:
        now = self.branch_head(branch)
        if now != expected:
            raise StaleHeadError(f"{branch.repository}: {branch.branch} stands at {now}, expected {expected}")

    def _delete(self, branch: BranchName) -> None:
        try:
            self._web.send("DELETE", _branch(branch))
        except NotFoundError:
            return

    def _made(self, branch: BranchName, commits: Sequence[NewCommit], parent: str, start: str) -> str:
        """Commits on a new branch.

        Args:
            start: the project that has `parent`.
        """
        there: dict[str, bool] = {}
        made = parent
        for number, new in enumerate(commits):
            actions = [action for change in new.changes for action in self._actions(start, parent, change, there)]
            data: dict[str, Any] = {"branch": branch.branch, "commit_message": new.message, "actions": actions}
            if number == 0:
                data["start_sha"] = parent
                data |= {"start_project": start} if start != branch.repository else {}
            made = commit_id(self._committed(branch, data, is_first=number == 0)["id"])
        return made

    def _committed(self, staging: BranchName, data: dict[str, Any], *, is_first: bool) -> Any:
        """Raises StaleHeadError where another run took the branch for one that was left behind."""
        try:
            return self._web.send("POST", f"{project(staging.repository)}/repository/commits", data)
        except (NotFoundError, RefusedError):
            if not is_first and self.branch_head(staging) is None:
                raise StaleHeadError(f"{staging.repository}: another run came in between") from None
            raise

    def _start(self, home: Repository, parent: str) -> str:
        """The project that has the commit: this one, or the one it is a fork of."""
        try:
            self._web.get(f"{project(home.path)}/repository/commits/{parent}")
        except NotFoundError:
            if home.parent is None:
                raise
            self._web.get(f"{project(home.parent)}/repository/commits/{parent}")
            return home.parent
        return home.path

    def _actions(self, start: str, parent: str, change: FileChange, there: dict[str, bool]) -> list[dict[str, Any]]:
        """The actions for one file; `there` remembers which files the commits before have left."""
        path = change.path
        if path not in there:
            there[path] = self._blob(BranchName(start, ""), path, parent) is not None
        if change.content is None:
            actions: list[dict[str, Any]] = [{"action": "delete", "file_path": path}] if there[path] else []
            there[path] = False
            return actions
        content = base64.b64encode(change.content).decode("ascii")
        kind = "update" if there[path] else "create"
        actions = [{"action": kind, "file_path": path, "content": content, "encoding": "base64"}]
        if change.mode is not None and (there[path] or change.mode is FileMode.EXECUTABLE):
            executable = change.mode is FileMode.EXECUTABLE
            actions.append({"action": "chmod", "file_path": path, "execute_filemode": executable})
        there[path] = True
        return actions

    def _add_people(self, path: str, number: int, key: str, ids: str, names: Sequence[str]) -> None:
        have = [user["id"] for user in self._web.get(self._address(path, number)).get(key) or ()]
        wanted = [*have, *(self._user(name) for name in names)]
        self._web.send("PUT", self._address(path, number), {ids: list(dict.fromkeys(wanted))})

    def _user(self, name: str) -> int:
        found = self._web.listed("/users", username=name)
        if not found:
            raise RefusedError(f"{self.host} has no user {name}")
        return int(found[0]["id"])


def _branch(branch: BranchName) -> str:
    return f"{project(branch.repository)}/repository/branches/{quote(branch.branch, safe='')}"
