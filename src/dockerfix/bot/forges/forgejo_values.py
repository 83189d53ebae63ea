"""Forgejo's and Gitea's answers as values of the bot.

Source: the OpenAPI description that each server shows below `/swagger`.
"""

from __future__ import annotations

from typing import Any

from dockerfix.bot.forge import Author, BranchName, Commit, PullRequest, Repository, ReviewComment, State
from dockerfix.bot.forges.people import is_forges_own

__all__ = ["DRAFT", "commit_of", "pull_request_of", "repository_of", "review_comment_of"]

DRAFT = "WIP: "  # what makes a pull request a draft, by a server's default settings: its title starts so


def repository_of(told: dict[str, Any]) -> Repository:
    """A repository."""
    parent = told.get("parent")
    access = told.get("permissions")
    return Repository(
        path=told["full_name"],
        default_branch=told["default_branch"],
        clone_url=told["clone_url"],
        can_push=bool(access["push"]) if access else None,
        is_archived=bool(told.get("archived")),
        is_fork=bool(told.get("fork")),
        is_empty=told.get("empty"),
        parent=parent["full_name"] if parent else None,
        size=told.get("size"),
    )


def commit_of(told: dict[str, Any]) -> Commit:
    """A commit."""
    parents = tuple(parent["sha"] for parent in told["parents"] or ())
    author, committer = _person(told, "author"), _person(told, "committer")
    return Commit(told["sha"], told["commit"]["message"], author, committer, parents, _is_servers(told, committer))


def pull_request_of(told: dict[str, Any]) -> PullRequest:
    """A pull request; its title without the word that makes it a draft."""
    head, source = told["head"], told["head"].get("repo")
    state = State.MERGED if told.get("merged") else State(told["state"])
    by = told.get("merged_by")
    return PullRequest(
        number=told["number"],
        url=told["html_url"],
        state=state,
        title=told["title"].removeprefix(DRAFT),
        body=told.get("body") or "",
        base=told["base"]["ref"],
        head=BranchName(source["full_name"], head["ref"]) if source else None,
        head_id=head["sha"],
        author=told["user"]["login"],
        is_draft=bool(told.get("draft")),
        labels=tuple(label["name"] for label in told.get("labels") or ()),
        closed_by=by["login"] if by else None,
    )


def review_comment_of(told: dict[str, Any], account: str | None) -> ReviewComment:
    """A comment at a line; one at a removed line has no line of ours."""
    line = told.get("position") or None
    return ReviewComment(
        id=str(told["id"]),
        thread=None,
        author=told["user"]["login"],
        path=told["path"],
        line=line,
        start_line=line,
        body=told["body"],
        is_resolved=told.get("resolver") is not None,
        is_mine=None if account is None else told["user"]["login"] == account,
    )


def _is_servers(told: dict[str, Any], committer: Author) -> bool:
    """Whether the server made the commit: under its own name, or signed with a key that belongs to no account."""
    signed = told["commit"].get("verification") or {}
    return is_forges_own(committer) or (committer.login is None and signed.get("verified") is True)


def _person(told: dict[str, Any], role: str) -> Author:
    account = told.get(role)
    facts = told["commit"][role]
    return Author(facts["name"], facts["email"], account["login"] if account else None)
