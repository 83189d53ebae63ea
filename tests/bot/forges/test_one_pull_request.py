"""`dockerfix pr` on GitLab and on Forgejo, from its words to what stands there; GitHub has tests of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from forge_server import Fault, ForgeServer, drop
from forge_server_forgejo import ForgejoServer
from forge_server_gitlab import GitLabServer
from werkzeug.wrappers import Response

from dockerfix.cli import main

TOKEN = "secret-0123456789"
PATH, BRANCH = "acme/api", "dockerfix/fixes"
SERVERS: dict[str, type[ForgeServer]] = {"gitlab": GitLabServer, "forgejo": ForgejoServer}
BEFORE = "FROM python:3.12-slim\nRUN pip install flask\n"


class Case:
    """One server with one repository to repair."""

    def __init__(self, kind: str, server: ForgeServer) -> None:
        self.kind, self.server = kind, server
        server.account(TOKEN)
        self.repo = server.repository(PATH, {"Dockerfile": BEFORE})
        self.git, self.pulls = self.repo.git, self.repo.pulls

    def run(self, *words: str) -> int:
        with pytest.raises(SystemExit) as end:
            main(["pr", "--forge", self.kind, "--server", self.server.url, "--repo", PATH, "--select", "DF301", *words])
        return int(end.value.code or 0)

    @property
    def repaired(self) -> bytes | None:
        return self.git.read(BRANCH, "Dockerfile")


@pytest.fixture(params=SERVERS)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    monkeypatch.setenv("DOCKERFIX_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    with SERVERS[request.param](tmp_path / "forge") as server:
        yield Case(request.param, server)
    assert server.violations == []


def test_two_runs_open_one(case: Case) -> None:
    assert (case.run(), case.run()) == (0, 0)
    (pull,) = case.pulls
    assert pull.title.startswith("fix(docker): ")
    assert case.repaired == b"FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"


def test_it_follows_its_base(case: Case) -> None:
    case.run()
    base = case.git.push({"Dockerfile": BEFORE + "RUN pip install uvicorn\n"})
    case.run()
    head = case.git.head(BRANCH)
    assert head
    assert case.git.facts(head).parents == (base,)
    assert case.repaired is not None
    assert case.repaired.count(b"--no-cache-dir") == 2
    assert [pull.state for pull in case.pulls] == ["open"]


def test_what_a_person_pushed_to_stays(case: Case) -> None:
    case.run()
    theirs = case.git.push({"notes": "mine\n"}, branch=BRANCH)
    case.git.push({"Dockerfile": BEFORE + "RUN pip install uvicorn\n"})
    assert case.run() == 0
    assert case.git.head(BRANCH) == theirs


def test_it_is_closed_when_nothing_is_left(case: Case) -> None:
    case.run()
    case.git.push({"Dockerfile": BEFORE.replace("install", "install --no-cache-dir")})
    assert case.run() == 0
    (pull,) = case.pulls
    assert pull.state == "closed"
    assert case.git.head(BRANCH) is None


def test_what_a_person_closed_is_not_opened_again(case: Case) -> None:
    case.run()
    case.pulls[0].state, case.pulls[0].closed_by = "closed", "ann"
    assert case.run() == 0
    assert [pull.state for pull in case.pulls] == ["closed"]


def test_a_draft_with_labels_and_people(case: Case) -> None:
    case.server.account("other", "ann")
    case.run("--draft", "--label", "docker", "--reviewer", "ann", "--assignee", "ann")
    (pull,) = case.pulls
    assert (pull.labels, pull.reviewers, pull.assignees) == (["docker"], ["ann"], ["ann"])
    assert pull.title.startswith({"gitlab": "Draft: ", "forgejo": "WIP: "}[case.kind])


def test_from_a_fork(case: Case) -> None:
    case.repo.writers.clear()
    assert case.run("--fork") == 0
    (pull,) = case.pulls
    assert pull.head_repo == "dockerfix-bot/api"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "what",
    ["POST .*/(?:commits|contents)", "DELETE .*/branches/.*", "POST .*/(?:merge_requests|pulls)"],
    ids=["commit", "branch", "request"],
)
def test_a_connection_that_ends_changes_nothing_in_the_end(
    case: Case, what: str, when: Literal["before", "after"]
) -> None:
    case.server.faults.append(drop(what, when=when))
    case.run()
    assert case.run() == 0
    assert [pull.state for pull in case.pulls] == ["open"]
    assert case.repaired == b"FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"
    assert [name for name, _ in case.git.branches()] == [BRANCH, "main"]


def test_a_limit_is_waited_for(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    enough = Response('{"message": "slow down"}', 429, {"Retry-After": "1"}, mimetype="application/json")
    case.server.faults.append(Fault(r"POST .*/(?:merge_requests|pulls)", lambda: enough))
    assert case.run() == 0
    assert TOKEN not in capsys.readouterr().err
    assert [pull.state for pull in case.pulls] == ["open"]


def test_a_dry_run_changes_nothing(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.run("--dry-run") == 0
    assert "--no-cache-dir" in capsys.readouterr().out
    assert (case.pulls, case.git.head(BRANCH)) == ([], None)
