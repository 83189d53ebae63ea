"""What the server remembers beside the branches."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from forge_server.git_repository import GitRepository

__all__ = ["Account", "Comment", "LineComment", "Pull", "Repo", "State"]


@dataclass(frozen=True)
class Account:
    """Who a token belongs to. An installation is an app's: it has no `/user`, and its commits are signed."""

    login: str
    kind: Literal["user", "installation"] = "user"
    writes: bool = True


@dataclass
class Comment:
    """A comment below a pull request."""

    id: int
    author: str
    body: str


@dataclass
class LineComment:
    """A comment at a line; several that answer each other would share a thread, here each has its own."""

    id: int
    author: str
    body: str
    path: str
    line: int
    start_line: int | None
    commit: str
    is_resolved: bool = False

    @property
    def thread(self) -> str:
        return f"PRRT_{self.id}"


@dataclass
class Pull:
    """A pull request."""

    number: int
    title: str
    body: str
    base: str
    head_repo: str
    head: str
    head_sha: str
    author: str
    draft: bool = False
    state: Literal["open", "closed"] = "open"
    merged: bool = False
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    line_comments: list[LineComment] = field(default_factory=list)


@dataclass
class Repo:
    """A repository: `git` holds the branches."""

    path: str
    git: GitRepository
    id: int
    default_branch: str = "main"
    parent: str | None = None
    archived: bool = False
    private: bool = False
    writers: set[str] = field(default_factory=set)
    pulls: list[Pull] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return self.path.split("/")[0]

    @property
    def name(self) -> str:
        return self.path.split("/")[1]

    def pull(self, number: int) -> Pull | None:
        return next((pull for pull in self.pulls if pull.number == number), None)


class State:
    """All of it. `lock` is held while a request is answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.repos: dict[str, Repo] = {}
        self.accounts: dict[str, Account] = {}
        self._last_id = 1000

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def repo(self, path: str) -> Repo | None:
        """By path, in any case, as GitHub."""
        return next((repo for known, repo in self.repos.items() if known.lower() == path.lower()), None)

    def add(self, path: str, files: dict[str, str | bytes] | None = None, *, writers: tuple[str, ...] = ()) -> Repo:
        """A new repository, with one commit of `files`."""
        repo = Repo(path, GitRepository.create(self.folder / f"{path}.git"), self.next_id(), writers=set(writers))
        if files:
            repo.git.push(files, message="First commit")
        self.repos[path] = repo
        return repo

    def fork(self, source: Repo, owner: str) -> Repo:
        """A copy that knows every object of its source, also those that come later, as GitHub's forks do."""
        path = f"{owner}/{source.name}"
        found = self.repo(path)
        if found is not None:
            return found
        fork = self.add(path, writers=(owner,))
        (fork.git.path / "objects/info/alternates").write_text(f"{(source.git.path / 'objects').resolve()}\n")
        (source.git.path / "objects/info/alternates").write_text(f"{(fork.git.path / 'objects').resolve()}\n")
        fork.git.move((source.default_branch, None, source.git.head(source.default_branch)))
        fork.parent, fork.default_branch = source.path, source.default_branch
        return fork

    def branch_moved(self, repo: Repo, branch: str) -> None:
        """What GitHub does when a branch moves: its pull request follows, and one that adds nothing is closed."""
        head = repo.git.head(branch)
        for target in self.repos.values():
            for pull in target.pulls:
                if pull.state != "open" or (pull.head_repo, pull.head) != (repo.path, branch):
                    continue
                base = target.git.head(pull.base)
                if head is None or (base is not None and not target.git.commits(base, head)):
                    pull.state, pull.closed_by = "closed", "ghost"
                if head is not None:
                    pull.head_sha = head
