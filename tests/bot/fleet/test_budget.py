"""What the forge allows is shared by everything that uses one store."""

from __future__ import annotations

import threading
import time

import pytest
from forge_server import ForgeServer, rate_limited, secondary_limited

from dockerfix.bot.fleet import Bounds, Job
from dockerfix.bot.fleet.budget import Budget, PostponedError, StoppedError, paced
from dockerfix.bot.fleet.store import Store
from dockerfix.bot.forge import BranchName, FileChange, Forge, NewCommit, NewPullRequest
from dockerfix.bot.forge_errors import NotFoundError
from dockerfix.bot.forges.github import GitHub
from dockerfix.bot.forges.github_auth import TokenAuthorization
from dockerfix.bot.secret import Secret

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"


def budget(url: str, **bounds: float | None) -> Budget:
    return Budget(Store(url), "me", Bounds(**{"write_gap": 0, **bounds}), threading.Event())  # type: ignore[arg-type]


def client(server: ForgeServer) -> Forge:
    return GitHub(TokenAuthorization(Secret(TOKEN)), server.url)


def branched(forge: Forge, path: str) -> NewPullRequest:
    """A pull request to open, after its branch is made."""
    head = BranchName(path, "dockerfix/fixes")
    base = forge.branch_head(BranchName(path, "main"))
    assert base is not None
    forge.commit(head, [NewCommit("fix", (FileChange("a", b"2"),))], parent=base, expected=None)
    return NewPullRequest("title", "body", "main", head)


@pytest.mark.parametrize("limit", [rate_limited, secondary_limited])
def test_a_call_that_was_limited_is_made_again_after_the_pause(limit, server: ForgeServer, sqlite_url: str) -> None:
    server.repository("o/a", {"a": "1"})
    server.faults.append(limit("GET /repos/o/a", 1))
    started = time.monotonic()
    assert paced(client(server), budget(sqlite_url)).repository("o/a").path == "o/a"
    assert time.monotonic() - started >= 0.9
    assert server.lines().count("GET /repos/o/a") == 2


def test_the_pause_of_one_worker_holds_for_the_others(server: ForgeServer, sqlite_url: str) -> None:
    server.repository("o/a", {"a": "1"})
    server.repository("o/b", {"a": "1"})
    server.faults.append(secondary_limited("GET /repos/o/a", 2))
    one, other = (paced(client(server), budget(sqlite_url)) for _ in range(2))
    limited = threading.Thread(target=one.repository, args=("o/a",))
    limited.start()
    while not server.lines():
        time.sleep(0.01)
    time.sleep(0.2)
    started = time.monotonic()
    other.repository("o/b")
    assert time.monotonic() - started > 1
    limited.join()


def test_a_write_that_was_limited_is_made_once(server: ForgeServer, sqlite_url: str) -> None:
    server.repository("o/a", {"a": "1"})
    forge = paced(client(server), budget(sqlite_url), Job("run", server.url, "o/a"))
    new = branched(forge, "o/a")
    server.faults.append(secondary_limited("POST /repos/o/a/pulls", 1))
    assert forge.create("o/a", new).number == 1
    assert len(forge.pull_requests("o/a", new.head)) == 1


def test_writes_are_a_gap_apart(server: ForgeServer, sqlite_url: str) -> None:
    server.repository("o/a", {"a": "1"})
    forge = paced(client(server), budget(sqlite_url, write_gap=0.4))
    started = time.monotonic()
    forge.create("o/a", branched(forge, "o/a"))
    forge.comment("o/a", 1, "hello")
    assert time.monotonic() - started > 0.75


def test_no_branch_is_made_when_the_run_has_opened_all_it_may(server: ForgeServer, sqlite_url: str) -> None:
    for path in ("o/a", "o/b"):
        server.repository(path, {"a": "1"})
    allowed = budget(sqlite_url, per_run=1)
    first, second = (paced(client(server), allowed, Job("run", "host", path)) for path in ("o/a", "o/b"))
    first.create("o/a", branched(first, "o/a"))
    with pytest.raises(PostponedError, match="opens 1 pull requests"):
        branched(second, "o/b")
    assert client(server).branch_head(BranchName("o/b", "dockerfix/fixes")) is None


def test_a_process_that_should_end_does_not_wait_for_the_hour(server: ForgeServer, sqlite_url: str) -> None:
    server.repository("o/b", {"a": "1"})
    allowed = budget(sqlite_url, per_hour=1)
    assert allowed.store.may_open(Job("run", "host", "o/a"), "me", allowed.bounds) == 0
    threading.Timer(0.2, allowed.stopping.set).start()
    with pytest.raises(StoppedError):
        branched(paced(client(server), allowed, Job("run", "host", "o/b")), "o/b")


def test_an_error_of_another_kind_is_passed_on(server: ForgeServer, sqlite_url: str) -> None:
    with pytest.raises(NotFoundError):
        paced(client(server), budget(sqlite_url)).repository("o/nothing")


def test_a_listing_is_paced_too(server: ForgeServer, sqlite_url: str) -> None:
    server.repository("o/a", {"a": "1"})
    server.faults.append(rate_limited("GET /orgs/o/repos", 1))
    forge = paced(client(server), budget(sqlite_url))
    assert [found.path for found in forge.repositories("o")] == ["o/a"]
