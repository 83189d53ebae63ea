"""The hooks of `.pre-commit-hooks.yaml`, installed and run by pre-commit from a clone of this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dockerfix.project.context.discovery import _NO_DOCKERFILE, _SOURCE_CODE, is_dockerfile_name

ROOT = Path(__file__).parents[2]
PRE_COMMIT = Path(sys.executable).parent / "pre-commit"
BEFORE = "FROM python:3.12-slim\nRUN pip install flask\n"
AFTER = "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=A Person", "-c", "user.email=person@example.org", "-c", "safe.directory=*"]
    done = subprocess.run(["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pre-commit installs, once for these tests."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository."""
    clone = tmp_path_factory.mktemp("hooks") / "dockerfix"
    git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    return clone


@pytest.fixture
def project(tmp_path: Path, hooks: Path) -> Path:
    """A repository that uses the hook `dockerfix`, with one Dockerfile to repair."""
    (tmp_path / "Dockerfile").write_text(BEFORE)
    (tmp_path / "notes.txt").write_text("RUN pip install flask\n")
    configure(tmp_path, hooks, "dockerfix")
    git(tmp_path, "init", "--quiet", ".")
    git(tmp_path, "add", ".")
    return tmp_path


def configure(project: Path, hooks: Path, hook: str) -> None:
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git(hooks, 'rev-parse', 'HEAD')}\n  hooks:\n  - id: {hook}\n"
    )


def ran(project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "PIP_NO_COMPILE": "1"}
    for name in [name for name in environment if name.startswith(("GIT_", "PYTHONPYCACHEPREFIX"))]:
        del environment[name]
    return subprocess.run(
        [PRE_COMMIT, "run", "--all-files", "--color=never"],
        cwd=project, env=environment, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip


def test_the_manifest_is_valid() -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    subprocess.run([PRE_COMMIT, "validate-manifest", manifest], check=True, timeout=60, capture_output=True)


def names() -> list[str]:
    """Dockerfiles, and what only looks like one."""
    endings = [*sorted(_NO_DOCKERFILE | _SOURCE_CODE), "prod", "dev.x", "alpine"]
    named = [f"{name}.{end}" for name in ("Dockerfile", "dockerfile", "Containerfile") for end in endings]
    return [
        *named,
        "Dockerfile",
        "containerfile",
        "api.Dockerfile",
        "x.dockerfile",
        "Dockerfile~",
        "Dockerfile-dev",
        "a.py",
    ]


def test_the_hooks_take_the_files_that_dockerfix_finds() -> None:
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        taken = [n for n in names() if re.search(hook["files"], f"a/{n}") and not re.search(hook["exclude"], f"a/{n}")]
        assert taken == [name for name in names() if is_dockerfile_name(name)]


def test_the_hook_repairs_and_then_passes(project: Path, home: Path) -> None:
    first = ran(project, home)
    assert (first.returncode, "files were modified by this hook" in first.stdout) == (1, True), first.stdout
    assert (project / "Dockerfile").read_text() == AFTER
    git(project, "add", ".")
    second = ran(project, home)
    assert second.returncode == 0, second.stdout
    assert (project / "notes.txt").read_text() == "RUN pip install flask\n"


def test_the_checking_hook_changes_nothing(project: Path, home: Path, hooks: Path) -> None:
    configure(project, hooks, "dockerfix-check")
    done = ran(project, home)
    assert (done.returncode, "DF301 pip-cache-kept" in done.stdout) == (1, True), done.stdout
    assert (project / "Dockerfile").read_text() == BEFORE
