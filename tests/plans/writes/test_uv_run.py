"""`uv run` as the start, run by somebody who does not own the environment."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.plans.writes.written import Writes
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse

PLAIN = {"pyproject.toml": '[project]\nname = "x"\nversion = "1"\n', "app.py": "", "uv.lock": ""}
PACKAGE = {**PLAIN, "pyproject.toml": f'{PLAIN["pyproject.toml"]}[build-system]\nrequires = ["hatchling"]\n'}
DOUBT = ("uv run may bring its environment up to date at each start, which belongs to root",)


def writes(sync: str, run: str, files: Mapping[str, str] = PLAIN, env: str = "") -> Writes:
    text = f"FROM python:3.12-slim\nWORKDIR /app\n{env}COPY . .\nRUN {sync}\nCMD {run}\n"
    model = image(parse(text), BuildContext.of_files(files))
    stage = model.final
    assert stage is not None
    start = started(model, stage)
    assert start is not None
    return start_writes(start, model, stage)


@pytest.mark.parametrize(
    ("sync", "run"),
    [
        ("uv sync", "uv run app.py"),
        ("uv sync --frozen --no-cache", "uv run app.py"),
        ("uv sync --frozen --no-dev", "uv run --no-dev app.py"),
        ("uv sync --extra web --no-dev", "uv run --no-dev --extra web app.py"),
        ("uv sync --no-dev", "uv run --no-sync app.py"),
        ("uv sync && uv sync --no-dev", "uv run --locked --no-dev python app.py"),
    ],
)
def test_environment_that_is_left_alone(sync: str, run: str) -> None:
    assert writes(sync, run).doubts.texts == ()


@pytest.mark.parametrize(
    ("sync", "run"),
    [
        ("uv sync --no-dev", "uv run app.py"),
        ("uv sync --frozen --no-dev", "uv run --frozen app.py"),
        ("uv sync", "uv run --extra web app.py"),
        ("uv sync --no-install-project", "uv run app.py"),
        ("uv sync", "uv run --with httpx app.py"),
        ("UV_NO_DEV=1 uv sync", "uv run app.py"),
        ("uv sync $MORE", "uv run app.py"),
        ("uv pip install --system -r x.txt", "uv run app.py"),
    ],
)
def test_environment_that_may_be_changed(sync: str, run: str) -> None:
    assert writes(sync, run).doubts.texts == DOUBT


def test_package_is_installed_anew_when_it_looks_newer() -> None:
    assert writes("uv sync", "uv run app.py", PACKAGE).doubts.texts == DOUBT
    assert writes("uv sync", "uv run --no-sync app.py", PACKAGE).doubts.texts == ()


@pytest.mark.parametrize("env", ["ENV UV_NO_SYNC=1\n", "ENV UV_NO_SYNC=true UV_NO_DEV=1\n"])
def test_setting_for_all_runs(env: str) -> None:
    assert writes("uv sync --no-dev", "uv run app.py", env=env).doubts.texts == ()


def test_setting_that_holds_for_both() -> None:
    assert writes("uv sync", "uv run app.py", env="ENV UV_NO_DEV=1\n").doubts.texts == ()


def test_cache_lies_in_the_home_folder() -> None:
    assert writes("uv sync", "uv run app.py").home == ["uv's cache"]
    assert writes("uv sync", "uv run --no-cache app.py").home == []


def test_cache_that_the_build_fills_is_roots() -> None:
    found = writes("uv sync", "uv run app.py", env="ENV UV_CACHE_DIR=/tmp/uv\n")
    assert found.home == []
    assert found.doubts.texts == ("UV_CACHE_DIR is /tmp/uv, where the build may have put files as root",)
