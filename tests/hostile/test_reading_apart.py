"""The process that reads a stranger's repository for `pr` and `review` holds no secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockerfix.cli.forge import foreign
from dockerfix.cli.options import Options


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "DOCKERFIX_TOKEN", "GITLAB_TOKEN", "DOCKERFIX_APP_KEY"])
def test_no_token_is_in_its_environment(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str | None] = []
    monkeypatch.setenv(name, "secret")
    monkeypatch.setattr("dockerfix.bot.fleet.isolated.isolated", lambda *_, **__: seen.append(os.environ.get(name)))
    foreign.repairs_apart(str(tmp_path), Options())
    assert seen == [None]
    assert os.environ[name] == "secret"
