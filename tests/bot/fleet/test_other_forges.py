"""The same command on the other forges."""

from __future__ import annotations

import json

import pytest
from fleet_process import Fleet
from forge_server import ForgeServer
from forge_server_forgejo import ForgejoServer
from forge_server_gitlab import GitLabServer

TOKEN = "token-of-the-tests"


@pytest.mark.parametrize(("kind", "served"), [("gitlab", GitLabServer), ("forgejo", ForgejoServer)])
def test_each_forge_gets_its_requests(
    kind: str, served: type[ForgeServer], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("f")
    with served(folder / "forge") as server:
        server.account(TOKEN)
        for name in ("api", "web"):
            server.repository(f"group/{name}", {"Dockerfile": "FROM debian:12-slim\nCMD serve 'my app'\n"})
        words = ["--forge", kind, "--server", server.url, "--select", "DF401", "--write-gap", "0", "--org", "group"]
        words += ["--report", "report.html"]
        environment = {"DOCKERFIX_TOKEN": TOKEN, "XDG_STATE_HOME": str(folder / "state"), "TMPDIR": str(folder)}
        fleet = Fleet(folder, words, environment)
        assert fleet.run() == 0, fleet.said()
        written = len(server.lines("POST"))
        assert fleet.run() == 0, fleet.said()
        assert len(server.lines("POST")) == written
        assert server.violations == []
        for path in ("group/api", "group/web"):
            repo = server.state.repo(path)
            assert repo is not None
            (pull,) = repo.pulls
            content = repo.git.read(pull.head_sha, "Dockerfile")
            assert content is not None
            assert b'CMD ["serve", "my app"]' in content
    assert json.loads((folder / "report.json").read_text())["ends"]["unchanged"] == 2
