"""What GitLab does: the addresses that the bot uses, after the pages of GitLab's REST documentation.

Projects, Groups, Users, Branches, Commits ("Create a commit with multiple files and actions"), Repositories
("Compare"), Repository files, Forks, Merge requests, Notes, Discussions.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from forge_server import Account, Pull, Repo
from forge_server.state import Comment, LineComment
from werkzeug.wrappers import Response

from forge_server_gitlab.answers import (
    answered,
    commit,
    discussion,
    merge_request,
    project,
    refused,
    user,
)

__all__ = ["ROUTES"]

Given = dict[str, Any]


def get_user(server: Any, account: Account, given: Given) -> Response:
    return answered(user(server.state, account.login))


def get_users(server: Any, account: Account, given: Given) -> list[Any]:
    names = {known.login for known in server.state.accounts.values()}
    wanted = given["username"]
    return [user(server.state, wanted)] if wanted in names else []


def get_group(server: Any, account: Account, given: Given, name: str) -> Response:
    if not any(path.startswith(f"{name}/") for path in server.state.repos):
        raise refused(404, "404 Group Not Found")
    return answered({"id": 1, "full_path": name})


def get_group_projects(server: Any, account: Account, given: Given, name: str) -> list[Any]:
    found = [repo for path, repo in server.state.repos.items() if path.startswith(f"{name}/")]
    return [project(server.state, repo, server.url, account.login) for repo in found]


def repo_of(server: Any, name: str) -> Repo:
    repos = server.state.repos
    found = next((r for r in repos.values() if str(r.id) == name), None) if name.isdecimal() else repos.get(name)
    if found is None:
        raise refused(404, "404 Project Not Found")
    return found


def pull_of(server: Any, name: str, number: str) -> tuple[Repo, Pull]:
    repo = repo_of(server, name)
    pull = repo.pull(int(number))
    if pull is None:
        raise refused(404, "404 Not found")
    return repo, pull


def writable(server: Any, account: Account, name: str) -> Repo:
    repo = repo_of(server, name)
    if account.login not in repo.writers:
        raise refused(403, "403 Forbidden")
    return repo


def get_project(server: Any, account: Account, given: Given, name: str) -> Response:
    return answered(project(server.state, repo_of(server, name), server.url, account.login))


def get_branch(server: Any, account: Account, given: Given, name: str, branch: str) -> Response:
    repo = repo_of(server, name)
    head = repo.git.head(branch)
    if head is None:
        raise refused(404, "404 Branch Not Found")
    return answered({"name": branch, "commit": commit(repo.git, head)})


def get_branches(server: Any, account: Account, given: Given, name: str) -> list[Any]:
    git = repo_of(server, name).git
    begins = given["search"].removeprefix("^")
    return [{"name": branch, "commit": commit(git, id)} for branch, id in git.branches() if branch.startswith(begins)]


def delete_branch(server: Any, account: Account, given: Given, name: str, branch: str) -> Response:
    repo = writable(server, account, name)
    repo.git.move((branch, repo.git.head(branch), None))
    server.state.branch_moved(repo, branch)
    return Response(status=204)


def get_commit(server: Any, account: Account, given: Given, name: str, id: str) -> Response:
    repo = repo_of(server, name)
    if not repo.git.has(id):
        raise refused(404, "404 Commit Not Found")
    return answered(commit(repo.git, id))


def get_compare(server: Any, account: Account, given: Given, name: str) -> Response:
    repo = repo_of(server, name)
    start, end = given["from"], given["to"]
    base = repo.git.merge_base(start, end)
    diffs = [
        {"old_path": path, "new_path": path, "new_file": letter == "A", "deleted_file": letter == "D",
         "renamed_file": False, "diff": repo.git.patch(base, end, path)}
        for letter, path, _, _ in repo.git.changes(base, end)
    ]  # fmt: skip
    commits = [commit(repo.git, id) for id in repo.git.commits(start, end)]
    told = {"commits": commits, "diffs": diffs, "compare_timeout": False, "compare_same_ref": start == end}
    return answered({**told, "commit": commits[-1] if commits else None})


def get_file(server: Any, account: Account, given: Given, name: str, path: str) -> Response:
    git = repo_of(server, name).git
    content = git.read(given["ref"], path)
    if content is None:
        raise refused(404, "404 File Not Found")
    blob = git.git("rev-parse", f"{given['ref']}:{path}")
    body = base64.b64encode(content).decode()
    told = {"file_path": path, "size": len(content), "encoding": "base64", "content": body, "blob_id": blob}
    return answered(told, X_Gitlab_Blob_Id=blob, X_Gitlab_Size=str(len(content)), X_Gitlab_File_Path=path)


def get_raw(server: Any, account: Account, given: Given, name: str, path: str) -> Response:
    content = repo_of(server, name).git.read(given["ref"], path)
    if content is None:
        raise refused(404, "404 File Not Found")
    return Response(content, mimetype="text/plain")


def post_commit(server: Any, account: Account, given: Given, name: str) -> Response:
    repo = writable(server, account, name)
    branch, now = given["branch"], repo.git.head(given["branch"])
    start = given.get("start_sha")
    if start and now and not given.get("force"):
        raise refused(400, f"A branch called '{branch}' already exists. Switch to that branch in order to make changes")
    if not start and now is None:
        raise refused(400, "You can only create or edit files when you are on a branch")
    parent = start or now or ""
    source = repo_of(server, given["start_project"]) if "start_project" in given else repo
    if not source.git.has(parent):
        raise refused(400, "Cannot find start_sha")
    made = repo.git.make_commit(
        _tree(repo, parent, given["actions"]), (parent,), given["commit_message"], (account.login, "bot@example.org")
    )
    repo.git.move((branch, now, made))
    server.state.branch_moved(repo, branch)
    return answered(commit(repo.git, made), 201)


def _tree(repo: Repo, parent: str, actions: list[dict[str, Any]]) -> str:
    """The tree behind the actions; one that does not fit what is there is refused, as GitLab does."""
    entries: dict[str, tuple[str, str] | None] = {}
    for action in actions:
        path, kind = action["file_path"], action["action"]
        mode = repo.git.mode(parent, path)
        if path in entries:
            known = entries[path]
            mode = known[0] if known else None
        if (mode is None) != (kind == "create"):
            raise refused(400, "A file with this name " + ("doesn't exist" if mode is None else "already exists"))
        if kind == "delete":
            entries[path] = None
        elif kind == "chmod":
            now = entries.get(path)
            blob = now[1] if now else repo.git.git("rev-parse", f"{parent}:{path}")
            entries[path] = ("100755" if action["execute_filemode"] else "100644", blob)
        else:
            content = action["content"]
            raw = base64.b64decode(content) if action.get("encoding") == "base64" else content.encode()
            entries[path] = (mode or "100644", repo.git.blob(raw))
    return repo.git.tree(repo.git.facts(parent).tree, entries)


def get_forks(server: Any, account: Account, given: Given, name: str) -> list[Any]:
    path = repo_of(server, name).path
    found = [repo for repo in server.state.repos.values() if repo.parent == path and account.login in repo.writers]
    return [project(server.state, repo, server.url, account.login) for repo in found]


def post_fork(server: Any, account: Account, given: Given, name: str) -> Response:
    fork = server.state.fork(repo_of(server, name), account.login)
    return answered({**project(server.state, fork, server.url, account.login), "import_status": "scheduled"}, 201)


def get_merge_requests(server: Any, account: Account, given: Given, name: str) -> list[Any]:
    repo = repo_of(server, name)
    found = [pull for pull in reversed(repo.pulls) if pull.head == given["source_branch"]]
    return [merge_request(server.state, repo, pull, server.url) for pull in found]


def get_merge_request(server: Any, account: Account, given: Given, name: str, number: str) -> Response:
    return answered(merge_request(server.state, *pull_of(server, name, number), server.url))


def post_merge_request(server: Any, account: Account, given: Given, name: str) -> Response:
    source = writable(server, account, name)
    target = repo_of(server, str(given["target_project_id"])) if "target_project_id" in given else source
    branch = given["source_branch"]
    for pull in target.pulls:
        if pull.state == "open" and (pull.head_repo, pull.head, pull.base) == (
            source.path,
            branch,
            given["target_branch"],
        ):
            raise refused(409, [f"Another open merge request already exists for this source branch: !{pull.number}"])
    head = source.git.head(branch)
    if head is None:
        raise refused(400, {"source_branch": ["does not exist"]})
    made = Pull(
        len(target.pulls) + 1, given["title"], given.get("description", ""), given["target_branch"], source.path,
        branch, head, account.login,
    )  # fmt: skip
    target.pulls.append(made)
    return answered(merge_request(server.state, target, made, server.url), 201)


def put_merge_request(server: Any, account: Account, given: Given, name: str, number: str) -> Response:
    repo, pull = pull_of(server, name, number)
    pull.title = given.get("title", pull.title)
    pull.body = given.get("description", pull.body)
    pull.base = given.get("target_branch", pull.base)
    pull.labels += [label for label in given.get("add_labels", "").split(",") if label and label not in pull.labels]
    names = {user(server.state, known.login)["id"]: known.login for known in server.state.accounts.values()}
    if "reviewer_ids" in given:
        pull.reviewers = [names[id] for id in given["reviewer_ids"]]
    if "assignee_ids" in given:
        pull.assignees = [names[id] for id in given["assignee_ids"]]
    if given.get("state_event") == "close":
        pull.state, pull.closed_by = "closed", account.login
    return answered(merge_request(server.state, repo, pull, server.url))


def get_diffs(server: Any, account: Account, given: Given, name: str, number: str) -> list[Any]:
    repo, pull = pull_of(server, name, number)
    base = repo.git.merge_base(repo.git.head(pull.base) or "", pull.head_sha)
    return [
        {"old_path": path, "new_path": path, "new_file": letter == "A", "deleted_file": letter == "D",
         "renamed_file": False, "diff": repo.git.patch(base, pull.head_sha, path) + "\n", "collapsed": False,
         "too_large": False}
        for letter, path, _, _ in repo.git.changes(base, pull.head_sha)
    ]  # fmt: skip


def get_notes(server: Any, account: Account, given: Given, name: str, number: str) -> list[Any]:
    _, pull = pull_of(server, name, number)
    return [
        {"id": note.id, "type": None, "body": note.body, "author": user(server.state, note.author), "system": False}
        for note in pull.comments
    ]


def post_note(server: Any, account: Account, given: Given, name: str, number: str) -> Response:
    _, pull = pull_of(server, name, number)
    note = Comment(server.state.next_id(), account.login, given["body"])
    pull.comments.append(note)
    return answered({"id": note.id, "body": note.body, "author": user(server.state, note.author)}, 201)


def get_discussions(server: Any, account: Account, given: Given, name: str, number: str) -> list[Any]:
    repo, pull = pull_of(server, name, number)
    return [discussion(server.state, repo, pull, note) for note in pull.line_comments]


def post_discussion(server: Any, account: Account, given: Given, name: str, number: str) -> Response:
    repo, pull = pull_of(server, name, number)
    place = given["position"]
    shown = _old_lines(repo.git.patch(place["base_sha"], place["head_sha"], place["new_path"]))
    if place["new_line"] not in shown or shown[place["new_line"]] != place.get("old_line"):
        raise refused(400, '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}')
    note = LineComment(
        server.state.next_id(), account.login, given["body"], place["new_path"], place["new_line"], None,
        place["head_sha"],
    )  # fmt: skip
    pull.line_comments.append(note)
    return answered(discussion(server.state, repo, pull, note), 201)


def _old_lines(hunks: str) -> dict[int, int | None]:
    """New line to old line, counted with another reading than the client's: from the sizes of the hunks."""
    found: dict[int, int | None] = {}
    for hunk in re.split(r"^(?=@@)", hunks, flags=re.MULTILINE):
        numbers = re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@.*\n", hunk)
        if numbers is None:
            continue
        body = hunk[numbers.end() :].split("\n")
        for at, line in enumerate(body):
            above = body[:at]
            old = int(numbers[1]) + sum(text[:1] in ("-", " ") for text in above)
            new = int(numbers[2]) + sum(text[:1] in ("+", " ") for text in above)
            if line[:1] in ("+", " "):
                found[new] = old if line[:1] == " " else None
    return found


def note_of(pull: Pull, thread: str) -> LineComment:
    found = next((note for note in pull.line_comments if note.thread == thread), None)
    if found is None:
        raise refused(404, "404 Discussion Not Found")
    return found


def put_note(server: Any, account: Account, given: Given, name: str, number: str, thread: str, id: str) -> Response:
    repo, pull = pull_of(server, name, number)
    note = note_of(pull, thread)
    note.body = given["body"]
    return answered(discussion(server.state, repo, pull, note)["notes"][0])


def put_discussion(server: Any, account: Account, given: Given, name: str, number: str, thread: str) -> Response:
    repo, pull = pull_of(server, name, number)
    note = note_of(pull, thread)
    note.is_resolved = bool(given["resolved"])
    return answered(discussion(server.state, repo, pull, note))


_P = r"/projects/([^/]+)"
_MR = _P + r"/merge_requests/(\d+)"
_MR_FIELDS = "source_branch target_branch title description target_project_id allow_collaboration"
Route = tuple[str, str, str, Callable[..., Any]]  # a list is answered page by page
ROUTES: tuple[Route, ...] = (
    ("GET", "/user", "", get_user),
    ("GET", "/users", "username", get_users),
    ("GET", r"/groups/([^/]+)", "with_projects", get_group),
    ("GET", r"/groups/([^/]+)/projects", "include_subgroups with_shared", get_group_projects),
    ("GET", _P, "statistics", get_project),
    ("GET", _P + "/repository/branches", "search", get_branches),
    ("GET", _P + "/repository/branches/([^/]+)", "", get_branch),
    ("DELETE", _P + "/repository/branches/([^/]+)", "", delete_branch),
    ("GET", _P + "/repository/commits/([^/]+)", "", get_commit),
    ("POST", _P + "/repository/commits", "branch commit_message actions start_sha start_project force", post_commit),
    ("GET", _P + "/repository/compare", "from to straight from_project_id", get_compare),
    ("GET", _P + "/repository/files/([^/]+)", "ref", get_file),
    ("GET", _P + "/repository/files/([^/]+)/raw", "ref", get_raw),
    ("GET", _P + "/forks", "owned", get_forks),
    ("POST", _P + "/fork", "", post_fork),
    ("GET", _P + "/merge_requests", "state source_branch order_by sort", get_merge_requests),
    ("POST", _P + "/merge_requests", _MR_FIELDS, post_merge_request),
    ("GET", _MR, "", get_merge_request),
    ("PUT", _MR, "title description target_branch add_labels reviewer_ids assignee_ids state_event", put_merge_request),
    ("GET", _MR + "/diffs", "", get_diffs),
    ("GET", _MR + "/notes", "sort order_by", get_notes),
    ("POST", _MR + "/notes", "body", post_note),
    ("GET", _MR + "/discussions", "", get_discussions),
    ("POST", _MR + "/discussions", "body position", post_discussion),
    ("PUT", _MR + "/discussions/([^/]+)", "resolved", put_discussion),
    ("PUT", _MR + "/discussions/([^/]+)/notes/([^/]+)", "body", put_note),
)
