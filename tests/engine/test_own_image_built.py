"""The image of dockerfix itself, built from the repository and used as its documentation says."""

import json
from pathlib import Path

import pytest
from docker_engine import Engine

ROOT = Path(__file__).parents[2]
BEFORE = "FROM python:3.12-slim\nRUN pip install flask\n"


@pytest.fixture(scope="module")
def tag(engine: Engine) -> str:
    return engine.build(ROOT).tag


def test_it_checks_a_folder_without_being_root(engine: Engine, tag: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BEFORE)
    tmp_path.chmod(0o755)
    assert engine.inspect(tag).user == "app"
    run = ("run", "--rm", "--network=none", "--volume", f"{tmp_path}:/work:ro", tag, "--format", "json")
    done = engine.docker(*run, check=False)
    assert done.returncode == 1
    assert "DF301" in [finding["code"] for finding in json.loads(done.stdout)["files"][0]["findings"]]


def test_it_knows_every_forge_and_has_git(engine: Engine, tag: str) -> None:
    imports = "import httpx, jwt, subprocess; print(subprocess.check_output(['git', '--version'], text=True))"
    run = ("run", "--rm", "--network=none", "--entrypoint", "/opt/dockerfix/bin/python", tag, "-c", imports)
    assert engine.docker(*run).stdout.startswith("git version")
