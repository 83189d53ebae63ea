"""Fixtures of the bot's tests: a GitHub of their own, of which every word is checked."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterator
from multiprocessing.util import get_temp_dir
from pathlib import Path

import pytest
from forge_server import DescriptionMissingError, ForgeServer
from forge_server.description import graphql_schema, openapi_subset
from forge_server_forgejo import ForgejoServer
from forge_server_gitlab import GitLabServer
from forked import forking
from proposals import TOKEN
from shops import Shop, github

from dockerfix.bot.fleet import isolated
from dockerfix.bot.forges.forgejo import Forgejo
from dockerfix.bot.forges.gitlab import GitLab
from dockerfix.bot.secret import Secret

# Here and now, in the tests' own process: in the folder that a test names, the fork server's socket has no room.
get_temp_dir()


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at apart is forked from the tests' own server: a new interpreter imports everything each time."""
    monkeypatch.setattr(isolated, "_context", forking)


@pytest.fixture(autouse=True, scope="session")
def certificates_once() -> Iterator[None]:
    """Each client reads all certificates that Python trusts, though the tests' forges speak plain HTTP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForgeServer]:
    """A forge with an account, `dockerfix-bot`; a test fails where GitHub's description is against a word."""
    try:
        openapi_subset()
        graphql_schema()
    except DescriptionMissingError as missing:
        pytest.skip(str(missing))
    with ForgeServer(tmp_path / "forge") as running:
        running.account(TOKEN)
        yield running
    assert "\n".join(running.violations) == ""


@pytest.fixture
def shop(server: ForgeServer) -> Shop:
    return Shop(server, github(server))


@pytest.fixture(params=["github", "gitlab", "forgejo"])
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "github":
        server: ForgeServer = request.getfixturevalue("server")
        yield Shop(server, github(server))
        return
    kind = GitLabServer if request.param == "gitlab" else ForgejoServer
    with kind(tmp_path / "forge") as server:
        server.account(TOKEN)
        kinds = {GitLabServer: GitLab, ForgejoServer: Forgejo}
        yield Shop(server, kinds[kind](Secret(TOKEN), server.url, pause=_hurry))
    assert server.violations == []


def _hurry(seconds: float) -> None:
    """Waits for nothing."""
