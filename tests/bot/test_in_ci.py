"""What the action and the GitLab template start, with the variables that a job has, against a forge."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from forge_server import ForgeServer, Pull, Repo
from forge_server_gitlab import GitLabServer

ROOT = Path(__file__).parents[2]
DOCKERFIX = Path(sys.executable).parent / "dockerfix"
TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
PATH = "acme/api"
BEFORE = "FROM python:3.12-slim\n"
ADDED = "RUN pip install flask\n"


def cloned(repo: Repo, folder: Path) -> Path:
    """A checkout as a job has it: one commit, no branch."""
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.git.path}", folder], check=True)
    subprocess.run(["git", "-C", folder, "checkout", "-q", "--detach"], check=True)
    return folder


def with_pull(repo: Repo) -> Pull:
    """Somebody's pull request that adds a mistake."""
    repo.git.move(("topic", None, repo.git.head("main")))
    repo.git.push({"Dockerfile": BEFORE + ADDED}, branch="topic")
    pull = Pull(len(repo.pulls) + 1, "Add", "", "main", PATH, "topic", repo.git.head("topic") or "", "ann")
    repo.pulls.append(pull)
    return pull


def in_job(script: str, folder: Path, **variables: str) -> str:
    """Run the words of a job as its runner does; what it printed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "CI": "true", **variables}
    command = ["bash", "-eo", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done.stdout + done.stderr


class TestAction:
    """`action.yml`, its last step."""

    @pytest.fixture
    def repo(self, server: ForgeServer) -> Repo:
        return server.repository(PATH, {"Dockerfile": BEFORE + ADDED})

    def run(self, server: ForgeServer, folder: Path, mode: str, ref: str) -> str:
        steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
        (script,) = (step["run"] for step in steps if step["name"] == "Run dockerfix")
        return in_job(
            script, folder, MODE=mode, ARGS="--select DF301", FAIL="true", FROM_FORK="false", DOCKERFIX=str(DOCKERFIX),
            DOCKERFIX_TOKEN=TOKEN, GITHUB_ACTIONS="true", GITHUB_REPOSITORY=PATH, GITHUB_SERVER_URL=server.url,
            GITHUB_API_URL=server.url, GITHUB_REF=ref,
        )  # fmt: skip

    def test_mode_pr_opens_a_pull_request(self, server: ForgeServer, repo: Repo, tmp_path: Path) -> None:
        self.run(server, cloned(repo, tmp_path / "work"), "pr", "refs/heads/main")
        (pull,) = repo.pulls
        assert (
            repo.git.read(pull.head_sha, "Dockerfile")
            == b"FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"
        )

    def test_mode_review_comments_on_the_pull_request_of_the_job(self, server: ForgeServer, tmp_path: Path) -> None:
        repo = server.repository(PATH, {"Dockerfile": BEFORE})
        pull = with_pull(repo)
        self.run(server, cloned(repo, tmp_path / "work"), "review", "refs/pull/1/merge")
        assert [comment.line for comment in pull.line_comments] == [2]


class TestGitLabTemplate:
    """`templates/gitlab-ci.yml`, its scripts."""

    @pytest.fixture
    def gitlab(self, tmp_path: Path) -> Iterator[GitLabServer]:
        with GitLabServer(tmp_path / "forge") as running:
            running.account(TOKEN)
            yield running

    def run(self, gitlab: GitLabServer, folder: Path, job: str, **variables: str) -> str:
        (line,) = yaml.safe_load((ROOT / "templates" / "gitlab-ci.yml").read_text())[job]["script"]
        line = re.sub("/opt/dockerfix/bin/dockerfix", str(DOCKERFIX), line)
        return in_job(
            f"{line} --select DF301", folder, GITLAB_TOKEN=TOKEN, CI_SERVER_URL=gitlab.url, CI_PROJECT_PATH=PATH,
            **variables,
        )  # fmt: skip

    def test_the_scheduled_job_opens_a_merge_request(self, gitlab: GitLabServer, tmp_path: Path) -> None:
        repo = gitlab.repository(PATH, {"Dockerfile": BEFORE + ADDED})
        self.run(gitlab, cloned(repo, tmp_path / "work"), "dockerfix:pr", CI_PIPELINE_SOURCE="schedule")
        assert [pull.head for pull in repo.pulls] == ["dockerfix/fixes"]

    def test_the_job_of_a_merge_request_comments_on_it(self, gitlab: GitLabServer, tmp_path: Path) -> None:
        repo = gitlab.repository(PATH, {"Dockerfile": BEFORE})
        pull = with_pull(repo)
        job = {"CI_MERGE_REQUEST_IID": "1", "CI_MERGE_REQUEST_PROJECT_PATH": PATH}
        self.run(gitlab, cloned(repo, tmp_path / "work"), "dockerfix:review", **job)
        assert [comment.line for comment in pull.line_comments] == [2]
