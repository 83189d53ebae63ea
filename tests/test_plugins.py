"""Rules of other packages: how they are found, what is refused, and that the worked example passes its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_PLUGIN = Path(__file__).parents[1] / "examples" / "plugin"


def _installed(folder: Path, entry: str, name: str = "acme_rules") -> None:
    """What an installer writes beside a package: its metadata with one entry point."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[dockerfix.rules]\nacme = {entry}\n")


def _run(*words: str, paths: tuple[Path, ...]) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return subprocess.run(
        [sys.executable, "-P", *words], capture_output=True, text=True, env=env, cwd=paths[0], timeout=120, check=False
    )


def _entry() -> str:
    points = tomllib.loads((_PLUGIN / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    entry: str = points["dockerfix.rules"]["acme"]
    return entry


def test_the_worked_example_passes_its_own_tests(tmp_path: Path) -> None:
    _installed(tmp_path, _entry())
    tests = str(_PLUGIN / "tests")
    done = _run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, tests, paths=(tmp_path, _PLUGIN / "src")
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_the_command_line_tells_of_the_rule(tmp_path: Path) -> None:
    _installed(tmp_path, _entry())
    done = _run("-m", "dockerfix", "rule", "ACME101", paths=(tmp_path, _PLUGIN / "src"))
    assert "internal-registry" in done.stdout


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("X = 1\n", "is no rule of dockerfix"),
        ("raise RuntimeError('no database')\n", "no database"),
        ("from dockerfix.rule import Rule\nclass X(Rule):\n    pass\n", "without code and name"),
        (
            "from dockerfix.rule import Rule\nclass X(Rule):\n    code = 'DF301'\n    name = 'mine'\n",
            "DF301 mine is taken by",
        ),
    ],
)
def test_what_is_no_rule_is_refused_in_one_line(tmp_path: Path, code: str, said: str) -> None:
    _installed(tmp_path, "bad_rules", "bad_rules")
    (tmp_path / "bad_rules.py").write_text(code)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    done = _run("-m", "dockerfix", "Dockerfile", paths=(tmp_path,))
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
