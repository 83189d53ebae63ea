"""Forgejo's answers."""

from __future__ import annotations

from typing import Any

from forge_server import GitRepository, Pull, Repo
from forge_server.state import State

__all__ = ["commit", "contents", "pull_request", "repository", "user"]

_WHEN = "2026-01-02T03:04:05Z"


def user(login: str) -> dict[str, Any]:
    return {"id": 1 + sum(map(ord, login)), "login": login, "email": f"{login}@noreply.example.org"}


def repository(state: State, repo: Repo, url: str, login: str) -> dict[str, Any]:
    may = login in repo.writers
    parent = state.repos.get(repo.parent) if repo.parent else None
    return {
        "id": repo.id,
        "name": repo.name,
        "full_name": repo.path,
        "owner": user(repo.owner),
        "default_branch": repo.default_branch,
        "clone_url": f"{url}/{repo.path}.git",
        "archived": repo.archived,
        "private": repo.private,
        "fork": parent is not None,
        "parent": repository(state, parent, url, login) if parent else None,
        "empty": repo.git.head(repo.default_branch) is None,
        "size": 24,
        "permissions": {"admin": False, "push": may, "pull": True},
    }


def commit(git: GitRepository, id: str, logins: set[str]) -> dict[str, Any]:
    facts = git.facts(id)
    files = git.changes(facts.parents[0], id) if facts.parents else []
    words = {"A": "added", "M": "modified", "D": "removed"}
    people = {"author": facts.author, "committer": facts.committer}
    return {
        "sha": id,
        "created": _WHEN,
        "commit": {
            "message": facts.message,
            "tree": {"sha": facts.tree},
            **{role: {"name": who[0], "email": who[1], "date": _WHEN} for role, who in people.items()},
        },
        **{role: user(who[0]) if who[0] in logins else None for role, who in people.items()},
        "parents": [{"sha": parent} for parent in facts.parents],
        "files": [{"filename": path, "status": words[letter]} for letter, path, _, _ in files],
    }


def contents(git: GitRepository, commit: str, path: str, content: str | None) -> dict[str, Any]:
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": git.git("rev-parse", f"{commit}:{path}"),
        "type": "file",
        "size": int(git.git("cat-file", "-s", f"{commit}:{path}")),
        "encoding": None if content is None else "base64",
        "content": content,
    }


def pull_request(state: State, repo: Repo, pull: Pull, url: str, login: str) -> dict[str, Any]:
    source = state.repos.get(pull.head_repo)
    base = repo.git.head(pull.base) or ""
    return {
        "id": repo.id * 1000 + pull.number,
        "number": pull.number,
        "html_url": f"{url}/{repo.path}/pulls/{pull.number}",
        "state": pull.state,
        "merged": pull.merged,
        "merged_by": user(pull.closed_by) if pull.merged and pull.closed_by else None,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.title.startswith("WIP: "),
        "user": user(pull.author),
        "labels": [{"id": 1 + sum(map(ord, name)), "name": name} for name in pull.labels],
        "assignees": [user(name) for name in pull.assignees],
        "requested_reviewers": [user(name) for name in pull.reviewers],
        "merge_base": repo.git.merge_base(base, pull.head_sha),
        "base": {"label": pull.base, "ref": pull.base, "sha": base, "repo": repository(state, repo, url, login)},
        "head": {
            "label": pull.head,
            "ref": pull.head,
            "sha": pull.head_sha,
            "repo": repository(state, source, url, login) if source else None,
        },
    }
