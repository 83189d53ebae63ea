"""Forgejo's side of review mode: comments at lines. It has no suggestions that apply with a click."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from dockerfix.bot.fences import fenced
from dockerfix.bot.forge import NewReviewComment, ReviewComment, TouchedFile
from dockerfix.bot.forge_errors import NotFoundError, RefusedError
from dockerfix.bot.forges.diff_lines import lines_in_diff
from dockerfix.bot.forges.forgejo_values import review_comment_of
from dockerfix.bot.web import Web
from dockerfix.project.context.discovery import is_dockerfile_name

__all__ = ["ForgejoReview", "pages"]

_LARGEST = 1024 * 1024  # bytes of a file that is read


def pages(web: Web, path: str, *, most: int = 200, **query: object) -> Iterator[dict[str, Any]]:
    """Every object of a list; how many a page holds at most is a setting of the server."""
    return web.pages(path, most=most, size="limit", **query)


class ForgejoReview:
    """What review mode asks of Forgejo; `Forgejo` has the rest."""

    _web: Web

    def account(self) -> str | None:
        """The login behind the token."""
        raise NotImplementedError

    def suggestion(self, lines: str, *, above: int, below: int) -> str:
        """The new lines to copy."""
        count = above + 1 + below
        if not lines:
            return "Delete this line." if count == 1 else f"Delete these {count} lines."
        return ("In place of this line:" if count == 1 else f"In place of {count} lines:") + f"\n{fenced(lines, '')}"

    def touched_files(self, path: str, number: int) -> tuple[TouchedFile, ...]:
        """The files of the diff. Forgejo gives no hunks: the lines follow from both texts, of Dockerfiles alone."""
        pull = self._web.get(f"/repos/{path}/pulls/{number}")
        head, base = pull["head"]["sha"], pull.get("merge_base") or pull["base"]["sha"]
        return tuple(
            self._touched(path, told, base, head) for told in pages(self._web, f"/repos/{path}/pulls/{number}/files")
        )

    def file(self, path: str, commit: str, file: str) -> bytes | None:
        """A file of a commit."""
        try:
            told = self._web.get(f"/repos/{path}/contents/{quote(file)}", ref=commit)
        except NotFoundError:
            return None
        if not isinstance(told, dict) or told["type"] != "file" or told["size"] > _LARGEST or told["content"] is None:
            return None
        return base64.b64decode(told["content"])

    def review_comments(self, path: str, number: int) -> tuple[ReviewComment, ...]:
        """The comments of every review, oldest first."""
        reviews = f"/repos/{path}/pulls/{number}/reviews"
        account = self.account()
        found = [
            review_comment_of(told, account)
            for review in pages(self._web, reviews)
            if review["comments_count"]
            for told in self._web.listed(f"{reviews}/{review['id']}/comments")
        ]
        return tuple(sorted(found, key=lambda comment: int(comment.id)))

    def add_review(self, path: str, number: int, commit: str, comments: Sequence[NewReviewComment]) -> None:
        """One review with all comments, each at its last line."""
        told = [{"path": new.path, "body": new.body, "new_position": new.line} for new in comments]
        body = {"commit_id": commit, "event": "COMMENT", "body": "", "comments": told}
        self._web.send("POST", f"/repos/{path}/pulls/{number}/reviews", body)

    def edit_review_comment(self, path: str, number: int, comment: ReviewComment, body: str) -> None:
        """Give a comment a new text."""
        self._web.send("PATCH", f"/repos/{path}/issues/comments/{comment.id}", {"body": body})

    def resolve(self, path: str, number: int, comment: ReviewComment) -> None:
        """Resolve a conversation: Gitea from 1.26; other servers have no call for it."""
        try:
            self._web.send("POST", f"/repos/{path}/pulls/comments/{comment.id}/resolve")
        except (NotFoundError, RefusedError):
            return

    def _touched(self, path: str, told: dict[str, Any], base: str, head: str) -> TouchedFile:
        name = told["filename"]
        old = None if told["status"] == "added" else told.get("previous_filename") or name
        is_deleted = told["status"] == "deleted"
        if is_deleted or not is_dockerfile_name(name.rsplit("/", 1)[-1]):
            return TouchedFile(name, old, is_deleted, None)
        after = self.file(path, head, name)
        before = b"" if old is None else self.file(path, base, old)
        lines = None if before is None or after is None else lines_in_diff(before, after)
        return TouchedFile(name, old, is_deleted, lines)
