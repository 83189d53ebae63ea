"""What is known to leave the home folder alone, from `data/home.toml`; of anything else nothing is known."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.tables import table

__all__ = ["is_free_command", "is_free_module", "is_free_program", "is_free_tool", "only_by"]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = table(Path(__file__).parents[1] / "data" / "home.toml")
    return data


@cache
def _names(*way: str) -> frozenset[str]:
    found: Any = _data()
    for key in way:
        found = found[key]
    return frozenset(found["free"].split())


def is_free_module(name: str) -> bool:
    """Whether code of this module of Python, by its top name, neither fills nor searches the home folder."""
    return name in sys.stdlib_module_names or name in _names("python")


def only_by(name: str) -> str | None:
    """The beginning of the names of the calls by which alone a module fills the home folder; None for any call."""
    found: str | None = _data()["python"]["only_by"].get(name)
    return found


def is_free_tool(name: str) -> bool:
    """Whether `python -m NAME` leaves the home folder alone."""
    return name in sys.stdlib_module_names or name in _names("python", "tools") or name in _names("python")


def is_free_command(word: str) -> bool:
    """Whether a subcommand of a project's own tool, such as manage.py, leaves the home folder alone."""
    return word in _names("commands")


def is_free_program(name: str) -> bool:
    """Whether a program leaves the home folder alone, mere caches aside."""
    return name in _names("programs")
