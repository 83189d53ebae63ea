"""Clone, fetch and push through `git http-backend`, the program that git brings for it."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from forge_server.state import Account, State

__all__ = ["account_of", "git_over_http"]


def account_of(state: State, request: Request) -> Account | None:
    """Whose token the request brings, as a bearer or as the password of basic authentication."""
    header = request.headers.get("Authorization", "")
    kind, _, value = header.partition(" ")
    if kind.lower() == "basic":
        value = base64.b64decode(value).decode().partition(":")[2]
    return state.accounts.get(value)


def git_over_http(state: State, request: Request) -> Response:
    """The answer of `git http-backend`; reading is for everyone, writing for those who may."""
    path = request.path.strip("/").split(".git/")[0]
    repo, account = state.repo(path), account_of(state, request)
    writes = "git-receive-pack" in request.full_path
    if repo is None:
        return Response("not found", 404)
    if (writes or repo.private) and account is None:
        return Response("who are you?", 401, {"WWW-Authenticate": 'Basic realm="git"'})
    if writes and (account is None or account.login not in repo.writers):
        return Response("not yours", 403)
    if not writes:
        return _backend(state, request)
    before = set(repo.git.branches())
    response = _backend(state, request)
    after = set(repo.git.branches())
    with state.lock:
        for branch in {name for name, _ in before ^ after}:
            state.branch_moved(repo, branch)
    return response


def _backend(state: State, request: Request) -> Response:
    body = request.get_data()  # werkzeug has taken the chunks apart
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(state.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string.decode(),
        "REQUEST_METHOD": request.method,
        "REMOTE_USER": "somebody",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    run = subprocess.run(["git", "http-backend"], input=body, capture_output=True, check=True, env=environment)
    head, _, content = run.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    code = int(headers.pop("Status", "200").split()[0])
    return Response(content, code, headers)
