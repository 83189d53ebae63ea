"""Fixtures of the bot's tests: a GitHub of their own, of which every word is checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from forge_server import DescriptionMissingError, ForgeServer
from forge_server.description import graphql_schema, openapi_subset
from proposals import TOKEN


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
