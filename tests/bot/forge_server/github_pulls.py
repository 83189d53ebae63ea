"""The routes of pull requests, their comments and reviews."""

from __future__ import annotations

from typing import Any

from forge_server import github_answers as shape
from forge_server.routing import Call, RefusalError, route
from forge_server.state import Comment, LineComment, Pull

__all__: list[str] = []


@route("GET", "/repos/{owner}/{repo}/pulls")
def _pulls(call: Call) -> tuple[int, Any]:
    repo, query = call.repo(), call.request.args
    state, head = query.get("state", "open"), query.get("head", "")
    found = [
        pull
        for pull in reversed(repo.pulls)
        if state in ("all", pull.state) and (not head or head == f"{pull.head_repo.split('/')[0]}:{pull.head}")
    ]
    return 200, call.page([shape.simple_pull(call.server, repo, pull) for pull in found])


@route("POST", "/repos/{owner}/{repo}/pulls")
def _new_pull(call: Call) -> tuple[int, Any]:
    repo, body = call.repo(), call.body
    owner, _, branch = body["head"].rpartition(":")
    source = next((r for r in call.state.repos.values() if r.owner == owner and repo.path in (r.path, r.parent)), repo)
    if not call.may_write(repo) and not call.may_write(source):
        raise RefusalError(403, "Resource not accessible by integration")
    head, base = source.git.head(branch), repo.git.head(body["base"])
    field = {"resource": "PullRequest"}
    if head is None or base is None:
        raise RefusalError(
            422, "Validation Failed", {**field, "field": "head" if head is None else "base", "code": "invalid"}
        )
    if any(
        p.state == "open" and (p.head_repo, p.head, p.base) == (source.path, branch, body["base"]) for p in repo.pulls
    ):
        message = f"A pull request already exists for {source.owner}:{branch}."
        raise RefusalError(422, "Validation Failed", {**field, "code": "custom", "message": message})
    if not repo.git.commits(base, head):
        message = f"No commits between {body['base']} and {branch}"
        raise RefusalError(422, "Validation Failed", {**field, "code": "custom", "message": message})
    if len(body.get("body", "")) > 65_536:
        raise RefusalError(
            422, "Validation Failed", {**field, "code": "custom", "field": "body", "message": "body is too long"}
        )
    pull = Pull(
        len(repo.pulls) + 1,
        body["title"],
        body.get("body", ""),
        body["base"],
        source.path,
        branch,
        head,
        call.account.login,
        draft=body.get("draft", False),
    )
    repo.pulls.append(pull)
    return 201, shape.pull(call.server, repo, pull)


@route("GET", "/repos/{owner}/{repo}/pulls/{number}")
def _one_pull(call: Call) -> tuple[int, Any]:
    return 200, shape.pull(call.server, *call.pull())


@route("PATCH", "/repos/{owner}/{repo}/pulls/{number}")
def _change_pull(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    if not call.may_write(repo) and pull.author != call.account.login:
        raise RefusalError(403, "Resource not accessible by integration")
    body = call.body
    pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
    pull.base = body.get("base", pull.base)
    if body.get("state") == "closed" and pull.state == "open":
        pull.state, pull.closed_by = "closed", call.account.login
    return 200, shape.pull(call.server, repo, pull)


@route("GET", "/repos/{owner}/{repo}/pulls/{number}/files")
def _files(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    base = repo.git.merge_base(repo.git.head(pull.base) or "", pull.head_sha)
    changes = repo.git.changes(base, pull.head_sha)
    return 200, call.page([shape.diff_entry(call.server, repo, base, pull.head_sha, change) for change in changes])


@route("GET", "/repos/{owner}/{repo}/issues/{number}/comments")
def _comments(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    return 200, call.page([shape.issue_comment(call.server, repo, comment) for comment in pull.comments])


@route("POST", "/repos/{owner}/{repo}/issues/{number}/comments")
def _new_comment(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    comment = Comment(call.state.next_id(), call.account.login, call.body["body"])
    pull.comments.append(comment)
    return 201, shape.issue_comment(call.server, repo, comment)


@route("POST", "/repos/{owner}/{repo}/issues/{number}/labels")
def _labels(call: Call) -> tuple[int, Any]:
    _, pull = call.pull()
    call.repo(writing=True)
    pull.labels += [label for label in call.body["labels"] if label not in pull.labels]
    return 200, [shape.label(label) for label in pull.labels]


@route("POST", "/repos/{owner}/{repo}/issues/{number}/assignees")
def _assignees(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    call.repo(writing=True)
    pull.assignees += [login for login in call.body["assignees"] if login not in pull.assignees]
    return 201, shape.issue(call.server, repo, pull)


@route("POST", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers")
def _reviewers(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    call.repo(writing=True)
    wanted = [*call.body.get("reviewers", []), *(f"team:{team}" for team in call.body.get("team_reviewers", []))]
    if pull.author in wanted:
        raise RefusalError(422, "Review cannot be requested from pull request author.")
    pull.reviewers += [login for login in wanted if login not in pull.reviewers]
    return 201, shape.simple_pull(call.server, repo, pull)


@route("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews")
def _review(call: Call) -> tuple[int, Any]:
    _, pull = call.pull()
    body = call.body
    for item in body.get("comments", []):
        pull.line_comments.append(
            LineComment(
                call.state.next_id(),
                call.account.login,
                item["body"],
                item["path"],
                item["line"],
                item.get("start_line"),
                body["commit_id"],
            )
        )
    return 200, shape.review(call.account.login, body)


@route("GET", "/repos/{owner}/{repo}/pulls/{number}/comments")
def _line_comments(call: Call) -> tuple[int, Any]:
    repo, pull = call.pull()
    return 200, call.page([shape.line_comment(call.server, repo, pull, item) for item in pull.line_comments])


@route("PATCH", "/repos/{owner}/{repo}/pulls/comments/{id}")
def _edit_line_comment(call: Call) -> tuple[int, Any]:
    repo = call.repo()
    for pull in repo.pulls:
        for item in pull.line_comments:
            if item.id == int(call.parts[2]):
                item.body = call.body["body"]
                return 200, shape.line_comment(call.server, repo, pull, item)
    raise RefusalError(404, "Not Found")
