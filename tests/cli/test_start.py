"""Starting fast: which modules are loaded, by name, not by seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import PIP, PIP_REPAIRED

HEAVY = {"rich", "tree_sitter", "tree_sitter_bash", "libcst", "packaging", "yaml", "e2b_dockerfile_utils"}


def loaded(*arguments: str, folder: Path | None = None) -> set[str]:
    """The top-level packages that a Python process imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_the_package_alone_loads_nothing() -> None:
    assert not loaded("-c", "import dockerfix") & {*HEAVY, "typer", "dataclasses"}


def test_the_command_line_loads_nothing_heavy() -> None:
    assert not loaded("-c", "import dockerfix.cli") & HEAVY


@pytest.mark.parametrize(
    "command", ["repair.command", "rule", "debug", "setup.command", "completion", "calling", "meant"]
)
def test_a_commands_options_load_nothing_heavy(command: str) -> None:
    assert not loaded("-c", f"import dockerfix.cli.{command}") & HEAVY


@pytest.mark.parametrize("option", ["--help", "--version", "--no-such-option"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    assert not loaded("-m", "dockerfix", option) & HEAVY


@pytest.mark.parametrize("text", [PIP, PIP_REPAIRED])
def test_a_check_without_a_terminal_needs_neither_rich_nor_libcst(tmp_path: Path, text: str) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    found = loaded("-m", "dockerfix", "--select=DF301", folder=tmp_path)
    assert "tree_sitter" in found
    assert not found & {"rich", "libcst", "multiprocessing", "asyncio"}


def test_a_plain_check_loads_no_parser_of_command_lines_and_few_modules(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(PIP)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dockerfix", "--check", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert not {name.partition(".")[0] for name in names} & {"typer", "pydantic", "click"}
    assert len([name for name in names if name.startswith("dockerfix.")]) <= 400
