"""`templates/gitlab-ci.yml`: judged by the schema of GitLab CI, and the line that makes the report run for real."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

TEMPLATE = Path(__file__).parents[2] / "templates" / "gitlab-ci.yml"
BIN = Path(sys.executable).parent
JOBS: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text())


def test_it_is_valid_by_its_schema() -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", TEMPLATE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "found", "passes"),
    [("RUN pip install flask", ["DF301"], True), ("RUN true", [], True), ("RNU true", ["dockerfix"], False)],
)
def test_repairs_do_not_fail_the_job_and_errors_do(tmp_path: Path, text: str, found: list[str], passes: bool) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.12-slim\n{text}\n")
    (line,) = JOBS["dockerfix:check"]["script"]
    line = line.replace("/opt/dockerfix/bin", str(BIN))
    done = subprocess.run(["sh", "-ec", line], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode == 0) is passes
    report = json.loads((tmp_path / "gl-code-quality-report.json").read_text())
    assert [issue["check_name"] for issue in report] == found


@pytest.mark.parametrize(("commit", "code"), [("", 2), ("main", 2), ("0123456789abcdef0123456789abcdef01234567", 0)])
def test_only_a_commit_of_a_named_repository_is_installed(commit: str, code: int) -> None:
    line = JOBS[".dockerfix"]["before_script"][0]
    known = {"DOCKERFIX_REPOSITORY": "x", "DOCKERFIX_COMMIT": commit}
    done = subprocess.run(["/bin/sh", "-c", line], env=known, capture_output=True, timeout=60, check=False)
    assert done.returncode == code


def test_what_is_installed_never_sees_the_token() -> None:
    lines = [line for line in JOBS[".dockerfix"]["before_script"] if "pip install" in line]
    assert lines
    assert all(line.startswith("env -u GITLAB_TOKEN ") for line in lines)
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in lines)
