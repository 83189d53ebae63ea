"""What the commands of Pipenv read."""

from __future__ import annotations

import pytest
from installing import found, problem, read, the_install

APP = {"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": "{}", "app.py": ""}


@pytest.mark.parametrize(
    "run",
    [
        "pipenv install --system --deploy",
        "pipenv install --deploy --ignore-pipfile",
        "pipenv sync",
        "PIPENV_VENV_IN_PROJECT=1 pipenv install --deploy",
        "python -m pipenv install --system",
    ],
)
def test_pipfile_and_its_lock_are_read(run: str) -> None:
    assert read(run, APP) == ["Pipfile", "Pipfile.lock"]


@pytest.mark.parametrize("run", ["pipenv install --system --deploy", "pipenv sync"])
def test_lock_file_that_is_demanded_and_not_there_is_told(run: str) -> None:
    assert "Pipfile.lock is not among" in problem(run, {"Pipfile": "", "app.py": ""})
    assert read("pipenv install", {"Pipfile": "", "app.py": ""}) == ["Pipfile"]


def test_environment_of_the_system_fills_nothing_in_the_project() -> None:
    assert the_install("pipenv install --system --deploy", APP).fills == ()
    assert the_install("pipenv install", APP).fills == ("/app/.venv",)


def test_package_from_a_path_needs_the_source() -> None:
    files = {**APP, "Pipfile": '[packages]\napp = { path = ".", editable = true }\n'}
    assert "from the project" in problem("pipenv install", files)


def test_requirements_that_are_written_are_read_by_pip() -> None:
    written, install = found("pipenv requirements > r.txt && pip install -r r.txt", APP)
    assert (written.makes, install.uses, install.problem) == (("/app/r.txt",), ("/app/r.txt",), None)


def test_lock_is_written() -> None:
    assert the_install("pipenv lock", APP).makes == ("/app/Pipfile.lock",)


def test_package_by_name_is_added_to_the_pipfile() -> None:
    assert the_install("pipenv install gunicorn", APP).makes == ("/app/Pipfile", "/app/Pipfile.lock")


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("pipenv install -e .", "-r or -e"),
        ("pipenv install -r requirements.txt", "-r or -e"),
        ("PIPENV_PIPFILE=x/Pipfile pipenv install", "another Pipfile"),
        ("pipenv install $PACKAGES", "build time"),
        ("cd /x && pipenv install", "not among"),
    ],
)
def test_what_is_not_certain(run: str, words: str) -> None:
    assert words in problem(run, APP)


def test_what_is_no_install() -> None:
    assert not found("pipenv --version", APP)
