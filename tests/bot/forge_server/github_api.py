"""The part of GitHub's REST interface that the bot uses; pull requests are in `github_pulls`."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Request, Response

from forge_server import github_answers as shape
from forge_server import github_pulls  # noqa: F401 - adds its routes
from forge_server.git_http import account_of
from forge_server.routing import ROUTES, Call, RefusalError, route
from forge_server.state import Repo

if TYPE_CHECKING:
    from forge_server.server import ForgeServer

__all__ = ["answer"]


def answer(server: ForgeServer, request: Request) -> Response:
    """What GitHub would say."""
    path = urlsplit(request.environ["REQUEST_URI"]).path
    try:
        if path.endswith(("/access_tokens", "/installation")):
            return _json(*_app_answer(server, request, path))
        account = account_of(server.state, request)
        if account is None:
            raise RefusalError(401, "Bad credentials")
        for method, pattern, function in ROUTES:
            match = pattern.fullmatch(path)
            if method == request.method and match:
                parts = tuple(unquote(part) for part in match.groups())
                return _json(*function(Call(server, request, account, parts)))
        raise RefusalError(404, "Not Found")
    except RefusalError as refusal:
        return _json(refusal.code, refusal.body)


def _json(code: int, body: Any) -> Response:
    if isinstance(body, Response):
        return body
    headers = {"x-ratelimit-remaining": "4999", "x-ratelimit-limit": "5000"}
    text = "" if body is None else json.dumps(body)
    return Response(text, code, headers, content_type="application/json; charset=utf-8")


def _app_answer(server: ForgeServer, request: Request, path: str) -> tuple[int, Any]:
    """An app's own two requests, which come with a JWT instead of a token."""
    import jwt

    try:
        assert server.app_key is not None
        token = request.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, server.app_key, algorithms=["RS256"], options={"require": ["iat", "exp", "iss"]})
        assert claims["exp"] - claims["iat"] <= 660
    except (AssertionError, KeyError, jwt.InvalidTokenError) as error:
        raise RefusalError(401, "A JSON web token could not be decoded") from error
    if path.endswith("/installation"):
        number = server.installations.get(path.split("/")[2])
        if number is None:
            raise RefusalError(404, "Not Found")
        return 200, shape.installation(number)
    token = f"ghs_{server.state.next_id()}"
    owner = next(owner for owner, number in server.installations.items() if f"/{number}/" in path)
    server.account(token, f"{owner}-app[bot]", kind="installation")
    for repo in server.state.repos.values():
        if repo.owner == owner:
            repo.writers.add(f"{owner}-app[bot]")
    return 201, shape.installation_token(token)


@route("GET", "/user")
def _user(call: Call) -> tuple[int, Any]:
    if call.account.kind == "installation":
        raise RefusalError(403, "Resource not accessible by integration")
    return 200, shape.private_user(call.account.login)


@route("GET", "/repos/{owner}/{repo}")
def _repo(call: Call) -> tuple[int, Any]:
    repo = call.repo()
    return 200, shape.full_repository(call.server, repo, can_push=call.may_write(repo))


@route("GET", "/orgs/{org}/repos")
@route("GET", "/users/{user}/repos")
def _repos(call: Call) -> tuple[int, Any]:
    own = [repo for repo in call.state.repos.values() if repo.owner == call.parts[0]]
    is_person = call.request.path.startswith("/users/")
    if not own or (is_person != (call.parts[0] in {account.login for account in call.state.accounts.values()})):
        raise RefusalError(404, "Not Found")
    return 200, call.page([shape.minimal_repository(call.server, repo) for repo in own])


@route("POST", "/repos/{owner}/{repo}/forks")
def _fork(call: Call) -> tuple[int, Any]:
    fork = call.state.fork(call.repo(), call.account.login)
    return 202, shape.full_repository(call.server, fork, can_push=True)


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref}")
def _ref(call: Call) -> tuple[int, Any]:
    repo = call.repo()
    branch = call.parts[2].removeprefix("heads/")
    head = repo.git.head(branch)
    if head is None:
        raise RefusalError(404, "Not Found")
    return 200, shape.ref(branch, head)


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}")
def _matching_refs(call: Call) -> tuple[int, Any]:
    repo, prefix = call.repo(), call.parts[2].removeprefix("heads/")
    return 200, [shape.ref(name, commit) for name, commit in repo.git.branches() if name.startswith(prefix)]


@route("POST", "/repos/{owner}/{repo}/git/refs")
def _new_ref(call: Call) -> tuple[int, Any]:
    repo, body = call.repo(writing=True), call.body
    branch = body["ref"].removeprefix("refs/heads/")
    if not repo.git.has(body["sha"]):
        raise RefusalError(422, "Object does not exist", {"code": "invalid", "resource": "Reference", "field": "sha"})
    if repo.git.head(branch) is not None:
        raise RefusalError(422, "Reference already exists", {"code": "custom", "resource": "Reference"})
    repo.git.move((branch, None, body["sha"]))
    call.state.branch_moved(repo, branch)
    return 201, shape.ref(branch, body["sha"])


@route("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}")
def _move_ref(call: Call) -> tuple[int, Any]:
    repo, body = call.repo(writing=True), call.body
    branch = call.parts[2].removeprefix("heads/")
    head = repo.git.head(branch)
    if head is None:
        raise RefusalError(422, "Reference does not exist", {"code": "custom", "resource": "Reference"})
    if not body.get("force") and repo.git.merge_base(head, body["sha"]) != head:
        raise RefusalError(422, "Update is not a fast forward", {"code": "custom", "resource": "Reference"})
    repo.git.move((branch, head, body["sha"]))
    call.state.branch_moved(repo, branch)
    return 200, shape.ref(branch, body["sha"])


@route("POST", "/repos/{owner}/{repo}/git/blobs")
def _blob(call: Call) -> tuple[int, Any]:
    repo, body = call.repo(writing=True), call.body
    content = base64.b64decode(body["content"]) if body.get("encoding") == "base64" else body["content"].encode()
    blob = repo.git.blob(content)
    return 201, {"url": f"{call.server.url}/repos/{repo.path}/git/blobs/{blob}", "sha": blob}


@route("POST", "/repos/{owner}/{repo}/git/trees")
def _tree(call: Call) -> tuple[int, Any]:
    repo, body = call.repo(writing=True), call.body
    entries = {item["path"]: None if item["sha"] is None else (item["mode"], item["sha"]) for item in body["tree"]}
    return 201, shape.tree(call.server, repo, repo.git.tree(body.get("base_tree"), entries))


@route("POST", "/repos/{owner}/{repo}/git/commits")
def _commit(call: Call) -> tuple[int, Any]:
    repo, body = call.repo(writing=True), call.body
    who = shape.git_identity(call.account.login)
    committer = ("GitHub", "noreply@github.com") if call.account.kind == "installation" else who
    made = repo.git.make_commit(body["tree"], tuple(body["parents"]), body["message"], who, committer)
    return 201, shape.git_commit(call.server, repo, repo.git.facts(made), signed=call.account.kind == "installation")


@route("GET", "/repos/{owner}/{repo}/git/commits/{sha}")
def _one_commit(call: Call) -> tuple[int, Any]:
    repo = call.repo()
    if not repo.git.has(call.parts[2]):
        raise RefusalError(404, "Not Found")
    return 200, shape.git_commit(call.server, repo, repo.git.facts(call.parts[2]), signed=False)


@route("GET", "/repos/{owner}/{repo}/compare/{basehead}")
def _compare(call: Call) -> tuple[int, Any]:
    repo = call.repo()
    base_name, head_name = call.parts[2].split("...")
    base, head = _commit_of(call, repo, base_name), _commit_of(call, repo, head_name)
    if base is None or head is None:
        raise RefusalError(404, "Not Found")
    return 200, shape.comparison(call.server, repo, base, head)


def _commit_of(call: Call, repo: Repo, name: str) -> str | None:
    if ":" in name:
        owner, _, name = name.partition(":")
        found = next(
            (r for r in call.state.repos.values() if r.owner == owner and repo.path in (r.path, r.parent)), None
        )
        if found is None:
            return None
        repo = found
    return repo.git.head(name) or (name if repo.git.has(name) else None)


@route("GET", "/repos/{owner}/{repo}/contents/{path}")
def _contents(call: Call) -> tuple[int, Any]:
    repo = call.repo()
    commit = call.request.args.get("ref", repo.default_branch)
    content = repo.git.read(commit, call.parts[2])
    if content is None:
        raise RefusalError(404, "Not Found")
    return 200, shape.content_file(call.server, repo, call.parts[2], content)
