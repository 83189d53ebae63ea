"""What review mode asks of GitHub: lines of a pull request, comments at them, conversations."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dockerfix.bot.fences import fenced
from dockerfix.bot.forge import NewReviewComment, ReviewComment, TouchedFile
from dockerfix.bot.forge_errors import NotFoundError
from dockerfix.bot.forges.github_graphql import Graph
from dockerfix.bot.forges.github_values import touched_file_of
from dockerfix.bot.web import Web

__all__ = ["Reviews"]

_LARGEST = 1024 * 1024  # bytes of a file
_THREADS = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      nodes { id isResolved comments(first: 1) { nodes { databaseId viewerDidAuthor } } }
      pageInfo { hasNextPage endCursor }
    } } } }
"""
_RESOLVE = """
mutation($input: ResolveReviewThreadInput!) { resolveReviewThread(input: $input) { clientMutationId } }
"""


class Reviews:
    """The methods of `dockerfix.bot.forge.ReviewForge` that GitHub needs words of its own for."""

    _web: Web
    _graph: Graph

    def suggestion(self, lines: str, *, above: int, below: int) -> str:
        """A block that is applied with one click; GitHub replaces just the lines that the comment stands at."""
        return fenced(lines, "suggestion")

    def touched_files(self, path: str, number: int) -> tuple[TouchedFile, ...]:
        """The files that a pull request changes; GitHub tells of 3,000."""
        return tuple(touched_file_of(item) for item in self._web.pages(f"/repos/{path}/pulls/{number}/files"))

    def file(self, path: str, commit: str, file: str) -> bytes | None:
        """A file of a commit; None where it is not there, no regular file, or larger than 1 MiB."""
        try:
            said = self._web.get(f"/repos/{path}/contents/{quote(file, safe='')}", ref=commit)
        except NotFoundError:
            return None
        if not isinstance(said, dict) or said.get("type") != "file" or said.get("encoding") != "base64":
            return None
        return base64.b64decode(said["content"]) if said["size"] <= _LARGEST else None

    def review_comments(self, path: str, number: int) -> tuple[ReviewComment, ...]:
        """The comments at lines, oldest first; of a conversation the first one."""
        threads = self._threads(path, number)
        items = self._web.pages(f"/repos/{path}/pulls/{number}/comments")
        return tuple(_comment(item, threads[item["id"]]) for item in items if item["id"] in threads)

    def add_review(self, path: str, number: int, commit: str, comments: Sequence[NewReviewComment]) -> None:
        """Write comments at lines, as one review."""
        lines = [_line(comment) for comment in comments]
        self._web.send(
            "POST",
            f"/repos/{path}/pulls/{number}/reviews",
            {"commit_id": commit, "event": "COMMENT", "comments": lines},
        )

    def edit_review_comment(self, path: str, number: int, comment: ReviewComment, body: str) -> None:
        """Give a comment a new text."""
        self._web.send("PATCH", f"/repos/{path}/pulls/comments/{comment.id}", {"body": body})

    def resolve(self, path: str, number: int, comment: ReviewComment) -> None:
        """Mark its conversation as resolved."""
        if comment.thread is not None:
            self._graph.run(path, _RESOLVE, input={"threadId": comment.thread})

    def _threads(self, path: str, number: int) -> dict[int, dict[str, Any]]:
        """Each conversation by the number of its first comment."""
        owner, name = path.split("/")
        found: dict[int, dict[str, Any]] = {}
        after: str | None = None
        while True:
            said = self._graph.run(path, _THREADS, owner=owner, name=name, number=number, after=after)
            if said is None or said["pullRequest"] is None:
                raise NotFoundError(f"{path} has no pull request {number}")
            threads = said["pullRequest"]["reviewThreads"]
            for thread in threads["nodes"]:
                found |= {comment["databaseId"]: thread for comment in thread["comments"]["nodes"]}
            if not threads["pageInfo"]["hasNextPage"]:
                return found
            after = threads["pageInfo"]["endCursor"]


def _comment(body: dict[str, Any], thread: dict[str, Any]) -> ReviewComment:
    line = body.get("line")
    return ReviewComment(
        id=str(body["id"]),
        thread=thread["id"],
        author=(body.get("user") or {}).get("login") or "ghost",
        path=body["path"],
        line=line,
        start_line=body.get("start_line") or line,
        body=body["body"],
        is_resolved=thread["isResolved"],
        is_mine=thread["comments"]["nodes"][0]["viewerDidAuthor"],
    )


def _line(comment: NewReviewComment) -> dict[str, object]:
    line: dict[str, object] = {"path": comment.path, "line": comment.line, "side": "RIGHT", "body": comment.body}
    if comment.start_line != comment.line:
        line |= {"start_line": comment.start_line, "start_side": "RIGHT"}
    return line
