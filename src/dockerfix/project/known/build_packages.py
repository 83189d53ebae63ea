"""Packages that are there to build others: what they are called by, and which libraries come with them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from dockerfix.frozen import frozen

__all__ = ["LIBRARIES", "BuildPackages", "build_packages", "libraries_of"]

_FOLDER = Path(str(files("dockerfix.project").joinpath("data")))
LIBRARIES = _FOLDER / "debian_libraries.json"


@frozen(eq=False)
class BuildPackages:
    """The data file.

    `commands` are, by package, what it is called by. `at_run_time` are Python packages that call a compiler when they
    are used; `harmless` programs compile nothing. `in_slim` are libraries that Python's slim images have.
    """

    commands: Mapping[str, frozenset[str]]
    at_run_time: frozenset[str]
    harmless: frozenset[str]
    in_slim: frozenset[str]


@cache
def build_packages() -> BuildPackages:
    """What is known of compilers and what belongs to them."""
    data = tomllib.loads((_FOLDER / "build_packages.toml").read_text("utf-8"))
    commands = {name: frozenset(text.split()) for name, text in data["package"].items()}
    run, harmless, there = data["at_run_time"]["names"], data["harmless"]["commands"], data["in_slim"]["libraries"]
    return BuildPackages(commands, frozenset(run.split()), frozenset(harmless.split()), frozenset(there.split()))


@cache
def _libraries() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = json.loads(LIBRARIES.read_text("utf-8"))["releases"]
    return found


def libraries_of(package: str, release: str) -> tuple[str, ...] | None:
    """The libraries that a -dev package brings on a release of Debian ("trixie"); None where they are not known."""
    found = _libraries().get(release, {}).get(package)
    return None if found is None else tuple(found)
