"""From GitHub's JSON to the values of `dockerfix.bot.forge`."""

from __future__ import annotations

import re
from typing import Any

from dockerfix.bot.forge import (
    Author,
    BranchName,
    Commit,
    Comparison,
    PullRequest,
    Repository,
    State,
    TouchedFile,
)
from dockerfix.bot.forges.people import is_forges_own

__all__ = ["comparison_of", "pull_request_of", "repository_of", "touched_file_of"]

_MOST_FILES = 300  # GitHub shows no more files of a comparison
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)", re.MULTILINE)


def repository_of(body: dict[str, Any]) -> Repository:
    """A repository, from a list or asked for by itself."""
    permissions = body.get("permissions") or {}
    return Repository(
        path=body["full_name"],
        default_branch=body.get("default_branch") or "main",
        clone_url=body.get("clone_url") or "",
        can_push=permissions.get("push"),
        is_archived=bool(body.get("archived")),
        is_fork=bool(body.get("fork")),
        parent=(body.get("parent") or {}).get("full_name"),
        size=body.get("size"),
    )


def pull_request_of(body: dict[str, Any]) -> PullRequest:
    """A pull request, from a list or asked for by itself."""
    head = body["head"]
    state = State.MERGED if body.get("merged_at") else State(body["state"])
    return PullRequest(
        number=body["number"],
        url=body["html_url"],
        state=state,
        title=body["title"],
        body=body.get("body") or "",
        base=body["base"]["ref"],
        head=BranchName(head["repo"]["full_name"], head["ref"]) if head.get("repo") else None,
        head_id=head["sha"],
        author=_login(body.get("user")) or "ghost",
        is_draft=bool(body.get("draft")),
        labels=tuple(label["name"] for label in body.get("labels") or ()),
    )


def comparison_of(body: dict[str, Any]) -> Comparison:
    """What a branch adds."""
    commits, files = body.get("commits") or [], body.get("files") or []
    blobs: dict[str, str | None] = {}
    for file in files:
        if file["status"] == "renamed":
            blobs[file["previous_filename"]] = None
        blobs[file["filename"]] = None if file["status"] == "removed" else file["sha"]
    return Comparison(
        merge_base=body["merge_base_commit"]["sha"],
        commits=tuple(_commit(item) for item in commits),
        blobs=tuple(sorted(blobs.items())),
        is_complete=body["total_commits"] == len(commits) and len(files) < _MOST_FILES,
    )


def touched_file_of(body: dict[str, Any]) -> TouchedFile:
    """A file of a pull request."""
    path, status = body["filename"], body["status"]
    old = None if status == "added" else body.get("previous_filename") or path
    patch = body.get("patch")
    return TouchedFile(path, old, status == "removed", None if patch is None else frozenset(_shown_lines(patch)))


def _shown_lines(patch: str) -> list[int]:
    """The 1-based lines of the new text that a diff shows."""
    shown, line = [], 0
    for text in patch.split("\n"):
        hunk = _HUNK.match(text)
        if hunk:
            line = int(hunk[1])
        elif text[:1] in (" ", "+"):
            shown.append(line)
            line += 1
    return shown


def _commit(body: dict[str, Any]) -> Commit:
    inner = body["commit"]
    committer = _author(inner["committer"], body.get("committer"))
    return Commit(
        id=body["sha"],
        message=inner["message"],
        author=_author(inner["author"], body.get("author")),
        committer=committer,
        parents=tuple(parent["sha"] for parent in body["parents"]),
        is_by_forge=is_forges_own(committer),
    )


def _author(named: dict[str, Any] | None, account: dict[str, Any] | None) -> Author:
    named = named or {}
    return Author(named.get("name") or "", named.get("email") or "", _login(account))


def _login(account: dict[str, Any] | None) -> str | None:
    return (account or {}).get("login")
