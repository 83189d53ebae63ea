"""`dockerfix fleet` against a forge, killed at every step and disturbed: one pull request a repository at the end."""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any

import pytest
from fleet_process import Fleet
from forge_server import ForgeServer, Pull, Repo, drop, kill, push, rate_limited, secondary_limited, status

from dockerfix.cli.fleet.session import FleetOptions
from dockerfix.cli.forge.requests import RequestOptions
from dockerfix.errors import UsageError

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
KILLED = -9
BRANCH = "dockerfix/fixes"
FILES: dict[str, str | bytes] = {
    "Dockerfile": "FROM debian:12-slim\nCMD serve 'my app'\n",
    ".dockerignore": ".git\n",
}
REPAIRED = b'CMD ["serve", "my app"]'


@pytest.fixture
def fleet(server: ForgeServer, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = tmp_path_factory.mktemp("f")  # short: a socket lies in it
    words = ["--server", server.url, "--select", "DF401", "--write-gap", "0", "--report", "report.html"]
    environment = {
        "DOCKERFIX_TOKEN": TOKEN,
        "XDG_STATE_HOME": str(folder / "state"),
        "TMPDIR": str(folder),
        "NO_COLOR": "1",
    }
    return Fleet(folder, words, environment)


def many(server: ForgeServer, count: int) -> list[Repo]:
    return [server.repository(f"acme/r{number}", dict(FILES)) for number in range(count)]


def report(fleet: Fleet) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((fleet.folder / "report.json").read_text())
    return found


def ends(fleet: Fleet) -> dict[str, int]:
    return {end: count for end, count in report(fleet)["ends"].items() if count}


def only_pull(repo: Repo) -> Pull:
    """The one pull request, which is right in every way."""
    assert len(repo.pulls) == 1, repo.path
    pull = repo.pulls[0]
    head = repo.git.head(BRANCH)
    assert head is not None
    assert (pull.state, pull.head, pull.base, pull.head_sha) == ("open", BRANCH, "main", head)
    content = repo.git.read(head, "Dockerfile")
    assert content is not None
    assert REPAIRED in content
    assert len(repo.git.commits("main", BRANCH)) == 1
    assert "DF401" in pull.body
    return pull


def test_the_first_run_opens_and_the_second_changes_nothing(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 2)
    clean = server.repository("acme/clean", {"README": "hello"})
    archived = server.repository("acme/old", dict(FILES))
    archived.archived = True
    assert fleet.run("--org", "acme") == 0, fleet.said()
    assert ends(fleet) == {"opened": 2, "clean": 1, "left alone": 1}
    written = len(server.lines("POST"))
    assert fleet.run("--org", "acme") == 0, fleet.said()
    assert ends(fleet) == {"unchanged": 2, "clean": 1, "left alone": 1}
    assert len(server.lines("POST")) == written
    for repo in repos:
        only_pull(repo)
    assert clean.pulls == archived.pulls == []
    assert report(fleet)["pull_requests"] == {"open": 2, "merged": 0, "closed": 0}


def test_a_kill_at_any_step_loses_and_doubles_nothing(server: ForgeServer, fleet: Fleet) -> None:
    asked = ("GET /repos/acme/r{}", "GET /repos/acme/r{}/git/ref/heads/.*", "GET /repos/acme/r{}/pulls")
    sent = ("POST /repos/acme/r{}/git/refs", "POST /repos/acme/r{}/pulls")
    # A kill before a request that only asks is one after the request before it.
    points = [*((line, "after") for line in asked), *((line, when) for line in sent for when in ("before", "after"))]
    repos = many(server, len(points) + 1)
    for number, (line, when) in enumerate(points):
        server.faults.append(kill(line.format(number), lambda: fleet.pid, when=when))  # type: ignore[arg-type]
    server.faults.append(kill("POST /graphql", lambda: fleet.pid, when="before", skip=1))
    server.faults.append(kill("POST /graphql", lambda: fleet.pid, when="after", skip=2))
    server.faults.append(kill("GET /orgs/acme/repos", lambda: fleet.pid, when="after"))
    codes = [fleet.run("--org", "acme")]
    while codes[-1] == KILLED and len(codes) < 40:
        codes.append(fleet.run("--org", "acme"))
    assert codes[-1] == 0, fleet.said()
    assert all(fault.times == 0 for fault in server.faults)
    assert len(codes) > 5
    for repo in repos:
        only_pull(repo)
    assert ends(fleet) == {"opened": len(repos)}
    assert list(fleet.folder.glob("dockerfix-work-*")) == []  # what killed processes had fetched is gone


def test_faults_that_pass_do_not_matter(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 8)
    server.faults += [
        status(500, "GET /repos/acme/r0"),
        status(502, "POST /repos/acme/r1/pulls", when="after"),
        drop("POST /repos/acme/r2/pulls", when="after"),
        drop("POST /repos/acme/r3/git/refs", when="after"),
        drop("POST /graphql", when="after"),
        rate_limited("GET /repos/acme/r4/pulls", 1),
        secondary_limited("POST /repos/acme/r5/pulls", 1),
        push("GET /repos/acme/r6/pulls", repos[6].git, {"new.txt": "moved"}),
        status(422, "POST /repos/acme/r7/pulls"),
    ]
    assert fleet.run("--org", "acme") in (0, 1)
    failed = [entry for entry in report(fleet)["repositories"] if entry["end"] == "failed"]
    assert [entry["path"] for entry in failed] == ["acme/r7"]  # a 422 says no for good, until somebody runs again
    assert "422" in failed[0]["reason"]
    assert fleet.run("--org", "acme", "--rebase", "always") == 0, fleet.said()
    for repo in repos:
        only_pull(repo)
    assert repos[6].git.read(BRANCH, "new.txt") == b"moved"


def test_a_person_s_push_and_a_closed_pull_request_are_left_alone(server: ForgeServer, fleet: Fleet) -> None:
    pushed, closed = many(server, 2)
    assert fleet.run("--org", "acme") == 0, fleet.said()
    pushed.git.push({"mine.txt": "x"}, branch=BRANCH, message="Mine")
    closed.pulls[0].state = "closed"
    closed.pulls[0].closed_by = "somebody"
    assert fleet.run("--org", "acme") == 0, fleet.said()
    assert ends(fleet) == {"left alone": 2}
    assert pushed.git.read(BRANCH, "mine.txt") == b"x"
    assert len(closed.pulls) == 1
    assert report(fleet)["pull_requests"] == {"open": 1, "merged": 0, "closed": 1}


def test_a_run_opens_no_more_than_it_may(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 4)
    assert fleet.run("--org", "acme", "--max-prs", "3") == 0, fleet.said()
    assert ends(fleet) == {"opened": 3, "postponed": 1}
    assert sum(len(repo.pulls) for repo in repos) == 3
    assert sum(repo.git.head(BRANCH) is not None for repo in repos) == 3
    assert fleet.run("--org", "acme", "--max-prs", "3") == 0, fleet.said()
    assert ends(fleet) == {"opened": 1, "unchanged": 3}


def test_repositories_are_named_and_listed(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 3)
    (fleet.folder / "list").write_text(f"# ours\n{server.url}/acme/r1.git\nacme/r0\n")
    assert fleet.run("acme/r0", "--file", "list") == 0, fleet.said()
    assert [len(repo.pulls) for repo in repos] == [1, 1, 0]


def test_one_broken_repository_fails_alone(server: ForgeServer, fleet: Fleet) -> None:
    good, broken = many(server, 2)
    broken.git.push({"Dockerfile": "<b>nothing of the kind</b>\n"}, branch="main", message="Break it")
    assert fleet.run("acme/r0", "acme/r1", "acme/gone") == 1, fleet.said()
    only_pull(good)
    reasons = {entry["path"]: entry["reason"] for entry in report(fleet)["repositories"] if entry["end"] == "failed"}
    assert set(reasons) == {"acme/r1", "acme/gone"}
    assert "not a Dockerfile" in reasons["acme/r1"]
    assert "404" in reasons["acme/gone"]
    assert "<b>" not in (fleet.folder / "report.html").read_text()


def test_the_token_is_nowhere_to_be_found(server: ForgeServer, fleet: Fleet) -> None:
    many(server, 1)
    server.faults.append(status(401, "POST /repos/acme/r0/pulls"))
    assert fleet.run("acme/r0") == 1, fleet.said()
    for path in fleet.folder.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_two_processes_do_not_share_a_file(server: ForgeServer, fleet: Fleet) -> None:
    many(server, 1)
    server.faults.append(rate_limited("GET /repos/acme/r0", 3))
    first = fleet.start("acme/r0")
    while not server.lines():
        time.sleep(0.02)
    assert fleet.run("acme/r0") == 2
    assert "another dockerfix fleet works with it" in fleet.said()
    os.kill(first.pid or 0, 9)
    first.join()


def test_ctrl_c_stops_and_the_same_command_goes_on(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 3)
    server.faults.append(secondary_limited("POST /repos/acme/r1/pulls", 3600))
    process = fleet.start("--org", "acme")
    while not server.lines("POST /repos/acme/r1/pulls"):
        time.sleep(0.02)
    time.sleep(0.3)
    assert process.pid is not None
    os.kill(process.pid, 2)
    process.join(600)
    assert process.exitcode == 130
    assert "not done yet; the same command goes on" in fleet.said()
    forget_pause(fleet)
    assert fleet.run("--org", "acme") == 0, fleet.said()
    assert ends(fleet) == {"opened": 3}
    for repo in repos:
        only_pull(repo)


def forget_pause(fleet: Fleet) -> None:
    """As if the hour were over."""
    import sqlite3

    with sqlite3.connect(fleet.folder / "state" / "dockerfix" / "fleet.sqlite") as connection:
        connection.execute("UPDATE dockerfix_budget SET closed_until = 0")


def test_the_report_of_a_run_can_be_written_at_any_time(server: ForgeServer, fleet: Fleet) -> None:
    many(server, 1)
    assert fleet.run("acme/r0") == 0, fleet.said()
    (fleet.folder / "report.html").unlink()
    assert fleet.run("acme/r0", "--status") == 0, fleet.said()
    assert "acme/r0" in (fleet.folder / "report.html").read_text()


def test_a_dead_worker_s_jobs_are_adopted(server: ForgeServer, fleet: Fleet, postgres_url: str) -> None:
    repos = many(server, 12)
    pids: list[int] = []
    server.faults.append(kill("POST /repos/acme/.*/pulls", lambda: pids[0], when="after", skip=1))
    server.faults.append(kill("GET /repos/acme/r9", lambda: pids[0], when="before"))
    helper = fleet.start("--work", "--database", postgres_url)
    pids.append(helper.pid or 0)
    while not living(postgres_url):
        time.sleep(0.05)
    assert fleet.run("--org", "acme", "--database", postgres_url) == 0, fleet.said()
    helper.join(60)
    assert helper.exitcode == KILLED
    assert ends(fleet) == {"opened": 12}
    for repo in repos:
        only_pull(repo)


def living(url: str) -> list[str]:
    """The workers that have left a sign of life."""
    import psycopg

    try:
        with psycopg.connect(url) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM dockerfix_worker")]
    except psycopg.errors.UndefinedTable:
        return []


def test_an_interrupted_run_waits_while_another_one_is_made(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 3)
    server.faults.append(kill("GET /repos/acme/r0", lambda: fleet.pid, when="before"))
    assert fleet.run("acme/r0", "acme/r1", "--jobs", "1") == KILLED
    assert fleet.run("acme/r2") == 0, fleet.said()
    assert [len(repo.pulls) for repo in repos] == [0, 0, 1]
    assert fleet.run("acme/r0", "acme/r1") == 0, fleet.said()
    assert ends(fleet) == {"opened": 2}


def test_a_run_that_is_given_up_leaves_its_rest_undone(server: ForgeServer, fleet: Fleet) -> None:
    repos = many(server, 2)
    server.faults.append(kill("GET /repos/acme/r0", lambda: fleet.pid, when="before"))
    assert fleet.run("acme/r0", "acme/r1", "--jobs", "1") == KILLED
    assert fleet.run("acme/r0", "acme/r1", "--new") == 0, fleet.said()
    for repo in repos:
        only_pull(repo)


def test_a_database_that_is_not_there_is_one_sentence_without_a_password(server: ForgeServer, fleet: Fleet) -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/nothing"
    assert fleet.run("acme/r0", "--database", url) == 2
    assert "hunter2" not in fleet.said()
    assert "Traceback" not in fleet.said()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "name repositories"),
        ({"task": "work"}, "--database postgresql"),
        ({"repositories": ("a/b",), "org": "acme"}, "--org takes all"),
        ({"repositories": ("a/b",), "database": "mysql://x"}, "postgresql"),
        ({"repositories": ("a/b",), "request": RequestOptions(branch="fix/{rule}")}, "without {rule}"),
    ],
)
def test_contradictions_are_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        FleetOptions(**given).checked()


def test_pull_requests_are_as_they_are_wanted(server: ForgeServer, fleet: Fleet) -> None:
    repo = server.repository(
        "acme/r0", {"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask\nCMD serve 'my app'\n"}, writers=()
    )
    words = ("--fork", "--draft", "--label", "docker", "--commit-per-rule", "--select", "DF401,DF301")
    assert fleet.run("acme/r0", *words) == 0, fleet.said()
    (pull,) = repo.pulls
    assert (pull.head_repo, pull.draft, pull.labels) == ("dockerfix-bot/r0", True, [])
    assert "labels were not set" in report(fleet)["repositories"][0]["reason"]  # who may not push may not label
    assert len(repo.git.commits("main", pull.head_sha)) == 2
    assert fleet.run("acme/r0", *words) == 0, fleet.said()
    assert ends(fleet) == {"unchanged": 1}


def test_a_repository_that_may_not_be_pushed_to_fails_with_advice(server: ForgeServer, fleet: Fleet) -> None:
    repo = server.repository("acme/r0", dict(FILES), writers=())
    assert fleet.run("acme/r0") == 1, fleet.said()
    assert "--fork goes through a fork" in fleet.said()
    assert repo.pulls == []


def test_a_hostile_repository_is_repaired_and_does_nothing(server: ForgeServer, fleet: Fleet) -> None:
    proof = fleet.folder / "ran"
    files: dict[str, str | bytes] = {
        **FILES,
        ".gitattributes": "* filter=evil\n",
        ".gitmodules": f'[submodule "m"]\n\tpath = m\n\turl = ext::sh -c touch% {proof}\n',
        "dockerfix.toml": "unsafe-fixes = true\n",
        "web/dockerfix.toml": 'context = "' + "../" * 30 + 'etc"\n',
        "web/Dockerfile": "FROM debian:12-slim\nCOPY passwd .\nCMD serve 'my app'\n",
        "compose.yaml": "services:\n  a:\n    build: {context: /etc, dockerfile: /etc/passwd}\n",
    }
    repo = server.repository("acme/r0", files)
    head = repo.git.head("main")
    link = ("120000", repo.git.blob(b"/etc/passwd"))
    made = repo.git.make_commit(repo.git.tree(head, {"secret": link}), (head or "",), "Link")
    repo.git.move(("main", head, made))
    assert fleet.run("acme/r0") == 0, fleet.said()
    (pull,) = repo.pulls
    told = report(fleet)["repositories"][0]["reason"]
    assert "not looked at: secret (a link that leads out of the repository)" in told
    assert "web/Dockerfile: it or its build context is outside the repository" in told
    assert "root:x:0" not in pull.body + (fleet.folder / "report.html").read_text()
    assert not proof.exists()
