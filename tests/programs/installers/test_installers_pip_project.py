"""How an install of the project itself by pip, or `uv pip`, is parted; setup.py is read and never run."""

from __future__ import annotations

import pytest
from installing import problem, split, the_install

STATIC = '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n'
DYNAMIC = (
    '[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n'
    '[tool.setuptools.dynamic]\ndependencies = {file = ["requirements.txt"]}\n'
)
FILES = {"requirements.txt": "flask\n", "app/__init__.py": ""}
SETUP = "from setuptools import setup\nsetup(install_requires={})\n"


@pytest.mark.parametrize(
    "backend", ["setuptools", "hatchling", "flit_core", "pdm.backend", "maturin", "scikit_build_core"]
)
def test_uv_reads_a_manifest_of_any_build_backend(backend: str) -> None:
    files = {
        **FILES,
        "pyproject.toml": STATIC + f'[build-system]\nrequires = ["x"]\nbuild-backend = "{backend}.build"\n',
    }
    parted = split("uv pip install --system --no-cache .", files)
    assert parted.instead == "uv pip install --system --no-cache -r pyproject.toml"
    assert list(parted.reads.values()) == ["pyproject.toml"]


def test_extras_become_an_option_of_uv() -> None:
    parted = split("uv pip install --system -e '.[web,dev]'", {**FILES, "pyproject.toml": STATIC})
    assert parted.instead == "uv pip install --system -r pyproject.toml --extra web --extra dev"


def test_project_in_a_subfolder() -> None:
    files = {"lib/pyproject.toml": STATIC, "lib/lib.py": ""}
    assert split("uv pip install --system ./lib", files).instead == "uv pip install --system -r lib/pyproject.toml"


def test_dependencies_that_a_build_computes_cannot_be_parted_by_uv() -> None:
    assert the_install("uv pip install --system .", {**FILES, "pyproject.toml": DYNAMIC}).split is None


def test_setuptools_tells_the_file_of_the_dependencies() -> None:
    parted = split("pip install --no-cache-dir .", {**FILES, "pyproject.toml": DYNAMIC})
    assert (parted.instead, parted.doubt) == ("pip install --no-cache-dir -r requirements.txt", "")


def test_setup_py_that_reads_a_file_leaves_a_doubt() -> None:
    files = {**FILES, "setup.py": SETUP.format("open('requirements.txt').read().split()")}
    parted = split("pip install -e .", files)
    assert parted.instead == "pip install -r requirements.txt"
    assert "setup.py computes" in parted.doubt


def test_setup_py_is_not_run() -> None:
    files = {**FILES, "setup.py": "raise SystemExit('run')\n" + SETUP.format("[]")}
    assert the_install("pip install .", files).split is None


@pytest.mark.parametrize(
    "manifest",
    [
        {"setup.py": SETUP.format("['flask']")},
        {"setup.cfg": "[options]\ninstall_requires = a\n"},
    ],
)
def test_pip_needs_the_project_for_dependencies_that_its_backend_does_not_tell_alone(manifest: dict[str, str]) -> None:
    files = {**FILES, **manifest}
    assert the_install("pip install .", files).split is None
    assert "in no file that pip installs from" in problem("pip install .", files)


@pytest.mark.parametrize(
    ("run", "instead"),
    [
        ("pip install -r requirements.txt .", "pip install -r requirements.txt"),
        ("pip install -e . -r requirements.txt --no-cache-dir", "pip install -r requirements.txt --no-cache-dir"),
        ("pip install --editable=. -r requirements.txt", "pip install -r requirements.txt"),
        ("python -m pip install -r requirements.txt -e .", "python -m pip install -r requirements.txt"),
    ],
)
def test_files_that_are_named_besides_come_first(run: str, instead: str) -> None:
    parted = split(run, {**FILES, "setup.py": SETUP.format("['flask']")})
    assert (parted.instead, list(parted.reads.values())) == (instead, ["requirements.txt"])


@pytest.mark.parametrize("run", ["pip wheel .", "FOO=1 pip install .", "pip install $OPTIONS .", "pip install .[dev]"])
def test_what_is_not_parted(run: str) -> None:
    assert the_install(run, {**FILES, "pyproject.toml": DYNAMIC}).split is None


def test_setuptools_may_make_an_empty_package_of_the_manifest() -> None:
    manifest = STATIC.replace('version = "1"', 'version = "1"\nreadme = "README.md"')
    parted = split("pip install -e '.[dev]'", {**FILES, "pyproject.toml": manifest, "README.md": ""})
    assert (parted.instead, parted.by_person) == ("pip install -e '.[dev]'", True)
    assert sorted(parted.reads.values()) == ["README.md", "pyproject.toml"]


@pytest.mark.parametrize(
    ("run", "instead"),
    [
        ("pip install .", "pip install uv && uv pip install --system -r pyproject.toml"),
        ("python -m pip install -e .", "python -m pip install uv && uv pip install --system -r pyproject.toml"),
        (
            "pip install --no-cache-dir '.[web]'",
            "pip install --no-cache-dir uv && uv pip install --no-cache --system -r pyproject.toml --extra web",
        ),
    ],
)
def test_uv_may_read_the_manifest_of_another_backend(run: str, instead: str) -> None:
    manifest = STATIC + '[build-system]\nbuild-backend = "hatchling.build"\n'
    parted = split(run, {**FILES, "pyproject.toml": manifest})
    assert (parted.instead, parted.by_person) == (instead, True)
    assert list(parted.reads.values()) == ["pyproject.toml"]


@pytest.mark.parametrize("run", ["pip install --index-url https://x.example .", "/venv/bin/pip install ."])
def test_uv_is_not_suggested_for_what_it_may_do_otherwise(run: str) -> None:
    manifest = STATIC + '[build-system]\nbuild-backend = "hatchling.build"\n'
    assert the_install(run, {**FILES, "pyproject.toml": manifest}).split is None


@pytest.mark.parametrize(
    "extra",
    [
        {"setup.py": ""},
        {"setup.cfg": ""},
        {"pyproject.toml": STATIC + '[tool.setuptools]\npackages = ["app"]\n'},
        {"pyproject.toml": STATIC.replace('version = "1"', 'dynamic = ["version"]')},
        {"pyproject.toml": STATIC.replace('version = "1"', 'version = "1"\nreadme = "missing.md"')},
    ],
)
def test_no_empty_package_where_setuptools_looks_for_more(extra: dict[str, str]) -> None:
    install = the_install("pip install .", {**FILES, "pyproject.toml": STATIC, **extra})
    assert install.split is None or install.split.instead != "pip install ."


def test_upgrade_of_pip_takes_no_time_worth_saving() -> None:
    assert the_install("pip install --upgrade pip setuptools 'wheel>0.40'", FILES).is_minor
    assert not the_install("pip install --upgrade pip flask", FILES).is_minor
    assert not the_install("pip install pip-tools", FILES).is_minor
