"""Databases for the fleet's tests: a file, and a database of its own on the PostgreSQL that `.ci/postgres` starts."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/fleet.sqlite"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    import psycopg

    server = os.environ.get("DOCKERFIX_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: export DOCKERFIX_TEST_POSTGRES=$(.ci/postgres start DIR)")
    name = f"fleet_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
