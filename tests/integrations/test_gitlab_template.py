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


def test_a_package_of_unknown_origin_is_not_installed() -> None:
    line = JOBS[".dockerfix"]["before_script"][0]
    assert subprocess.run(["sh", "-c", line], capture_output=True, timeout=60, check=False).returncode == 2
    known = {"DOCKERFIX_SOURCE": "x"}
    assert (
        subprocess.run(["/bin/sh", "-c", line], env=known, capture_output=True, timeout=60, check=False).returncode == 0
    )
