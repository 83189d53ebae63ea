"""Commits on Forgejo, made through its interface."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, NoReturn
from urllib.parse import quote

from dockerfix.bot.checkout import Credentials
from dockerfix.bot.forge import BranchName, FileChange, FileMode, NewCommit, Repository, blob_id
from dockerfix.bot.forge_errors import ForgeError, NotFoundError, RefusedError, StaleHeadError
from dockerfix.bot.forges.leased_push import leased_push, take_away
from dockerfix.bot.forges.shapes import commit_id
from dockerfix.bot.forges.staging import is_staging, staging_of
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web

__all__ = ["Branches"]


class Branches:
    """The branches of a server's repositories."""

    def __init__(self, web: Web, token: Secret, host: str) -> None:
        self._web, self._token, self._host = web, token, host

    def head(self, branch: BranchName) -> str | None:
        """The commit a branch stands at."""
        try:
            return commit_id(self._web.get(_branch(branch))["commit"]["id"])
        except NotFoundError:
            return None

    def blob(self, path: str, commit: str, file: str) -> str | None:
        """The blob id of a file; None where it is not there or no file."""
        try:
            told = self._web.get(f"/repos/{path}/contents/{quote(file)}", ref=commit)
        except NotFoundError:
            return None
        return told["sha"] if isinstance(told, dict) and told["type"] in ("file", "symlink") else None

    def delete(self, branch: BranchName) -> None:
        """Delete a branch; nothing happens where it is gone."""
        try:
            self._web.send("DELETE", _branch(branch))
        except NotFoundError:
            return

    def move(
        self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None, home: Repository
    ) -> str:
        """Make a branch stand at new commits.

        Raises:
            StaleHeadError: it is not at `expected`.
        """
        staging = staging_of(branch, self._token)
        try:
            self._start(staging, parent, home)
            made = self._made(staging, commits, parent)
            url, count = home.clone_url, len(commits)
            credentials = Credentials(self._token, self._host)
            if not leased_push(url, credentials, branch, staging, made, expected=expected, count=count):
                self._refuse(branch, expected)
        finally:
            take_away(self.delete, staging)
        return made

    def left_beside(self, branch: BranchName) -> list[BranchName]:
        """The branches beside one that runs of this token made and did not take away.

        Source: Forgejo's and Gitea's `GET /repos/{owner}/{repo}/git/refs/{ref}`, which lists what begins so.
        """
        prefix = f"heads/{branch.branch}-"
        try:
            told = self._web.get(f"/repos/{branch.repository}/git/refs/{quote(prefix)}")
        except NotFoundError:
            return []
        names = [str(one["ref"]).removeprefix("refs/heads/") for one in (told if isinstance(told, list) else [told])]
        return [BranchName(branch.repository, name) for name in names if is_staging(name, branch, self._token)]

    def _refuse(self, branch: BranchName, expected: str | None) -> NoReturn:
        now = self.head(branch)
        if now != expected:
            raise StaleHeadError(f"{branch.repository}: {branch.branch} stands at {now}, expected {expected}")
        raise RefusedError(f"{branch.repository}: a push to {branch.branch} is refused")

    def _start(self, new: BranchName, parent: str, home: Repository) -> None:
        if not self._knows(home.path, parent):
            if home.parent is None:
                raise NotFoundError(f"{home.path} has no commit {parent}")
            self._catch_up(home, parent)
        body = {"new_branch_name": new.branch, "old_ref_name": parent}
        self._web.send("POST", f"/repos/{new.repository}/branches", body)

    def _knows(self, path: str, commit: str) -> bool:
        try:
            self._web.get(f"/repos/{path}/git/commits/{commit}", stat="false", files="false", verification="false")
        except NotFoundError:
            return False
        return True

    def _catch_up(self, fork: Repository, parent: str) -> None:
        """Bring a fork's default branch to that of its origin: Forgejo from version 11, Gitea from 1.24."""
        try:
            self._web.send("POST", f"/repos/{fork.path}/sync_fork")
        except ForgeError:
            body = {"branch": fork.default_branch}
            self._web.send("POST", f"/repos/{fork.path}/merge-upstream", body)
        if not self._knows(fork.path, parent):
            raise NotFoundError(f"{fork.path} has no commit {parent}")

    def _made(self, branch: BranchName, commits: Sequence[NewCommit], parent: str) -> str:
        blobs: dict[str, str | None] = {}
        made = parent
        for new in commits:
            files = [file for change in new.changes for file in self._operation(branch, parent, change, blobs)]
            body = {"branch": branch.branch, "message": new.message, "files": files}
            made = commit_id(self._sent(branch, body)["commit"]["sha"])
        return made

    def _sent(self, staging: BranchName, body: dict[str, Any]) -> Any:
        """Raises StaleHeadError where another run took the branch for one that was left behind."""
        try:
            return self._web.send("POST", f"/repos/{staging.repository}/contents", body)
        except NotFoundError:
            if self.head(staging) is None:
                raise StaleHeadError(f"{staging.repository}: another run came in between") from None
            raise

    def _operation(
        self, branch: BranchName, parent: str, change: FileChange, blobs: dict[str, str | None]
    ) -> list[dict[str, Any]]:
        """The operation for one file; `blobs` remembers what the commits before have left."""
        path = change.path
        if path not in blobs:
            blobs[path] = self.blob(branch.repository, parent, path)
        known = blobs[path]
        if change.content is None:
            blobs[path] = None
            return [{"operation": "delete", "path": path, "sha": known}] if known else []
        if known is None and change.mode is FileMode.EXECUTABLE:
            raise RefusedError(f"{path}: this forge's interface makes no executable file")
        blobs[path] = blob_id(change.content)
        operation = {"path": path, "content": base64.b64encode(change.content).decode("ascii")}
        return [{"operation": "update", "sha": known, **operation} if known else {"operation": "create", **operation}]


def _branch(branch: BranchName) -> str:
    return f"/repos/{branch.repository}/branches/{quote(branch.branch)}"
