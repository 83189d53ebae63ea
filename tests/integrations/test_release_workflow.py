"""The workflow that makes a release, judged by the schema of workflows and by zizmor."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github" / "workflows" / "release.yml"
BIN = Path(sys.executable).parent


def test_the_schema_of_workflows_accepts_it() -> None:
    words = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", FILE]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing() -> None:
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", FILE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_image_is_built_for_two_platforms_with_its_sbom() -> None:
    steps = yaml.safe_load(FILE.read_text())["jobs"]["image"]["steps"]
    built = next(step["with"] for step in steps if step.get("uses", "").startswith("docker/build-push-action@"))
    assert built["platforms"] == "linux/amd64,linux/arm64"
    assert (built["sbom"], built["provenance"]) == (True, "mode=max")


def test_the_release_page_names_the_image_by_its_digest() -> None:
    page = yaml.safe_load(FILE.read_text())["jobs"]["page"]
    assert "needs.image.outputs.digest" in page["steps"][-1]["env"]["IMAGE"]
