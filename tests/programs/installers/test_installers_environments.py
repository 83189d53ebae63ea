"""Virtual environments that a command makes: a copy of the project below it would bring one of the same name."""

from __future__ import annotations

import pytest
from installing import found, read, the_install

APP = {"requirements.txt": "flask\n", "main.py": ""}


@pytest.mark.parametrize(
    ("run", "folder"),
    [
        ("python -m venv venv", "/app/venv"),
        ("python3 -m venv --system-site-packages /opt/venv", "/opt/venv"),
        ("virtualenv -p python3 env", "/app/env"),
        ("uv venv", "/app/.venv"),
        ("uv venv --python 3.12 /opt/venv", "/opt/venv"),
        ('python -m venv "$VIRTUAL_ENV"', "/opt/env"),
    ],
)
def test_folder_that_is_filled(run: str, folder: str) -> None:
    install = the_install(run, APP, above="ENV VIRTUAL_ENV=/opt/env\nCOPY . .\n")
    assert (install.fills, install.problem, install.is_minor) == ((folder,), None, True)


@pytest.mark.parametrize("run", ["python -m venv $UNKNOWN", "python -m http.server", "virtualenv --version"])
def test_what_makes_none_that_is_known(run: str) -> None:
    assert not found(run, APP)


def test_pip_of_an_environment_that_a_variable_names_is_pip() -> None:
    above = "ENV VIRTUAL_ENV=/opt/env\nCOPY . .\n"
    assert read("$VIRTUAL_ENV/bin/pip install -r requirements.txt", APP, above=above) == ["requirements.txt"]
