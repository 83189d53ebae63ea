"""GitLab's side of review mode: discussions at lines of a merge request's diff, with suggestions.

Source: GitLab Docs, "Discussions API" (a thread in the merge request diff) and "Suggest changes".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dockerfix.bot.fences import fenced
from dockerfix.bot.forge import NewReviewComment, ReviewComment, TouchedFile
from dockerfix.bot.forge_errors import NotFoundError, RefusedError, StaleHeadError
from dockerfix.bot.forges.diff_lines import shown_lines
from dockerfix.bot.forges.gitlab_calls import project
from dockerfix.bot.forges.gitlab_values import review_comment_of
from dockerfix.bot.web import Web

__all__ = ["GitLabReview"]

_LARGEST = 1024 * 1024  # bytes of a file that is read


class GitLabReview:
    """What review mode asks of GitLab; `GitLab` has the rest."""

    _web: Web

    def account(self) -> str | None:
        """The user name behind the token."""
        raise NotImplementedError

    def suggestion(self, lines: str, *, above: int, below: int) -> str:
        """A suggestion block, which says itself how far it reaches."""
        return fenced(lines, f"suggestion:-{above}+{below}")

    def touched_files(self, path: str, number: int) -> tuple[TouchedFile, ...]:
        """The files of the diff; GitLab shows no lines of one that is too large."""
        return tuple(
            TouchedFile(
                path=diff["new_path"],
                old_path=None if diff["new_file"] else diff["old_path"],
                is_deleted=diff["deleted_file"],
                lines=None if _is_cut(diff) else frozenset(shown_lines(diff["diff"].split("\n"))),
            )
            for diff in self._diffs(path, number)
        )

    def file(self, path: str, commit: str, file: str) -> bytes | None:
        """A file of a commit."""
        address = f"{project(path)}/repository/files/{quote(file, safe='')}"
        try:
            headers = self._web.head(address, ref=commit)
            if int(headers.get("x-gitlab-size", 0)) > _LARGEST:
                return None
            return self._web.raw(f"{address}/raw", ref=commit)
        except NotFoundError:
            return None

    def review_comments(self, path: str, number: int) -> tuple[ReviewComment, ...]:
        """The notes at lines, oldest first."""
        head, account = self._refs(path, number)["head_sha"], self.account()
        found = (
            review_comment_of(note, thread["id"], head, account)
            for thread in self._web.pages(f"{self._merge_request(path, number)}/discussions")
            for note in thread["notes"]
        )
        return tuple(comment for comment in found if comment is not None)

    def add_review(self, path: str, number: int, commit: str, comments: Sequence[NewReviewComment]) -> None:
        """Start a discussion for each comment, at its last line."""
        refs = self._refs(path, number)
        if refs["head_sha"] != commit:
            raise StaleHeadError(f"{path}!{number} stands at {refs['head_sha']}, expected {commit}")
        diffs = {diff["new_path"]: diff for diff in self._diffs(path, number)}
        for comment in comments:
            position = {**refs, "position_type": "text", **_place(diffs, comment)}
            data = {"body": comment.body, "position": position}
            self._web.send("POST", f"{self._merge_request(path, number)}/discussions", data)

    def edit_review_comment(self, path: str, number: int, comment: ReviewComment, body: str) -> None:
        """Give a note a new text."""
        thread = f"{self._merge_request(path, number)}/discussions/{comment.thread}"
        self._web.send("PUT", f"{thread}/notes/{comment.id}", {"body": body})

    def resolve(self, path: str, number: int, comment: ReviewComment) -> None:
        """Resolve a discussion."""
        self._web.send("PUT", f"{self._merge_request(path, number)}/discussions/{comment.thread}", {"resolved": True})

    def _merge_request(self, path: str, number: int) -> str:
        return f"{project(path)}/merge_requests/{number}"

    def _refs(self, path: str, number: int) -> dict[str, str]:
        """The three commits between which the diff stands."""
        refs = self._web.get(self._merge_request(path, number)).get("diff_refs")
        if not refs:
            raise RefusedError(f"{path}!{number} has no diff yet")
        return {key: str(refs[key]) for key in ("base_sha", "start_sha", "head_sha")}

    def _diffs(self, path: str, number: int) -> list[dict[str, Any]]:
        return list(self._web.pages(f"{self._merge_request(path, number)}/diffs"))


def _is_cut(diff: dict[str, Any]) -> bool:
    return bool(diff.get("too_large") or diff.get("collapsed"))


def _place(diffs: dict[str, dict[str, Any]], comment: NewReviewComment) -> dict[str, Any]:
    """Path and line of a comment; GitLab wants the old line too where the diff shows an unchanged one."""
    diff = diffs.get(comment.path)
    lines = shown_lines(diff["diff"].split("\n")) if diff and not _is_cut(diff) else {}
    if diff is None or comment.line not in lines:
        raise RefusedError(f"{comment.path}:{comment.line} is not shown in the diff")
    place = {"new_path": comment.path, "old_path": diff["old_path"], "new_line": comment.line}
    old = lines[comment.line]
    return place if old is None else {**place, "old_line": old}
