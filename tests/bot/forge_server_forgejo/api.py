"""What Forgejo does: the addresses that the bot uses, with the model of each answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from forge_server import Account, Pull, Repo
from forge_server.state import Comment, LineComment

from forge_server_forgejo.answers import commit, contents, pull_request, repository, user
from forge_server_forgejo.contract import violations

__all__ = ["ROUTES", "RefusedAnswer"]

Given = dict[str, Any]


class RefusedAnswer(Exception):
    """An answer in place of what was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def repo_of(server: Any, path: str) -> Repo:
    found: Repo | None = server.state.repo(path)
    if found is None:
        raise RefusedAnswer(404, "The target couldn't be found.")
    return found


def writable(server: Any, account: Account, path: str) -> Repo:
    repo = repo_of(server, path)
    if account.login not in repo.writers:
        raise RefusedAnswer(403, "user should have a permission to write to the target branch")
    return repo


def pull_of(server: Any, path: str, number: str) -> tuple[Repo, Pull]:
    repo = repo_of(server, path)
    pull = repo.pull(int(number))
    if pull is None:
        raise RefusedAnswer(404, "The target couldn't be found.")
    return repo, pull


def logins(server: Any) -> set[str]:
    return {known.login for known in server.state.accounts.values()}


def told_pull(server: Any, account: Account, repo: Repo, pull: Pull) -> Any:
    return pull_request(server.state, repo, pull, server.url, account.login)


def get_user(server: Any, account: Account, given: Given) -> Any:
    return user(account.login)


def get_org(server: Any, account: Account, given: Given, name: str) -> Any:
    if name in logins(server):
        raise RefusedAnswer(404, "The target couldn't be found.")
    return {"id": 9, "username": name, "name": name}


def get_repos(server: Any, account: Account, given: Given, name: str) -> Any:
    found = [repo for repo in server.state.repos.values() if repo.owner == name]
    return [repository(server.state, repo, server.url, account.login) for repo in found]


def get_repo(server: Any, account: Account, given: Given, path: str) -> Any:
    return repository(server.state, repo_of(server, path), server.url, account.login)


def get_branch(server: Any, account: Account, given: Given, path: str, branch: str) -> Any:
    head = repo_of(server, path).git.head(branch)
    if head is None:
        raise RefusedAnswer(404, "The target couldn't be found.")
    return {"name": branch, "commit": {"id": head}}


def get_refs(server: Any, account: Account, given: Given, path: str, prefix: str) -> Any:
    begins = prefix.removeprefix("heads/")
    found = [
        {"ref": f"refs/heads/{name}", "url": "", "object": {"type": "commit", "sha": id, "url": ""}}
        for name, id in repo_of(server, path).git.branches()
        if name.startswith(begins)
    ]
    if not found:
        raise RefusedAnswer(404, "The target couldn't be found.")
    return found


def post_branch(server: Any, account: Account, given: Given, path: str) -> Any:
    repo = writable(server, account, path)
    name, commit_id = given["new_branch_name"], given["old_ref_name"]
    if repo.git.head(name):
        raise RefusedAnswer(409, "The branch already exists.")
    if not repo.git.has(commit_id):
        raise RefusedAnswer(404, "The old branch does not exist")
    repo.git.move((name, None, commit_id))
    return {"name": name, "commit": {"id": commit_id}}


def delete_branch(server: Any, account: Account, given: Given, path: str, branch: str) -> Any:
    repo = writable(server, account, path)
    head = repo.git.head(branch)
    if head is None:
        raise RefusedAnswer(404, "The target couldn't be found.")
    repo.git.move((branch, head, None))
    server.state.branch_moved(repo, branch)


def get_commit(server: Any, account: Account, given: Given, path: str, id: str) -> Any:
    repo = repo_of(server, path)
    if not repo.git.has(id) or not (repo.parent is None or repo.git.git("branch", "--contains", id)):
        raise RefusedAnswer(404, "The target couldn't be found.")  # a real fork has no objects of its origin
    return commit(repo.git, id, logins(server))


def get_compare(server: Any, account: Account, given: Given, path: str, base: str, head: str) -> Any:
    repo = repo_of(server, path)
    owner, _, branch = head.rpartition(":")
    source = repo_of(server, f"{owner}/{repo.name}") if owner else repo
    start, end = repo.git.head(base), source.git.head(branch)
    if start is None or end is None:
        raise RefusedAnswer(404, "The target couldn't be found.")
    ids = source.git.commits(start, end)[::-1]
    return {"total_commits": len(ids), "commits": [commit(source.git, id, logins(server)) for id in ids]}


def get_contents(server: Any, account: Account, given: Given, path: str, file: str) -> Any:
    git = repo_of(server, path).git
    content = git.read(given["ref"], file)
    if content is None:
        raise RefusedAnswer(404, f"object does not exist [id: , rel_path: {file}]")
    return contents(git, given["ref"], file, base64.b64encode(content).decode())


def post_contents(server: Any, account: Account, given: Given, path: str) -> Any:
    repo = writable(server, account, path)
    head = repo.git.head(given["branch"])
    if head is None:
        raise RefusedAnswer(404, "branch does not exist")
    entries: dict[str, tuple[str, str] | None] = {}
    for item in given["files"]:
        server.violations += violations("ChangeFileOperation", item)
        entries[item["path"]] = _entry(repo, head, item)
    tree = repo.git.tree(repo.git.facts(head).tree, entries)
    made = repo.git.make_commit(tree, (head,), given["message"], (account.login, "bot@example.org"))
    repo.git.move((given["branch"], head, made))
    server.state.branch_moved(repo, given["branch"])
    files = [contents(repo.git, made, file, None) for file, entry in entries.items() if entry]
    facts = commit(repo.git, made, logins(server))
    return {"files": files, "commit": {"sha": made, "message": given["message"], "parents": facts["parents"]}}


def _entry(repo: Repo, head: str, item: dict[str, Any]) -> tuple[str, str] | None:
    mode = repo.git.mode(head, item["path"])
    if (mode is None) != (item["operation"] == "create"):
        raise RefusedAnswer(422, "repository file already exists" if mode else "repository file does not exist")
    if mode and item["sha"] != repo.git.git("rev-parse", f"{head}:{item['path']}"):
        raise RefusedAnswer(422, "sha does not match")
    if item["operation"] == "delete":
        return None
    return (mode or "100644", repo.git.blob(base64.b64decode(item["content"])))


def post_fork(server: Any, account: Account, given: Given, path: str) -> Any:
    fork = server.state.fork(repo_of(server, path), account.login)
    return repository(server.state, fork, server.url, account.login)


def sync_fork(server: Any, account: Account, given: Given, path: str) -> Any:
    fork = writable(server, account, path)
    origin = server.state.repos[fork.parent]
    branch = fork.default_branch
    fork.git.move((branch, fork.git.head(branch), origin.git.head(branch)))


def get_pulls(server: Any, account: Account, given: Given, path: str) -> Any:
    repo = repo_of(server, path)
    found = [pull for pull in reversed(repo.pulls) if given["state"] in ("all", pull.state)]
    return [told_pull(server, account, repo, pull) for pull in found]


def get_issues(server: Any, account: Account, given: Given, path: str) -> Any:
    found = [
        pull
        for pull in reversed(repo_of(server, path).pulls)
        if pull.state == given["state"] and pull.author == given["created_by"]
    ]
    return [{"number": pull.number, "title": pull.title, "user": user(pull.author)} for pull in found]


def get_pull(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    return told_pull(server, account, *pull_of(server, path, number))


def post_pull(server: Any, account: Account, given: Given, path: str) -> Any:
    target = repo_of(server, path)
    owner, _, branch = given["head"].rpartition(":")
    source = repo_of(server, f"{owner}/{target.name}") if owner else target
    head, base = source.git.head(branch), target.git.head(given["base"])
    if head is None or base is None:
        raise RefusedAnswer(404, "The target couldn't be found.")
    for pull in target.pulls:
        if pull.state == "open" and (pull.head_repo, pull.head, pull.base) == (source.path, branch, given["base"]):
            raise RefusedAnswer(409, f"pull request already exists for these targets [id: {pull.number}]")
    pull = Pull(
        len(target.pulls) + 1, given["title"], given["body"], given["base"], source.path, branch, head, account.login
    )
    target.pulls.append(pull)
    return told_pull(server, account, target, pull)


def patch_pull(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    repo, pull = pull_of(server, path, number)
    server.violations += [f"EditPullRequestOption: {key}" for key in set(given) - _EDITABLE]
    if set(given.get("assignees", ())) - logins(server):
        raise RefusedAnswer(422, "Assignee does not exist")
    pull.title, pull.body = given.get("title", pull.title), given.get("body", pull.body)
    pull.base, pull.assignees = given.get("base", pull.base), given.get("assignees", pull.assignees)
    if given.get("state") == "closed":
        pull.state, pull.closed_by = "closed", account.login
    return told_pull(server, account, repo, pull)


def get_comments(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    _, pull = pull_of(server, path, number)
    return [{"id": item.id, "body": item.body, "user": user(item.author)} for item in pull.comments]


def post_comment(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    _, pull = pull_of(server, path, number)
    made = Comment(server.state.next_id(), account.login, given["body"])
    pull.comments.append(made)
    return {"id": made.id, "body": made.body, "user": user(made.author)}


def patch_comment(server: Any, account: Account, given: Given, path: str, id: str) -> Any:
    for pull in repo_of(server, path).pulls:
        for item in pull.line_comments:
            if item.id == int(id):
                item.body = given["body"]
                return {"id": item.id, "body": item.body, "user": user(item.author)}
    raise RefusedAnswer(404, "The target couldn't be found.")


def _label(name: str) -> dict[str, Any]:
    return {"id": 1 + sum(map(ord, name)), "name": name, "color": "2496ed"}


def get_labels(server: Any, account: Account, given: Given, path: str) -> Any:
    return [_label(name) for name in _names(server, path)]


def post_label(server: Any, account: Account, given: Given, path: str) -> Any:
    _names(server, path).append(given["name"])
    return _label(given["name"])


def _names(server: Any, path: str) -> list[str]:
    known: list[str] = server.__dict__.setdefault("labels", {}).setdefault(path, [])
    return known


def post_pull_labels(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    _, pull = pull_of(server, path, number)
    names = [name for name in _names(server, path) if _label(name)["id"] in given["labels"]]
    pull.labels += [name for name in names if name not in pull.labels]
    return [_label(name) for name in pull.labels]


def post_reviewers(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    _, pull = pull_of(server, path, number)
    if set(given["reviewers"]) - logins(server):
        raise RefusedAnswer(404, "user does not exist")
    pull.reviewers += given["reviewers"]
    return []


def get_files(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    repo, pull = pull_of(server, path, number)
    base = repo.git.merge_base(repo.git.head(pull.base) or "", pull.head_sha)
    words = {"A": "added", "M": "changed", "D": "deleted"}
    return [
        {"filename": file, "status": words[letter], "additions": 0, "deletions": 0, "changes": 0}
        for letter, file, _, _ in repo.git.changes(base, pull.head_sha)
    ]


def get_reviews(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    _, pull = pull_of(server, path, number)
    return [
        {"id": note.id, "state": "COMMENT", "user": user(note.author), "comments_count": 1, "commit_id": note.commit}
        for note in pull.line_comments
    ]


def _note(note: LineComment) -> dict[str, Any]:
    return {
        "id": note.id,
        "body": note.body,
        "user": user(note.author),
        "path": note.path,
        "position": note.line,
        "original_position": 0,
        "commit_id": note.commit,
        "pull_request_review_id": note.id,
        "resolver": user("ann") if note.is_resolved else None,
    }


def get_review_comments(server: Any, account: Account, given: Given, path: str, number: str, id: str) -> Any:
    _, pull = pull_of(server, path, number)
    return [_note(note) for note in pull.line_comments if note.id == int(id)]


def post_review(server: Any, account: Account, given: Given, path: str, number: str) -> Any:
    _, pull = pull_of(server, path, number)
    for item in given["comments"]:
        server.violations += violations("CreatePullReviewComment", item)
        pull.line_comments.append(
            LineComment(
                server.state.next_id(), account.login, item["body"], item["path"], item["new_position"], None,
                given["commit_id"],
            )
        )  # fmt: skip
    return {"id": server.state.next_id(), "state": "COMMENT", "user": user(account.login)}


_EDITABLE = {"title", "body", "base", "assignees", "state"}
_R = r"/repos/([^/]+/[^/]+)"
_PR = _R + r"/pulls/(\d+)"
Route = tuple[str, str, str, int, Callable[..., Any]]
ROUTES: tuple[Route, ...] = (
    ("GET", "/user", "User", 200, get_user),
    ("GET", r"/orgs/([^/]+)", "Organization", 200, get_org),
    ("GET", r"/(?:orgs|users)/([^/]+)/repos", "Repository", 200, get_repos),
    ("GET", _R, "Repository", 200, get_repo),
    ("GET", _R + r"/branches/(.+)", "Branch", 200, get_branch),
    ("GET", _R + r"/git/refs/(.+)", "Reference", 200, get_refs),
    ("POST", _R + r"/branches", "Branch", 201, post_branch),
    ("DELETE", _R + r"/branches/(.+)", "", 204, delete_branch),
    ("GET", _R + r"/git/commits/([^/]+)", "Commit", 200, get_commit),
    ("GET", _R + r"/compare/(.+)\.\.\.(.+)", "Compare", 200, get_compare),
    ("GET", _R + r"/contents/(.+)", "ContentsResponse", 200, get_contents),
    ("POST", _R + r"/contents", "FilesResponse", 201, post_contents),
    ("POST", _R + r"/forks", "Repository", 202, post_fork),
    ("POST", _R + r"/sync_fork", "", 204, sync_fork),
    ("GET", _R + r"/pulls", "PullRequest", 200, get_pulls),
    ("POST", _R + r"/pulls", "PullRequest", 201, post_pull),
    ("GET", _R + r"/issues", "Issue", 200, get_issues),
    ("GET", _PR, "PullRequest", 200, get_pull),
    ("PATCH", _PR, "PullRequest", 201, patch_pull),
    ("GET", _R + r"/issues/(\d+)/comments", "Comment", 200, get_comments),
    ("POST", _R + r"/issues/(\d+)/comments", "Comment", 201, post_comment),
    ("PATCH", _R + r"/issues/comments/(\d+)", "Comment", 200, patch_comment),
    ("GET", _R + r"/labels", "Label", 200, get_labels),
    ("POST", _R + r"/labels", "Label", 201, post_label),
    ("POST", _R + r"/issues/(\d+)/labels", "Label", 200, post_pull_labels),
    ("POST", _PR + r"/requested_reviewers", "PullReview", 201, post_reviewers),
    ("GET", _PR + r"/files", "ChangedFile", 200, get_files),
    ("GET", _PR + r"/reviews", "PullReview", 200, get_reviews),
    ("POST", _PR + r"/reviews", "PullReview", 200, post_review),
    ("GET", _PR + r"/reviews/(\d+)/comments", "PullReviewComment", 200, get_review_comments),
)
