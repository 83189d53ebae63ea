"""What the commands of PDM read."""

from __future__ import annotations

import pytest
from installing import problem, read, split, the_install

PROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n'
APP = {"pyproject.toml": PROJECT, "pdm.lock": "", "src/app/__init__.py": ""}


@pytest.mark.parametrize("run", ["pdm install --no-self", "pdm sync --prod --no-editable --no-self"])
def test_install_without_the_project_reads_manifest_and_lock_file(run: str) -> None:
    assert read(run, APP) == ["pdm.lock", "pyproject.toml"]


def test_setting_leaves_the_project_out() -> None:
    assert the_install("PDM_NO_SELF=1 pdm install", APP).problem is None
    application = {**APP, "pyproject.toml": PROJECT + "[tool.pdm]\ndistribution = false\n"}
    assert read("pdm install --frozen-lockfile", application) == ["pdm.lock", "pyproject.toml"]


def test_project_itself_is_parted_by_no_self() -> None:
    parted = split("pdm install --check --prod --no-editable", APP)
    assert (parted.options, set(parted.reads.values())) == (("--no-self",), {"pyproject.toml", "pdm.lock"})


def test_path_below_the_project_needs_the_source() -> None:
    local = PROJECT.replace("flask", "lib @ file:///${PROJECT_ROOT}/lib")
    assert "from the project" in problem("pdm install --no-self", {**APP, "pyproject.toml": local})


def test_dependencies_that_a_build_computes_need_the_source() -> None:
    dynamic = '[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n'
    assert "builds the project" in problem("pdm install --no-self", {**APP, "pyproject.toml": dynamic})


def test_environment_is_filled_in_the_project() -> None:
    assert the_install("pdm sync --no-self", APP).fills == ("/app/.venv", "/app/.pdm-python")


def test_export_writes_a_file_and_fills_nothing() -> None:
    install = the_install("pdm export -o requirements.txt", APP)
    assert (install.makes, install.fills, install.problem) == (("/app/requirements.txt",), (), None)
