"""`action.yml`: judged by zizmor and by the schema of GitHub's actions, and its steps run for real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
BIN = Path(sys.executable).parent
STEPS: list[dict[str, Any]] = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
DOCKERFILE = "FROM python:3.12-slim\nRUN pip install flask\n"


def judged(*words: str) -> None:
    done = subprocess.run([BIN / words[0], *words[1:]], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def ran(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The last step, in a checkout."""
    (step,) = (step for step in STEPS if step["name"] == "Run dockerfix")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "DOCKERFIX": str(BIN / "dockerfix"),
        "MODE": "check", "ARGS": "", "FAIL": "true", "FROM_FORK": "false", "DOCKERFIX_TOKEN": "",
    } | variables  # fmt: skip
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]  # as the runner starts it
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def test_it_is_valid_by_its_schema() -> None:
    judged("check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ACTION))


def test_zizmor_finds_nothing() -> None:
    judged("zizmor", "--offline", "--persona", "pedantic", "--no-progress", str(ACTION))


def test_actions_of_others_are_pinned_by_hash() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in used)


def test_no_expression_is_part_of_a_script() -> None:
    assert not [step["name"] for step in STEPS if "${{" in step.get("run", "")]


def test_the_first_step_refuses_pull_request_target() -> None:
    assert STEPS[0]["if"] == "github.event_name == 'pull_request_target'"
    done = subprocess.run(["bash", "-c", STEPS[0]["run"]], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("::error title=dockerfix::")


def test_a_repair_is_an_annotation_and_fails_the_job(checkout: Path) -> None:
    done = ran(checkout)
    assert done.returncode == 1
    assert "::warning file=Dockerfile,line=2," in done.stdout


def test_the_job_may_pass_all_the_same(checkout: Path) -> None:
    done = ran(checkout, FAIL="false")
    assert done.returncode == 0
    assert "::warning file=Dockerfile,line=2," in done.stdout


def test_an_error_fails_the_job_always(checkout: Path) -> None:
    (checkout / "Dockerfile").write_text("FORM python\n")
    assert ran(checkout, FAIL="false").returncode == 2


def test_options_are_words_and_no_shell(checkout: Path) -> None:
    done = ran(checkout, ARGS="--select DF401 $(touch${IFS}owned)")
    assert done.returncode == 2
    assert not (checkout / "owned").exists()


def test_a_fork_gets_annotations_instead_of_a_review(checkout: Path) -> None:
    done = ran(checkout, MODE="review", FROM_FORK="true", ARGS="--limit 3", DOCKERFIX_TOKEN="x")
    assert done.returncode == 0
    assert "::warning file=Dockerfile,line=2," in done.stdout


def test_an_unknown_mode_is_an_error(checkout: Path) -> None:
    done = ran(checkout, MODE="fix")
    assert done.returncode == 2
    assert "check, review or pr" in done.stdout


def test_a_module_of_the_repository_is_not_imported(checkout: Path) -> None:
    for name in ("typer", "json", "dockerfix", "sitecustomize"):
        (checkout / f"{name}.py").write_text("open('owned', 'w')\n")
    ran(checkout)
    assert not (checkout / "owned").exists()


def test_it_installs_itself_from_where_it_lies(tmp_path: Path) -> None:
    (step,) = (step for step in STEPS if step["name"] == "Install dockerfix")
    home = tmp_path / "dockerfix"
    environment = {**os.environ, "PYTHON": sys.executable, "SOURCE": str(ROOT), "HOME_OF_DOCKERFIX": str(home)}
    environment["PIP_NO_COMPILE"] = "1"  # most of what it installs is never imported here
    subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=environment, check=True, timeout=400)
    for command in ("pr", "review"):
        done = subprocess.run(
            [home / "bin" / "dockerfix", command, "--help"], capture_output=True, timeout=60, check=True
        )
        assert b"--dry-run" in done.stdout
    imported = [home / "bin" / "python", "-c", "import httpx, jwt, dockerfix; print(dockerfix.__file__)"]
    done = subprocess.run(imported, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith(str(home))


def test_what_is_installed_is_locked_and_comes_before_the_token() -> None:
    (number,) = (number for number, step in enumerate(STEPS) if "pip install" in step.get("run", ""))
    lines = [line for line in STEPS[number]["run"].splitlines() if "${pip[@]}" in line]
    assert lines
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in lines)
    assert not [step for step in STEPS[: number + 1] if "token" in str(step.get("env", "")).lower()]


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_workflows_are_valid_and_zizmor_finds_nothing() -> None:
    assert WORKFLOWS
    judged("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS))
    judged("zizmor", "--offline", "--persona", "pedantic", "--no-progress", *map(str, WORKFLOWS))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_pin_what_they_use(workflow: Path) -> None:
    used = re.findall(r"uses: (\S+)", workflow.read_text())
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", name) for name in used)
