"""What holds for every test: nothing is kept in the home of whoever runs them, and a busy machine is no fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dockerfix", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dockerfix")

# Where the command and Git keep what is a person's own. pip, uv and npm keep their settings and caches, which say where
# packages come from.
_OWN = {"XDG_STATE_HOME": "state", "GIT_CONFIG_GLOBAL": "gitconfig"}


@pytest.fixture(autouse=True, scope="session")
def home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Locks, records and settings are the tests' own, in processes that they start too."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):  # each process would compile all that it imports
            patch.delenv("PYTHONDONTWRITEBYTECODE")
            patch.setenv("PYTHONPYCACHEPREFIX", str(_shared(tmp_path_factory) / "compiled"))
        for variable, name in _OWN.items():
            patch.setenv(variable, str(folder / name))
        patch.setenv("DOCKERFIX_NO_CACHE", "1")  # what a test changes in dockerfix itself is no file
        yield


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of one run of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
