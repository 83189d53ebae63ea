"""The forge that the other tests talk to is itself held to GitHub's description and to git."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from forge_server import ForgeServer, drop, rate_limited, status
from proposals import TOKEN

REPO = "/repos/acme/shop"


@pytest.fixture
def api(server: ForgeServer) -> httpx.Client:
    server.repository("acme/shop", {"Dockerfile": "FROM debian:12\n"})
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {TOKEN}"})


def sent(response: httpx.Response, code: int) -> Any:
    assert response.status_code == code, response.text
    return response.json()


def branch_with_a_file(api: httpx.Client, server: ForgeServer, branch: str = "dockerfix/fixes") -> str:
    git = server.state.repos["acme/shop"].git
    git.move((branch, None, git.head("main")))
    return git.push({"Dockerfile": "FROM debian:13\n"}, branch=branch)


def test_every_reading_route_answers_as_described(api: httpx.Client, server: ForgeServer) -> None:
    branch_with_a_file(api, server)
    sent(api.post(f"{REPO}/pulls", json={"title": "t", "body": "b", "head": "dockerfix/fixes", "base": "main"}), 201)
    commit = server.state.repos["acme/shop"].git.head("main")
    for path in (
        "/user",
        REPO,
        "/orgs/acme/repos",
        f"{REPO}/git/ref/heads%2Fdockerfix%2Ffixes",
        f"{REPO}/git/commits/{commit}",
        f"{REPO}/compare/main...dockerfix%2Ffixes",
        f"{REPO}/contents/Dockerfile?ref={commit}",
        f"{REPO}/pulls?state=all&head=acme:dockerfix%2Ffixes",
        f"{REPO}/pulls/1",
        f"{REPO}/pulls/1/files",
        f"{REPO}/pulls/1/comments",
        f"{REPO}/issues/1/comments",
    ):
        sent(api.get(path), 200)


def test_every_writing_route_answers_as_described(api: httpx.Client, server: ForgeServer) -> None:
    head = branch_with_a_file(api, server)
    blob = sent(
        api.post(f"{REPO}/git/blobs", json={"content": base64.b64encode(b"x").decode(), "encoding": "base64"}), 201
    )
    entry = {"path": "run.sh", "mode": "100755", "type": "blob", "sha": blob["sha"]}
    tree = sent(api.post(f"{REPO}/git/trees", json={"base_tree": head, "tree": [entry]}), 201)
    commit = sent(api.post(f"{REPO}/git/commits", json={"message": "m", "tree": tree["sha"], "parents": [head]}), 201)
    sent(api.patch(f"{REPO}/git/refs/heads%2Fdockerfix%2Ffixes", json={"sha": commit["sha"], "force": True}), 200)
    sent(api.post(f"{REPO}/git/refs", json={"ref": "refs/heads/other", "sha": head}), 201)
    sent(api.post(f"{REPO}/pulls", json={"title": "t", "body": "b", "head": "dockerfix/fixes", "base": "main"}), 201)
    sent(api.patch(f"{REPO}/pulls/1", json={"title": "t2"}), 200)
    sent(api.post(f"{REPO}/issues/1/comments", json={"body": "hello"}), 201)
    sent(api.post(f"{REPO}/issues/1/labels", json={"labels": ["docker"]}), 200)
    sent(api.post(f"{REPO}/issues/1/assignees", json={"assignees": ["anna"]}), 201)
    sent(api.post(f"{REPO}/pulls/1/requested_reviewers", json={"reviewers": ["anna"]}), 201)
    line = {"path": "Dockerfile", "line": 1, "side": "RIGHT", "body": "hm"}
    sent(api.post(f"{REPO}/pulls/1/reviews", json={"commit_id": head, "event": "COMMENT", "comments": [line]}), 200)
    comment = sent(api.get(f"{REPO}/pulls/1/comments"), 200)[0]
    sent(api.patch(f"{REPO}/pulls/comments/{comment['id']}", json={"body": "ah"}), 200)
    sent(api.post(f"{REPO}/forks", json={}), 202)
    assert server.state.repos["acme/shop"].git.mode("dockerfix/fixes", "run.sh") == "100755"


def test_a_request_that_github_does_not_know_is_noticed(api: httpx.Client, server: ForgeServer) -> None:
    branch_with_a_file(api, server)
    api.post(f"{REPO}/pulls", json={"head": "dockerfix/fixes", "base": "main", "title": 3})
    assert [line for line in server.violations if line.startswith("POST /repos/acme/shop/pulls")]
    server.violations.clear()


def test_a_second_pull_request_of_a_branch_is_refused(api: httpx.Client, server: ForgeServer) -> None:
    branch_with_a_file(api, server)
    new = {"title": "t", "body": "b", "head": "dockerfix/fixes", "base": "main"}
    sent(api.post(f"{REPO}/pulls", json=new), 201)
    said = sent(api.post(f"{REPO}/pulls", json=new), 422)
    assert said["errors"][0]["message"] == "A pull request already exists for acme:dockerfix/fixes."


def test_a_branch_moved_onto_its_base_closes_its_pull_request(api: httpx.Client, server: ForgeServer) -> None:
    branch_with_a_file(api, server)
    sent(api.post(f"{REPO}/pulls", json={"title": "t", "body": "b", "head": "dockerfix/fixes", "base": "main"}), 201)
    main = server.state.repos["acme/shop"].git.head("main")
    sent(api.patch(f"{REPO}/git/refs/heads%2Fdockerfix%2Ffixes", json={"sha": main, "force": True}), 200)
    assert sent(api.get(f"{REPO}/pulls/1"), 200)["state"] == "closed"


def test_git_clones_pushes_and_is_refused_without_a_token(server: ForgeServer, tmp_path: Path) -> None:
    server.repository("acme/shop", {"Dockerfile": "FROM debian:12\n"})
    header = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    quiet = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}
    allowed = {
        **quiet,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
    }
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", server.clone_url("acme/shop"), str(clone)], check=True, env=quiet)
    (clone / "big").write_bytes(bytes(range(256)) * 12_000)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(clone)]
    subprocess.run([*git, "add", "."], check=True, env=quiet)
    subprocess.run([*git, "commit", "-qm", "big"], check=True, env=quiet)
    assert subprocess.run([*git, "push", "-q"], env=quiet, capture_output=True, check=False).returncode != 0
    subprocess.run([*git, "push", "-q"], check=True, env=allowed)
    assert server.state.repos["acme/shop"].git.read("main", "big") == (clone / "big").read_bytes()


def test_faults_strike_where_they_are_told_to(api: httpx.Client, server: ForgeServer) -> None:
    server.faults += [status(502, f"GET {REPO}"), drop("GET /user"), rate_limited("GET /orgs/acme/repos", 7)]
    assert api.get(REPO).status_code == 502
    assert api.get(REPO).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/user")
    limited = api.get("/orgs/acme/repos")
    assert (limited.status_code, limited.headers["x-ratelimit-remaining"]) == (403, "0")
