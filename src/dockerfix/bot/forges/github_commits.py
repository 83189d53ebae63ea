"""Branches of GitHub moved through its interface: guarded by where they are, and signed.

Two ways lead to a commit. `createCommitOnBranch` is signed for every token, but makes every file a regular one and only
adds to a branch. Objects made one by one (tree, commit) may be executable and touch no branch, and GitHub signs them
for apps, `GITHUB_TOKEN` among them. Both end in `updateRefs`, which moves a branch only from where it is expected.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dockerfix.bot.forge import BranchName, FileChange, FileMode, NewCommit
from dockerfix.bot.forge_errors import ForgeError, NotFoundError, RefusedError, StaleHeadError
from dockerfix.bot.forges.github_graphql import Graph
from dockerfix.bot.forges.shapes import commit_id
from dockerfix.bot.forges.staging import is_staging, staging_of
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web

__all__ = ["Branches", "needs_objects"]

_NONE = "0" * 40  # stands for "no such branch"
_COMMIT = """
mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }
"""
_MOVE = """
mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }
"""


class Branches:
    """The branches of the repositories of one server."""

    def __init__(self, web: Web, graph: Graph) -> None:
        self._web, self._graph = web, graph
        self._ids: dict[str, str] = {}

    def remember(self, path: str, node: str) -> None:
        """Keep the id that GraphQL uses for a repository."""
        self._ids[path] = node

    def head(self, branch: BranchName) -> str | None:
        """Where a branch stands; None where it is not there."""
        try:
            said = self._web.get(f"/repos/{branch.repository}/git/ref/{quote(f'heads/{branch.branch}', safe='')}")
        except NotFoundError:
            return None
        return commit_id(said["object"]["sha"])

    def commit_objects(
        self, branch: BranchName, commits: Sequence[NewCommit], *, parent: str, expected: str | None
    ) -> str:
        """Make the commits as objects, then move the branch onto them."""
        repo, head = f"/repos/{branch.repository}", parent
        tree = self._web.get(f"{repo}/git/commits/{parent}")["tree"]["sha"]
        for commit in commits:
            entries = [self._entry(repo, change) for change in commit.changes]
            tree = self._web.send("POST", f"{repo}/git/trees", {"base_tree": tree, "tree": entries})["sha"]
            wanted = {"message": commit.message, "tree": tree, "parents": [head]}
            head = commit_id(self._web.send("POST", f"{repo}/git/commits", wanted)["sha"])
        self.move(branch.repository, (branch.branch, expected, head))
        return head

    def commit_signed(
        self, branch: BranchName, commits: Sequence[NewCommit], token: Secret, *, parent: str, expected: str | None
    ) -> str:
        """Make the commits on a branch with `createCommitOnBranch`.

        The branch itself must not stand at `parent` alone: GitHub would close its pull request, and nobody could tell
        it from a branch that a person has just made. The commits are made on a second one, and the first one moves
        onto them in the step that deletes the second.
        """
        staging = staging_of(branch, token)
        try:
            self._create(staging, parent)
            head = self._add(staging, commits, parent)
            self.move(branch.repository, (branch.branch, expected, head), (staging.branch, head, None))
        except ForgeError as error:
            was_there = self._taken_away(staging)
            if isinstance(error, NotFoundError) and not was_there and self._knows(branch.repository, parent):
                raise StaleHeadError(f"{branch.repository}: another run came in between") from error
            raise
        return head

    def left_beside(self, branch: BranchName, token: Secret) -> list[BranchName]:
        """The branches beside one that runs with this token made and did not take away."""
        prefix = quote(f"heads/{branch.branch}-", safe="")
        told = self._web.listed(f"/repos/{branch.repository}/git/matching-refs/{prefix}")
        names = [one["ref"].removeprefix("refs/heads/") for one in told]
        return [BranchName(branch.repository, name) for name in names if is_staging(name, branch, token)]

    def move(self, repository: str, *moves: tuple[str, str | None, str | None]) -> None:
        """Move branches together: name, where it is expected, where it goes; None for "not there".

        Raises:
            StaleHeadError: one of them is elsewhere.
        """
        updates = [
            {"name": f"refs/heads/{name}", "beforeOid": old or _NONE, "afterOid": new or _NONE, "force": True}
            for name, old, new in moves
        ]
        try:
            self._graph.run(repository, _MOVE, input={"repositoryId": self._id(repository), "refUpdates": updates})
        except RefusedError as error:
            for name, old, _ in moves:
                if self.head(BranchName(repository, name)) != old:
                    raise StaleHeadError(f"{name} is not where it was") from error
            raise

    def _create(self, branch: BranchName, commit: str) -> None:
        wanted = {"ref": f"refs/heads/{branch.branch}", "sha": commit}
        try:
            self._web.send("POST", f"/repos/{branch.repository}/git/refs", wanted)
        except RefusedError as error:
            if "already exists" in str(error):
                raise StaleHeadError(f"{branch.branch} is there already") from error
            if "does not exist" in str(error):
                raise NotFoundError(f"{branch.repository} does not know the commit {commit}") from error
            raise

    def _taken_away(self, staging: BranchName) -> bool:
        """Whether a branch of ours was there, and is deleted now; one that stays is taken away by the next run."""
        try:
            head = self.head(staging)
            if head is not None:
                self.move(staging.repository, (staging.branch, head, None))
        except ForgeError:
            return True
        return head is not None

    def _knows(self, repository: str, commit: str) -> bool:
        try:
            self._web.get(f"/repos/{repository}/git/commits/{commit}")
        except ForgeError:
            return False
        return True

    def _add(self, branch: BranchName, commits: Sequence[NewCommit], head: str) -> str:
        for commit in commits:
            title, _, rest = commit.message.partition("\n")
            wanted = {
                "branch": {"repositoryNameWithOwner": branch.repository, "branchName": branch.branch},
                "expectedHeadOid": head,
                "message": {"headline": title, "body": rest.lstrip("\n")},
                "fileChanges": {
                    "additions": [
                        {"path": change.path, "contents": base64.b64encode(change.content).decode()}
                        for change in commit.changes
                        if change.content is not None
                    ],
                    "deletions": [{"path": change.path} for change in commit.changes if change.content is None],
                },
            }
            head = commit_id(self._graph.run(branch.repository, _COMMIT, input=wanted)["commit"]["oid"])
        return head

    def _entry(self, repo: str, change: FileChange) -> dict[str, Any]:
        entry: dict[str, Any] = {"path": change.path, "mode": change.mode.value, "type": "blob", "sha": None}
        if change.content is not None:
            content = base64.b64encode(change.content).decode()
            wanted = {"content": content, "encoding": "base64"}
            entry["sha"] = self._web.send("POST", f"{repo}/git/blobs", wanted)["sha"]
        return entry

    def _id(self, repository: str) -> str:
        if repository not in self._ids:
            self.remember(repository, self._web.get(f"/repos/{repository}")["node_id"])
        return self._ids[repository]


def needs_objects(commits: Sequence[NewCommit]) -> bool:
    """Whether a file is executable, which `createCommitOnBranch` would undo."""
    return any(change.mode is FileMode.EXECUTABLE for commit in commits for change in commit.changes)
