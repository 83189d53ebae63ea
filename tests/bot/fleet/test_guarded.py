"""What a fleet keeps to itself: its tokens, its database, its word on what was begun before."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dockerfix.bot.fleet import Job, values
from dockerfix.bot.fleet.store import Store
from dockerfix.cli.fleet.database import database
from dockerfix.cli.fleet.request import request_from, request_to_json
from dockerfix.cli.fleet.session import FleetOptions, _request
from dockerfix.cli.forge.connection import secrets_put_away
from dockerfix.cli.forge.requests import RequestOptions, policy_of


def test_no_child_process_gets_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["DOCKERFIX_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "FORGEJO_TOKEN", "DOCKERFIX_APP_KEY"]
    for name in names:
        monkeypatch.setenv(name, f"secret of {name}")
    with secrets_put_away() as environment:
        assert [name for name in names if name in os.environ] == []
        assert all(environment[name] == f"secret of {name}" for name in names)
    assert all(os.environ[name] == f"secret of {name}" for name in names)


def test_the_database_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with database(None, is_alone=True) as (url, _):
        Store(url).begin_run("key", "host", "title", "{}")
    folder = tmp_path / "state" / "dockerfix"
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {"0o600"}


def test_a_database_that_was_open_to_all_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "fleet.sqlite"
    file.touch(mode=0o644)
    with database(f"sqlite:///{file}", is_alone=True):
        assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_another_version_of_the_engine_begins_its_jobs_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("run", "host", "acme/api")
    before = job.id
    monkeypatch.setattr(values, "ENGINE_VERSION", "fleet-2")
    assert job.id == f"{before}/fleet-2"


def test_what_an_earlier_release_began_is_the_same_request() -> None:
    """Its key was made from options that had no --rebase."""
    options = FleetOptions(repositories=("acme/api",))
    usual, asked = _request(options, "github.com"), json.loads(_request(options, "github.com").options)
    assert asked["engine"] == values.ENGINE_VERSION
    policy = policy_of(None, None, None, "always", is_draft=False)
    other = FleetOptions(repositories=("acme/api",), request=RequestOptions(policy=policy))
    assert _request(other, "github.com").key != usual.key
    assert usual.key == "1a264ce9030b1499adb05495"  # as the last release made it


def test_options_of_an_earlier_release_are_understood() -> None:
    told = request_to_json(RequestOptions())
    del told["policy"]["rebase"]
    assert request_from(told) == RequestOptions()
