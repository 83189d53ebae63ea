"""GitLab's answers, as its documentation shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from forge_server import GitRepository, Pull, Repo
from forge_server.state import LineComment, State
from werkzeug.wrappers import Request, Response

__all__ = [
    "RefusedAnswer",
    "answered",
    "commit",
    "discussion",
    "fields",
    "listed",
    "merge_request",
    "project",
    "refused",
    "user",
]


class RefusedAnswer(Exception):
    """An answer in place of what was asked for."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def answered(content: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(content), status, named, mimetype="application/json")


def refused(status: int, message: Any) -> RefusedAnswer:
    return RefusedAnswer(answered({"message": message}, status))


def fields(request: Request, allowed: str) -> dict[str, Any]:
    """The query and body of a request; a name that the documentation does not have is refused."""
    given: dict[str, Any] = dict(request.args)
    if request.get_data() and "json" in request.mimetype:
        given |= json.loads(request.get_data())
    unknown = set(given) - set(allowed.split()) - {"page", "per_page"}
    if unknown:
        raise refused(400, f"undocumented: {', '.join(sorted(unknown))}")
    return given


def listed(content: Sequence[Any], given: dict[str, Any], url: str = "") -> Response:
    """One page of a list, with the headers of GitLab's pagination."""
    page, size = int(given.get("page", 1)), int(given.get("per_page", 20))
    query = urlencode({**given, "page": page + 1, "per_page": size})
    more = page * size < len(content)
    headers = {"Link": f'<{url}?{query}>; rel="next"'} if more else {}
    return answered(
        content[(page - 1) * size : page * size],
        X_Page=str(page),
        X_Per_Page=str(size),
        X_Next_Page=str(page + 1) if more else "",
        X_Total=str(len(content)),
        **headers,
    )


def user(state: State, login: str) -> dict[str, Any]:
    names = sorted({account.login for account in state.accounts.values()} | {login})
    return {"id": 1 + names.index(login), "username": login, "name": login.title(), "state": "active"}


def project(state: State, repo: Repo, url: str, login: str) -> dict[str, Any]:
    head = repo.git.head(repo.default_branch)
    told: dict[str, Any] = {
        "id": repo.id,
        "path": repo.name,
        "path_with_namespace": repo.path,
        "namespace": {"path": repo.path.rsplit("/", 1)[0], "kind": "group"},
        "default_branch": repo.default_branch if head else None,
        "http_url_to_repo": f"{url}/{repo.path}.git",
        "archived": repo.archived,
        "visibility": "private" if repo.private else "public",
        "empty_repo": head is None,
        "import_status": "finished" if repo.parent else "none",
        "permissions": {
            "project_access": {"access_level": 30, "notification_level": 3} if login in repo.writers else None,
            "group_access": None,
        },
        "statistics": {"repository_size": 4096},
    }
    if repo.parent:
        told["forked_from_project"] = {"id": state.repos[repo.parent].id, "path_with_namespace": repo.parent}
    return told


def commit(git: GitRepository, id: str) -> dict[str, Any]:
    facts = git.facts(id)
    return {
        "id": id,
        "short_id": id[:8],
        "title": facts.message.split("\n")[0],
        "message": facts.message,
        "author_name": facts.author[0],
        "author_email": facts.author[1],
        "committer_name": facts.committer[0],
        "committer_email": facts.committer[1],
        "parent_ids": list(facts.parents),
    }


def merge_request(state: State, repo: Repo, pull: Pull, url: str) -> dict[str, Any]:
    source = state.repos.get(pull.head_repo)
    base = repo.git.head(pull.base)
    merged = "merged" if pull.merged else "closed"
    by = user(state, pull.closed_by) if pull.closed_by else None
    start = repo.git.merge_base(base, pull.head_sha) if base else None
    return {
        "id": repo.id * 1000 + pull.number,
        "iid": pull.number,
        "web_url": f"{url}/{repo.path}/-/merge_requests/{pull.number}",
        "state": "opened" if pull.state == "open" else merged,
        "title": pull.title,
        "description": pull.body,
        "draft": pull.title.startswith("Draft: "),
        "source_branch": pull.head,
        "target_branch": pull.base,
        "source_project_id": source.id if source else None,
        "target_project_id": repo.id,
        "sha": pull.head_sha,
        "author": user(state, pull.author),
        "labels": pull.labels,
        "reviewers": [user(state, name) for name in pull.reviewers],
        "assignees": [user(state, name) for name in pull.assignees],
        "merge_user": by if pull.merged else None,
        "closed_by": None if pull.merged else by,
        "diff_refs": {"base_sha": start, "start_sha": base, "head_sha": pull.head_sha},
    }


def discussion(state: State, repo: Repo, pull: Pull, note: LineComment) -> dict[str, Any]:
    base = repo.git.head(pull.base) or ""
    return {
        "id": note.thread,
        "individual_note": False,
        "notes": [
            {
                "id": note.id,
                "type": "DiffNote",
                "body": note.body,
                "author": user(state, note.author),
                "system": False,
                "resolvable": True,
                "resolved": note.is_resolved,
                "position": {
                    "base_sha": repo.git.merge_base(base, note.commit),
                    "start_sha": base,
                    "head_sha": note.commit,
                    "position_type": "text",
                    "old_path": note.path,
                    "new_path": note.path,
                    "new_line": note.line,
                },
            }
        ],
    }
