"""What holds for every test: nothing is kept in the home of whoever runs them, and a busy machine is no fault."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Before the first large import: who wants no compiled files in the folders of the source has them in one apart, or each
# worker, process and run would compile all that it imports.
if sys.dont_write_bytecode and not sys.pycache_prefix:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "compiled")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

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
        for variable, name in _OWN.items():
            patch.setenv(variable, str(folder / name))
        patch.setenv("DOCKERFIX_NO_CACHE", "1")  # what a test changes in dockerfix itself is no file
        yield
