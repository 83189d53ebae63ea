"""`dockerfix review` from its words to the comments that stand at a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from forge_server import DescriptionMissingError, ForgeServer, Pull
from forge_server.description import graphql_schema, openapi_subset
from forge_server.state import LineComment
from forge_server_forgejo import ForgejoServer
from forge_server_gitlab import GitLabServer

from dockerfix.cli import main

TOKEN = "secret-0123456789"
PATH = "acme/api"
BEFORE = "FROM python:3.12-slim\nWORKDIR /app\n"
ADDED = "RUN pip install flask\n"
SERVERS = {"github": ForgeServer, "gitlab": GitLabServer, "forgejo": ForgejoServer}
PAGES = {"github": "pull", "gitlab": "-/merge_requests", "forgejo": "pulls"}


class Case:
    """One server with somebody's pull request."""

    def __init__(self, kind: str, server: ForgeServer) -> None:
        self.kind, self.server = kind, server
        server.account(TOKEN)
        self.repo = server.repository(PATH, {"Dockerfile": BEFORE, "old/Dockerfile": BEFORE + ADDED})
        self.repo.git.move(("topic", None, self.repo.git.head("main")))
        self.push({"Dockerfile": BEFORE + ADDED})
        self.pull = Pull(1, "Add flask", "", "main", PATH, "topic", self.repo.git.head("topic") or "", "ann")
        self.repo.pulls.append(self.pull)

    def push(self, files: dict[str, str | bytes | None]) -> None:
        self.repo.git.push(files, branch="topic", author=("ann", "ann@example.org"))
        self.server.state.branch_moved(self.repo, "topic")

    def review(self, *words: str) -> int:
        with pytest.raises(SystemExit) as end:
            main(["review", f"{self.server.url}/{PATH}/{PAGES[self.kind]}/1", "--select", "DF301", *words])
        return int(end.value.code or 0)

    @property
    def comments(self) -> list[LineComment]:
        return self.pull.line_comments


@pytest.fixture(params=SERVERS)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    if request.param == "github":
        try:
            openapi_subset()
            graphql_schema()
        except DescriptionMissingError as missing:
            pytest.skip(str(missing))
    with ExitStack() as stack:
        server = stack.enter_context(SERVERS[request.param](tmp_path / "forge"))
        monkeypatch.setenv("DOCKERFIX_TOKEN", TOKEN)
        for name in ("GITHUB_SERVER_URL", "GITHUB_API_URL"):
            monkeypatch.delenv(name, raising=False)
        if request.param == "github":
            monkeypatch.setenv("GITHUB_SERVER_URL", server.url)
            monkeypatch.setenv("GITHUB_API_URL", server.url)
        yield Case(request.param, server)
    assert server.violations == []


def test_a_mistake_in_the_diff_is_told_once(case: Case) -> None:
    assert (case.review(), case.review()) == (0, 0)
    (comment,) = case.comments
    assert (comment.path, comment.line) == ("Dockerfile", 3)
    assert "RUN pip install --no-cache-dir flask" in comment.body
    assert re.search("^```+suggestion", comment.body, re.MULTILINE) or case.kind == "forgejo"


def test_the_suggestion_applied_is_the_repair(case: Case) -> None:
    if case.kind == "forgejo":
        pytest.skip("Forgejo has no suggestions")
    case.review()
    (comment,) = case.comments
    block = re.search(r"^(```+)suggestion[^\n]*\n(.*?)\n\1$", comment.body, re.MULTILINE | re.DOTALL)
    assert block
    lines = (BEFORE + ADDED).splitlines()
    lines[(comment.start_line or comment.line) - 1 : comment.line] = block[2].split("\n")
    assert "\n".join(lines) + "\n" == BEFORE + ADDED.replace("install", "install --no-cache-dir")


def test_a_dry_run_prints_it_and_sends_nothing(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.review("--dry-run") == 0
    out = capsys.readouterr().out
    assert out.startswith("comment at Dockerfile:3:\n    **DF301** `pip-cache-kept`")
    assert case.comments == []


def test_a_repaired_mistake_is_resolved(case: Case) -> None:
    case.review()
    case.push({"Dockerfile": BEFORE + ADDED.replace("install", "install --no-cache-dir")})
    case.review()
    (comment,) = case.comments
    assert "Repaired." in comment.body
    assert comment.is_resolved or case.kind == "forgejo"


def test_what_somebody_pushed_besides_is_told_too(case: Case) -> None:
    case.review()
    case.push({"Dockerfile": BEFORE + ADDED + "RUN pip install uvicorn\n"})
    case.review()
    assert sorted(comment.line for comment in case.comments if not comment.is_resolved)[-1] == 4


def test_a_closed_pull_request_is_left_alone(case: Case) -> None:
    case.pull.state = "closed"
    assert case.review() == 0
    assert case.comments == []


def test_the_configuration_of_the_pull_request_silences_a_rule(case: Case) -> None:
    case.push({"dockerfix.toml": '[per-file-ignores]\n"Dockerfile" = ["DF301"]\n'})
    assert case.review() == 0
    assert case.comments == []


def test_a_broken_dockerfile_is_told_and_the_others_are_reviewed(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    case.push({"broken/Dockerfile": "FORM python\n"})
    assert case.review() == 0
    told = capsys.readouterr().err
    assert "not a Dockerfile that can be built" in told
    assert len(case.comments) == 1


def test_no_token_is_said_with_the_names_to_set(case: Case, monkeypatch: pytest.MonkeyPatch,
                                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    for name in ("DOCKERFIX_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert case.review() == 2
    assert "no token: set DOCKERFIX_TOKEN" in capsys.readouterr().err
