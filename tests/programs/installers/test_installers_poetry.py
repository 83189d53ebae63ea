"""What the commands of Poetry read."""

from __future__ import annotations

import pytest
from installing import found, problem, read, split, the_install

POETRY = '[tool.poetry]\nname = "app"\nversion = "1"\n[tool.poetry.dependencies]\nflask = "*"\n'
APP = {"pyproject.toml": POETRY, "poetry.lock": "", "app/__init__.py": ""}
LOOSE = {**APP, "pyproject.toml": "[tool.poetry]\npackage-mode = false\n"}


def test_install_without_the_project_reads_the_manifest_and_the_lock_file() -> None:
    assert read("poetry install --no-root --only main", APP) == ["poetry.lock", "pyproject.toml"]


def test_settings_of_the_project_are_read_too() -> None:
    files = {**APP, "poetry.toml": "[virtualenvs]\nin-project = true\n"}
    assert read("poetry install --no-root", files) == ["poetry.lock", "poetry.toml", "pyproject.toml"]


def test_project_in_no_package_mode_needs_no_option() -> None:
    assert read("poetry install", LOOSE) == ["poetry.lock", "pyproject.toml"]


@pytest.mark.parametrize("run", ["poetry install --only main", "poetry sync", "poetry install --no-interaction"])
def test_project_itself_is_parted_by_no_root(run: str) -> None:
    parted = split(run, APP)
    assert (parted.options, set(parted.reads.values())) == (("--no-root",), {"pyproject.toml", "poetry.lock"})


def test_project_alone_has_nothing_to_part() -> None:
    install = the_install("poetry install --only-root", APP)
    assert (install.split, install.is_project) == (None, True)


def test_dependency_below_a_path_needs_the_source() -> None:
    files = {**APP, "pyproject.toml": POETRY + 'lib = { path = "lib" }\n', "lib/pyproject.toml": POETRY}
    assert "installs lib from the project" in problem("poetry install --no-root", files)
    assert read("poetry install --no-root --no-directory", files) == ["poetry.lock", "pyproject.toml"]


def test_wheel_of_the_project_is_read() -> None:
    files = {
        **APP,
        "pyproject.toml": POETRY + 'lib = { path = "lib-1-py3-none-any.whl" }\n',
        "lib-1-py3-none-any.whl": "",
    }
    assert "lib-1-py3-none-any.whl" in read("poetry install --no-root", files)


def test_lock_file_tells_of_local_packages_too() -> None:
    lock = '[[package]]\nname = "lib"\nversion = "1"\n[package.source]\ntype = "directory"\nurl = "lib"\n'
    assert "installs lib" in problem("poetry install --no-root", {**APP, "poetry.lock": lock})


def test_environment_may_be_filled_in_the_project() -> None:
    assert the_install("poetry install --no-root", APP).fills == ("/app/.venv",)


@pytest.mark.parametrize(
    "above",
    [
        "ENV POETRY_VIRTUALENVS_CREATE=false\nCOPY . .\n",
        "RUN poetry config virtualenvs.create false\nCOPY . .\n",
    ],
)
def test_environment_of_the_system_fills_nothing_in_the_project(above: str) -> None:
    assert the_install("poetry install --no-root", APP, above=above).fills == ()


def test_environment_of_the_system_may_be_set_in_the_same_run() -> None:
    assert the_install("poetry config virtualenvs.create false && poetry install --no-root", APP).fills == ()


def test_environment_of_the_system_may_be_set_in_the_project() -> None:
    files = {**APP, "poetry.toml": "[virtualenvs]\ncreate = false\n"}
    assert the_install("poetry install --no-root", files).fills == ()


def test_export_writes_a_file_for_pip_to_read() -> None:
    run = "poetry export -f requirements.txt --output r.txt && pip install -r r.txt"
    export, install = found(run, APP)
    assert (export.problem, export.makes) == (None, ("/app/r.txt",))
    assert (install.problem, install.uses) == (None, ("/app/r.txt",))


def test_export_may_be_redirected() -> None:
    assert the_install("poetry export --without-hashes > requirements.txt", APP).makes == ("/app/requirements.txt",)


def test_folder_of_the_project_may_be_named() -> None:
    files = {f"api/{path}": text for path, text in APP.items()}
    assert read("poetry -C api install --no-root", files) == ["api/poetry.lock", "api/pyproject.toml"]


def test_added_package_changes_manifest_and_lock_file() -> None:
    assert set(the_install("poetry add flask", APP).makes) == {"/app/poetry.lock", "/app/pyproject.toml"}


@pytest.mark.parametrize(
    ("run", "words"), [("poetry install $ARGS", "build time"), ("cd /x && poetry lock", "not among")]
)
def test_what_is_not_certain(run: str, words: str) -> None:
    assert words in problem(run, APP)
