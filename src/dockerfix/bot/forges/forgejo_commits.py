"""Commits on Forgejo: made through its interface, so that the server signs them, and put in place with a lease.

The interface commits to a branch and cannot say where that branch must stand, nor put one elsewhere. The commits are
therefore made on a branch beside it, and one `git push --force-with-lease` moves the real one: all or nothing, and an
open pull request stays open.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dockerfix.bot.checkout import CheckoutError, Credentials, Limits
from dockerfix.bot.checkout.git import Git
from dockerfix.bot.forge import BranchName, FileChange, FileMode, NewCommit, Repository, blob_id
from dockerfix.bot.forge_errors import ForgeError, NotFoundError, RefusedError, StaleHeadError
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web

__all__ = ["Branches"]

_LIMITS = Limits(seconds=120.0)


class Branches:
    """The branches of a server's repositories."""

    def __init__(self, web: Web, token: Secret) -> None:
        self._web, self._token = web, token

    def head(self, branch: BranchName) -> str | None:
        """The commit a branch stands at."""
        try:
            return str(self._web.get(_branch(branch))["commit"]["id"])
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
        beside = BranchName(branch.repository, f"{branch.branch}-next")
        self.delete(beside)  # what a run left that was ended in between
        self._start(beside, parent, home)
        try:
            made = self._made(beside, commits, parent)
            self._push(branch, beside, made, expected, home.clone_url, len(commits))
        finally:
            self.delete(beside)
        return made

    def _start(self, beside: BranchName, parent: str, home: Repository) -> None:
        if not self._knows(home.path, parent):
            if home.parent is None:
                raise NotFoundError(f"{home.path} has no commit {parent}")
            self._catch_up(home, parent)
        body = {"new_branch_name": beside.branch, "old_ref_name": parent}
        self._web.send("POST", f"/repos/{beside.repository}/branches", body)

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

    def _made(self, beside: BranchName, commits: Sequence[NewCommit], parent: str) -> str:
        blobs: dict[str, str | None] = {}
        made = parent
        for new in commits:
            files = [file for change in new.changes for file in self._operation(beside, parent, change, blobs)]
            body = {"branch": beside.branch, "message": new.message, "files": files}
            made = str(self._web.send("POST", f"/repos/{beside.repository}/contents", body)["commit"]["sha"])
        return made

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

    def _push(
        self, branch: BranchName, beside: BranchName, commit: str, expected: str | None, url: str, count: int
    ) -> None:
        ref = f"refs/heads/{branch.branch}"
        credentials = Credentials(self._token)
        with tempfile.TemporaryDirectory() as folder, Git(Path(folder), url, credentials, _LIMITS) as git:
            git.run("init", "--quiet", "--bare", "--template=", ".")
            git.run("fetch", "--quiet", "--no-tags", f"--depth={count}", "--no-write-fetch-head", "--end-of-options",
                    url, f"+refs/heads/{beside.branch}:refs/heads/next")  # fmt: skip
            try:
                git.run("push", "--quiet", f"--force-with-lease={ref}:{expected or ''}", url, f"{commit}:{ref}")
            except CheckoutError as error:
                now = self.head(branch)
                if now != expected:
                    raise StaleHeadError(f"{branch.repository}: {branch.branch} stands at {now}") from None
                raise RefusedError(str(error)) from None


def _branch(branch: BranchName) -> str:
    return f"/repos/{branch.repository}/branches/{quote(branch.branch)}"
