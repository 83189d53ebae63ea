"""What `uv sync`, `uv lock` and `uv export` read."""

from __future__ import annotations

import pytest
from installing import found, problem, read, split, the_install

PROJECT = '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n'
BUILT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
APP = {"pyproject.toml": PROJECT, "uv.lock": "version = 1\n", "main.py": ""}
PACKAGE = {**APP, "pyproject.toml": PROJECT + BUILT}


def test_project_that_is_no_package_reads_its_manifest_and_lock_file() -> None:
    assert read("uv sync --locked", APP) == ["pyproject.toml", "uv.lock"]


def test_settings_and_the_python_version_are_read_too() -> None:
    files = {**APP, "uv.toml": "", ".python-version": "3.12\n"}
    assert read("uv sync", files) == [".python-version", "pyproject.toml", "uv.lock", "uv.toml"]


@pytest.mark.parametrize("option", ["--no-install-project", "--no-install-workspace", "--no-install-local"])
def test_package_can_be_left_out(option: str) -> None:
    install = the_install(f"uv sync --frozen {option} --no-dev", PACKAGE)
    assert (install.problem, install.is_project) == (None, False)


def test_package_is_parted_as_the_documentation_does() -> None:
    found = split("uv sync --locked --no-editable", PACKAGE)
    assert found.options == ("--no-install-project",)
    assert found.behind is not None
    assert found.behind.value == "sync"
    assert set(found.reads.values()) == {"pyproject.toml", "uv.lock"}


def test_setting_makes_a_package_of_a_project_or_not() -> None:
    assert the_install("uv sync", {**APP, "pyproject.toml": PROJECT + "[tool.uv]\npackage = true\n"}).is_project
    assert not the_install("uv sync", {**APP, "pyproject.toml": PROJECT + BUILT + "[tool.uv]\npackage = false\n"}).split


def test_what_is_mounted_is_no_reason_to_copy_it() -> None:
    mounts = (
        "--mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml"
    )
    install = the_install(f"{mounts} uv sync --locked --no-install-project", PACKAGE, above="")
    assert (install.reads, install.problem) == ({}, None)
    assert install.manifests == ("pyproject.toml",)


def test_cache_mount_changes_nothing() -> None:
    assert read("--mount=type=cache,target=/root/.cache/uv uv sync", APP) == ["pyproject.toml", "uv.lock"]


def test_members_of_a_workspace_are_read_by_their_manifests() -> None:
    root = PROJECT + '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    files = {**APP, "pyproject.toml": root, "packages/a/pyproject.toml": PROJECT, "packages/a/a.py": ""}
    assert read("uv sync --no-install-workspace", files) == [
        "packages/a/pyproject.toml",
        "pyproject.toml",
        "uv.lock",
    ]
    assert split("uv sync", files).options == ("--no-install-workspace",)


def test_member_that_is_not_there_is_not_read() -> None:
    root = PROJECT + '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    files = {**APP, "pyproject.toml": root, "packages/a/pyproject.toml": PROJECT}
    above = "COPY pyproject.toml uv.lock ./\n"
    assert read("uv sync", files, above=above) == ["pyproject.toml", "uv.lock"]


def test_large_workspace_is_left_alone() -> None:
    root = PROJECT + '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
    members = {f"packages/{number}/pyproject.toml": PROJECT for number in range(9)}
    assert "9 members" in problem("uv sync", {**APP, "pyproject.toml": root, **members})


def test_member_alone_reads_the_manifests_and_fills_the_environment_of_the_workspace_above() -> None:
    root = PROJECT + '[tool.uv.workspace]\nmembers = ["api", "lib"]\n'
    files = {"pyproject.toml": root, "uv.lock": "version = 1\n", "lib/pyproject.toml": PROJECT, "lib/lib.py": ""}
    files |= {"api/pyproject.toml": PROJECT + BUILT, "api/api.py": ""}
    parted = split("cd api && uv sync --frozen", files)
    assert parted.options == ("--no-install-workspace",)
    assert sorted(parted.reads.values()) == [
        "api/pyproject.toml",
        "lib/pyproject.toml",
        "pyproject.toml",
        "uv.lock",
    ]
    assert the_install("cd api && uv sync --frozen", files).fills == ("/app/.venv",)


def test_source_below_a_path_is_installed_from_the_project() -> None:
    files = {**APP, "pyproject.toml": PROJECT + '[tool.uv.sources]\nlib = { path = "lib" }\n', "lib/setup.py": ""}
    assert "installs lib from the project" in problem("uv sync", files)


def test_wheel_of_the_project_is_read() -> None:
    source = '[tool.uv.sources]\nlib = { path = "wheels/lib-1-py3-none-any.whl" }\n'
    files = {**APP, "pyproject.toml": PROJECT + source, "wheels/lib-1-py3-none-any.whl": ""}
    assert read("uv sync", files) == ["pyproject.toml", "uv.lock", "wheels/lib-1-py3-none-any.whl"]


def test_lock_file_that_names_the_project_itself_is_no_local_source() -> None:
    lock = 'version = 1\n[[package]]\nname = "app"\nversion = "1"\nsource = { virtual = "." }\n'
    assert read("uv sync", {**APP, "uv.lock": lock}) == ["pyproject.toml", "uv.lock"]


def test_dependencies_that_a_build_computes_need_the_source_unless_the_lock_file_counts() -> None:
    dynamic = '[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n'
    files = {**APP, "pyproject.toml": dynamic}
    assert "builds the project" in problem("uv sync", files)
    assert the_install("uv sync --frozen", files).problem is None


@pytest.mark.parametrize("option", ["--locked", "--frozen"])
def test_lock_file_that_is_demanded_and_not_there_is_told(option: str) -> None:
    files = {"pyproject.toml": PROJECT, "main.py": ""}
    assert "uv.lock is not among" in problem(f"uv sync {option}", files)
    assert read("uv sync", files) == ["pyproject.toml"]


def test_environment_is_filled_in_the_project_or_where_it_is_told() -> None:
    assert the_install("uv sync", APP).fills == ("/app/.venv",)
    elsewhere = "ENV UV_PROJECT_ENVIRONMENT=/venv\nCOPY . .\n"
    assert the_install("uv sync", APP, above=elsewhere).fills == ("/venv",)


def test_export_writes_a_file_for_pip_to_read() -> None:
    run = "uv export --frozen --no-emit-project -o /tmp/requirements.txt && pip install -r /tmp/requirements.txt"
    export, install = found(run, PACKAGE)
    assert (export.problem, export.makes) == (None, ("/tmp/requirements.txt",))
    assert (install.problem, install.uses) == (None, ("/tmp/requirements.txt",))


def test_export_of_a_package_names_the_package() -> None:
    assert "name the project itself" in problem("uv export > requirements.txt", PACKAGE)


def test_lock_writes_the_lock_file() -> None:
    assert the_install("uv lock", APP).makes == ("/app/uv.lock",)


@pytest.mark.parametrize(("run", "words"), [("uv sync $ARGS", "build time"), ("cd /other && uv sync", "not among")])
def test_what_is_not_certain(run: str, words: str) -> None:
    assert words in problem(run, APP)


@pytest.mark.parametrize("run", ["uv --version", "uv run main.py", "uv cache clean"])
def test_what_is_no_install(run: str) -> None:
    assert not found(run, APP)
