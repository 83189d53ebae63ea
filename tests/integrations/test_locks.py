"""`locks/`: what the action, the templates and our image install."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NEEDED = {
    "bot.txt": PROJECT["project"]["dependencies"]
    + [
        line for extra in ("forgejo", "github", "gitlab") for line in PROJECT["project"]["optional-dependencies"][extra]
    ],
    "build.txt": PROJECT["build-system"]["requires"],
    "uv.txt": ["uv"],
}


def pins(name: str) -> dict[str, list[str]]:
    """The requirements of a lock file, each with its hashes."""
    text = (ROOT / "locks" / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.partition(" --hash")[0].strip(): re.findall(r"--hash=sha256:[0-9a-f]{64}", line) for line in lines}


@pytest.mark.parametrize("name", NEEDED)
def test_every_version_is_exact_and_has_its_hashes(name: str) -> None:
    assert pins(name)
    for requirement, hashes in pins(name).items():
        (specifier,) = Requirement(requirement).specifier
        assert specifier.operator == "=="
        assert hashes, requirement


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_locked_in_a_version_that_fits(name: str) -> None:
    """Where this fails: `python tools/lock.py`."""
    locked = {one.name: next(iter(one.specifier)).version for one in map(Requirement, pins(name))}
    for one in map(Requirement, NEEDED[name]):
        assert one.specifier.contains(Version(locked[one.name]), prereleases=True), one


def test_no_lock_names_an_index() -> None:
    assert not [name for name in NEEDED if "://" in (ROOT / "locks" / name).read_text()]
