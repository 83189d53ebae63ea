"""What conda, mamba, micromamba and Pixi read."""

from __future__ import annotations

import pytest
from installing import problem, read, the_install

PLAIN = "name: app\ndependencies:\n  - python=3.12\n  - pip:\n      - flask\n"
APP = {"environment.yml": PLAIN, "main.py": ""}
PIXI = {"pixi.toml": '[project]\nname = "app"\n', "pixi.lock": "", "main.py": ""}


def _environment(*pip: str) -> dict[str, str]:
    lines = "".join(f"      - {line}\n" for line in pip)
    return {"environment.yml": f"dependencies:\n  - pip:\n{lines}", "requirements.txt": "flask\n", "main.py": ""}


@pytest.mark.parametrize(
    "run",
    [
        "conda env create -f environment.yml",
        "conda env create",
        "mamba env update -n base --file=environment.yml",
        "micromamba install -y -n base -f environment.yml",
        "micromamba create --yes --file /app/environment.yml",
        "conda env create -f https://example.org/e.yml",
    ],
)
def test_environment_file_is_all_that_is_read(run: str) -> None:
    assert read(run, APP) == ([] if "://" in run else ["environment.yml"])


def test_requirements_file_is_read_as_it_is() -> None:
    files = {"requirements.txt": "numpy\n", "main.py": ""}
    assert read("conda install -y --file requirements.txt", files) == ["requirements.txt"]


def test_requirements_file_of_the_pip_part_is_read_too() -> None:
    assert read("conda env create", _environment("-r requirements.txt")) == ["environment.yml", "requirements.txt"]


def test_pip_part_looks_beside_the_environment_file() -> None:
    files = {f"conda/{path}": text for path, text in _environment("-r requirements.txt").items()}
    run = "conda env create -f conda/environment.yml"
    assert read(run, files) == ["conda/environment.yml", "conda/requirements.txt"]


def test_files_that_the_requirements_include_are_read_too() -> None:
    files = {**_environment("-r requirements.txt"), "requirements.txt": "-r base.txt\n", "base.txt": "flask\n"}
    assert read("conda env create", files) == ["base.txt", "environment.yml", "requirements.txt"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-e .", "has pip read -e ."),
        ("./lib", "has pip read ./lib"),
        ("-r missing.txt", "missing.txt is not among"),
    ],
)
def test_what_the_pip_part_takes_from_the_project_is_told(line: str, words: str) -> None:
    assert words in problem("conda env create", _environment(line))


def test_index_of_the_pip_part_is_no_file() -> None:
    files = _environment("--extra-index-url https://download.pytorch.org/whl/cpu", "torch")
    assert read("conda env create", files) == ["environment.yml"]


def test_package_by_name_reads_nothing() -> None:
    install = the_install("conda install -y numpy", APP)
    assert (install.by_name, install.reads) == (True, {})


def test_missing_environment_file_is_told() -> None:
    assert "not among" in problem("conda env create -f other.yml", APP)


def test_pixi_reads_manifest_and_lock_file_and_fills_its_folder() -> None:
    assert read("pixi install --locked", PIXI) == ["pixi.lock", "pixi.toml"]
    assert the_install("pixi install", PIXI).fills == ("/app/.pixi",)


def test_lock_file_that_pixi_demands_and_that_is_not_there_is_told() -> None:
    assert "pixi.lock is not among" in problem("pixi install --locked", {"pixi.toml": "", "main.py": ""})


def test_pixi_that_installs_the_project_needs_the_source() -> None:
    manifest = '[project]\nname = "app"\n[pypi-dependencies]\napp = { path = ".", editable = true }\n'
    assert "installs . from the project" in problem("pixi install", {**PIXI, "pixi.toml": manifest})
