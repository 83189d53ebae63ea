"""GitLab's answers as values of the bot.

Source: GitLab Docs, "REST API resources": projects, commits, merge requests, discussions.
"""

from __future__ import annotations

from typing import Any

from dockerfix.bot.forge import Author, BranchName, Commit, PullRequest, Repository, ReviewComment, State
from dockerfix.bot.forges.people import is_forges_own

__all__ = ["DRAFT", "commit_of", "pull_request_of", "repository_of", "review_comment_of"]

DRAFT = "Draft: "  # what makes a merge request a draft: its title starts so
_STATES = {"opened": State.OPEN, "locked": State.OPEN, "merged": State.MERGED, "closed": State.CLOSED}
_DEVELOPER = 30  # the access level from which on people may push


def repository_of(told: dict[str, Any]) -> Repository:
    """A project."""
    parent = told.get("forked_from_project")
    return Repository(
        path=told["path_with_namespace"],
        default_branch=told.get("default_branch") or "",
        clone_url=told["http_url_to_repo"],
        can_push=_can_push(told),
        is_archived=bool(told.get("archived")),
        is_fork=parent is not None,
        is_empty=told.get("empty_repo"),
        parent=parent["path_with_namespace"] if parent else None,
        size=_kibibytes(told),
    )


def commit_of(told: dict[str, Any]) -> Commit:
    """A commit; GitLab names no accounts."""
    committer = Author(told["committer_name"], told["committer_email"])
    return Commit(
        told["id"],
        told["message"],
        Author(told["author_name"], told["author_email"]),
        committer,
        tuple(told["parent_ids"]),
        is_forges_own(committer),
    )


def pull_request_of(told: dict[str, Any], source: str | None) -> PullRequest:
    """A merge request; its title without the word that makes it a draft.

    Args:
        source: the path of the project that its branch lies in; None where that is gone.
    """
    by = told.get("merge_user") or told.get("merged_by") or told.get("closed_by")
    return PullRequest(
        number=told["iid"],
        url=told["web_url"],
        state=_STATES[told["state"]],
        title=told["title"].removeprefix(DRAFT),
        body=told.get("description") or "",
        base=told["target_branch"],
        head=BranchName(source, told["source_branch"]) if source else None,
        head_id=told.get("sha") or "",
        author=told["author"]["username"],
        is_draft=bool(told.get("draft")),
        labels=tuple(told.get("labels") or ()),
        closed_by=by["username"] if by else None,
    )


def review_comment_of(note: dict[str, Any], thread: str, head_id: str, account: str | None) -> ReviewComment | None:
    """A note at a line of the new text; None for any other.

    Args:
        head_id: the commit that the merge request stands at; a note that GitLab did not move there is outdated.
    """
    place = note.get("position")
    if not place or not place.get("new_path"):
        return None
    line = place.get("new_line") if place.get("head_sha") == head_id else None
    start = ((place.get("line_range") or {}).get("start") or {}).get("new_line") if line else None
    return ReviewComment(
        id=str(note["id"]),
        thread=thread,
        author=note["author"]["username"],
        path=place["new_path"],
        line=line,
        start_line=start or line,
        body=note["body"],
        is_resolved=bool(note.get("resolved")),
        is_mine=None if account is None else note["author"]["username"] == account,
    )


def _can_push(told: dict[str, Any]) -> bool | None:
    access = told.get("permissions")
    if access is None:
        return None
    levels: list[int] = [(access.get(kind) or {}).get("access_level", 0) for kind in ("project_access", "group_access")]
    return max(levels) >= _DEVELOPER


def _kibibytes(told: dict[str, Any]) -> int | None:
    size = (told.get("statistics") or {}).get("repository_size")
    return size // 1024 if size is not None else None
