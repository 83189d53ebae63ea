"""The `engine` fixture: a real Docker engine, or a skip that says why there is none."""

import os
from collections.abc import Iterator

import pytest
from daemon import NoEngine
from docker_engine import Engine, open_engine


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the engine, and keep it in one worker: one daemon, one set of base images."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.xdist_group("engine"))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for the whole run; its images and containers are gone afterwards."""
    try:
        opened = open_engine()
    except NoEngine as reason:
        if os.environ.get("DOCKERFIX_ENGINE") == "require":
            raise
        pytest.skip(f"no usable Docker engine: {reason}")
    try:
        yield opened
    finally:
        opened.close()
