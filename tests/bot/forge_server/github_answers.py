"""Answers in GitHub's shape: the example of its own description, with the facts of this server filled in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from forge_server.description import example
from forge_server.git_repository import CommitFacts
from forge_server.state import Comment, LineComment, Pull, Repo

if TYPE_CHECKING:
    from forge_server.server import ForgeServer

_USER = "simple-user"
_DATE = "2026-01-01T00:00:00Z"


def git_identity(login: str) -> tuple[str, str]:
    """Whom git names for an account."""
    return login, f"{login}@users.noreply.github.com"


def simple_user(login: str) -> dict[str, Any]:
    """An account, as it stands in other answers."""
    user: dict[str, Any] = example("pull-request")["user"]
    return {**user, "login": login, "type": "Bot" if login.endswith("[bot]") else "User"}


def private_user(login: str) -> dict[str, Any]:
    """The account that asks for itself."""
    found: dict[str, Any] = example("private-user-response-with-public-and-private-profile-information")
    return {**found, "login": login, "user_view_type": "private"}


def installation(number: int) -> dict[str, Any]:
    """Where an app is installed."""
    return {**example("installation"), "id": number}


def installation_token(token: str) -> dict[str, Any]:
    """A token that lives for an hour."""
    return {**example("installation-token"), "token": token, "expires_at": "2036-07-11T22:14:10Z"}


def _repository(server: ForgeServer, repo: Repo) -> dict[str, Any]:
    return {
        "id": repo.id,
        "name": repo.name,
        "full_name": repo.path,
        "owner": simple_user(repo.owner),
        "clone_url": server.clone_url(repo.path),
        "default_branch": repo.default_branch,
        "archived": repo.archived,
        "private": repo.private,
        "fork": repo.parent is not None,
        "node_id": f"R_{repo.id}",
        "language": None,
    }


def full_repository(server: ForgeServer, repo: Repo, *, can_push: bool) -> dict[str, Any]:
    """A repository that was asked for."""
    found = {**example("full-repository-default-response"), **_repository(server, repo)}
    found["permissions"] = {"admin": False, "push": can_push, "pull": True}
    for key in ("parent", "source", "template_repository"):
        found.pop(key, None)
    parent = server.state.repo(repo.parent) if repo.parent else None
    if parent is not None:
        base = {**example("full-repository-default-response")["parent"], **_repository(server, parent)}
        found["parent"] = found["source"] = base
    return found


def minimal_repository(server: ForgeServer, repo: Repo) -> dict[str, Any]:
    """A repository in a list."""
    found = {**example("minimal-repository-items")[0], **_repository(server, repo)}
    found.pop("template_repository", None)
    return found


def ref(branch: str, commit: str) -> dict[str, Any]:
    """A branch."""
    found: dict[str, Any] = example("git-ref")
    return {**found, "ref": f"refs/heads/{branch}", "object": {**found["object"], "sha": commit}}


def tree(server: ForgeServer, repo: Repo, sha: str) -> dict[str, Any]:
    """A tree."""
    return {**example("git-tree"), "sha": sha, "url": f"{server.url}/repos/{repo.path}/git/trees/{sha}"}


def git_commit(server: ForgeServer, repo: Repo, facts: CommitFacts, *, signed: bool) -> dict[str, Any]:
    """A commit as an object of git."""
    found: dict[str, Any] = example("git-commit")
    url = f"{server.url}/repos/{repo.path}/git/commits"
    return {
        **found,
        "sha": facts.id,
        "message": facts.message,
        "author": _person(facts.author),
        "committer": _person(facts.committer),
        "tree": {"sha": facts.tree, "url": f"{server.url}/repos/{repo.path}/git/trees/{facts.tree}"},
        "parents": [
            {"sha": parent, "url": f"{url}/{parent}", "html_url": f"{url}/{parent}"} for parent in facts.parents
        ],
        "verification": {**found["verification"], "verified": signed, "reason": "valid" if signed else "unsigned"},
    }


def _person(who: tuple[str, str]) -> dict[str, str]:
    return {"name": who[0], "email": who[1], "date": _DATE}


def _account_of(server: ForgeServer, who: tuple[str, str]) -> dict[str, Any]:
    known = {git_identity(account.login)[1]: account.login for account in server.state.accounts.values()}
    return simple_user(known[who[1]]) if who[1] in known else {}


def commit(server: ForgeServer, repo: Repo, facts: CommitFacts) -> dict[str, Any]:
    """A commit in a list."""
    found: dict[str, Any] = example("commit-comparison")["base_commit"]
    url = f"{server.url}/repos/{repo.path}/commits"
    inner = {
        **found["commit"],
        "message": facts.message,
        "author": _person(facts.author),
        "committer": _person(facts.committer),
        "tree": {"sha": facts.tree, "url": f"{server.url}/repos/{repo.path}/git/trees/{facts.tree}"},
    }
    return {
        **found,
        "sha": facts.id,
        "commit": inner,
        "author": _account_of(server, facts.author),
        "committer": _account_of(server, facts.committer),
        "parents": [{"sha": parent, "url": f"{url}/{parent}"} for parent in facts.parents],
    }


def comparison(server: ForgeServer, repo: Repo, base: str, head: str) -> dict[str, Any]:
    """What a branch adds."""
    git = repo.git
    merge_base, ahead, behind = git.merge_base(base, head), git.commits(base, head), git.commits(head, base)
    found: dict[str, Any] = example("commit-comparison")
    return {
        **found,
        "base_commit": commit(server, repo, git.facts(base)),
        "merge_base_commit": commit(server, repo, git.facts(merge_base)),
        "status": {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}.get(
            (bool(ahead), bool(behind)), "diverged"
        ),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [commit(server, repo, git.facts(item)) for item in ahead[:250]],
        "files": [diff_entry(server, repo, merge_base, head, change) for change in git.changes(merge_base, head)[:300]],
    }


def diff_entry(
    server: ForgeServer, repo: Repo, base: str, head: str, change: tuple[str, str, str, str]
) -> dict[str, Any]:
    """A file that differs."""
    letter, path, _, blob = change
    found: dict[str, Any] = example("diff-entry-items")[0]
    old = repo.git.git("rev-parse", f"{base}:{path}") if letter == "D" else blob
    return {
        **found,
        "sha": old,
        "filename": path,
        "status": {"A": "added", "D": "removed"}.get(letter, "modified"),
        "patch": repo.git.patch(base, head, path),
    }


def content_file(server: ForgeServer, repo: Repo, path: str, content: bytes) -> dict[str, Any]:
    """A file."""
    found: dict[str, Any] = example("content-file-response-if-content-is-a-file")
    text = base64.encodebytes(content).decode()
    return {**found, "path": path, "name": path.split("/")[-1], "size": len(content), "content": text}


def simple_pull(server: ForgeServer, repo: Repo, pull: Pull) -> dict[str, Any]:
    """A pull request in a list."""
    return {**example("pull-request-simple-items")[0], **_pull(server, repo, pull)}


def pull(server: ForgeServer, repo: Repo, pull: Pull) -> dict[str, Any]:
    """A pull request that was asked for."""
    found = {**example("pull-request"), **_pull(server, repo, pull), "merged": pull.merged}
    found["merged_by"] = simple_user(pull.closed_by or "ghost") if pull.merged else None
    return found


def _pull(server: ForgeServer, repo: Repo, pull: Pull) -> dict[str, Any]:
    template: dict[str, Any] = example("pull-request")
    closed = None if pull.state == "open" else _DATE
    head = server.state.repo(pull.head_repo)
    return {
        "number": pull.number,
        "html_url": f"{server.url}/{repo.path}/pull/{pull.number}",
        "state": pull.state,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.draft,
        "user": simple_user(pull.author),
        "labels": [label(name) for name in pull.labels],
        "assignees": [simple_user(login) for login in pull.assignees],
        "requested_reviewers": [simple_user(login) for login in pull.reviewers if not login.startswith("team:")],
        "requested_teams": [],
        "closed_at": closed,
        "merged_at": _DATE if pull.merged else None,
        "head": _end(server, template["head"], head, pull.head, pull.head_sha),
        "base": _end(server, template["base"], repo, pull.base, repo.git.head(pull.base) or ""),
    }


def _end(server: ForgeServer, template: dict[str, Any], repo: Repo | None, branch: str, sha: str) -> dict[str, Any]:
    owner = repo.owner if repo else "ghost"
    found = {**template, "label": f"{owner}:{branch}", "ref": branch, "sha": sha, "user": simple_user(owner)}
    found["repo"] = {**template["repo"], **_repository(server, repo)} if repo else None
    return found


def issue_comment(server: ForgeServer, repo: Repo, comment: Comment) -> dict[str, Any]:
    """A comment below a pull request."""
    return {**example("issue-comment"), "id": comment.id, "body": comment.body, "user": simple_user(comment.author)}


def label(name: str) -> dict[str, Any]:
    """A label."""
    return {**example("label-items")[0], "name": name}


def issue(server: ForgeServer, repo: Repo, pull: Pull) -> dict[str, Any]:
    """A pull request as an issue."""
    found = {**example("issue"), "number": pull.number, "title": pull.title, "body": pull.body}
    return {**found, "assignees": [simple_user(login) for login in pull.assignees]}


def review(login: str, body: dict[str, Any]) -> dict[str, Any]:
    """A review."""
    return {**example("pull-request-review"), "user": simple_user(login), "body": body.get("body", "")}


def line_comment(server: ForgeServer, repo: Repo, pull: Pull, item: LineComment) -> dict[str, Any]:
    """A comment at a line; it is outdated once the pull request shows another commit."""
    found: dict[str, Any] = example("pull-request-review-comment-items")[0]
    found = {**found, "id": item.id, "body": item.body, "path": item.path, "user": simple_user(item.author)}
    found |= {"line": item.line, "original_line": item.line, "start_line": item.start_line}
    found |= {"commit_id": pull.head_sha, "original_commit_id": item.commit, "original_start_line": item.start_line}
    for key in ("in_reply_to_id", *(("line", "start_line") if item.commit != pull.head_sha else ())):
        found.pop(key, None)
    return found
