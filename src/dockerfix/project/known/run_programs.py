"""Programs of which it is known that they run as any user and write nowhere unexpected, from `data/programs.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from dockerfix.project.known.build_packages import build_packages
from dockerfix.project.known.privileges import is_quiet_program, needs_root

__all__ = ["is_known_package", "is_ordinary_program", "is_plain_program", "keeps_home"]

_VERSION = re.compile(r"-?\d[\d.]*\Z")


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = tomllib.loads(files("dockerfix.project").joinpath("data/programs.toml").read_text("utf-8"))
    return data


@cache
def _words(table: str, key: str) -> frozenset[str]:
    return frozenset(_data()[table][key].split())


def _record(name: str) -> dict[str, Any] | None:
    """The record of a program, a version behind its name taken off: `gcc-12`, `python3.12`."""
    found: dict[str, Any] | None = _data()["program"].get(name) or _data()["program"].get(_VERSION.sub("", name))
    return found


def is_plain_program(name: str) -> bool:
    """Whether a program, or a word of the shell, writes nothing but where its words say."""
    return name in _words("plain", "words") or is_quiet_program(name)


def is_ordinary_program(name: str) -> bool:
    """Whether a program runs as any user, and writes only where it is told, where it works, at home and to /tmp."""
    return _record(name) is not None


def keeps_home(name: str) -> bool:
    """Whether an ordinary program keeps something in the home folder."""
    record = _record(name)
    return record is not None and bool(record.get("home"))


@cache
def _packages() -> frozenset[str]:
    records = _data()["program"].items()
    named = {package for name, record in records for package in (name, *record.get("packages", ()))}
    return frozenset(named) | _words("packages", "names") | build_packages().commands.keys()


def is_known_package(name: str) -> bool:
    """Whether none of the programs that a package of the system brings needs root or writes anywhere unexpected."""
    if needs_root(name):
        return False
    beginnings, endings = _words("packages", "beginnings"), _words("packages", "endings")
    known = name in _packages() or _VERSION.sub("", name) in _packages() or is_plain_program(name)
    return known or name.startswith(tuple(beginnings)) or name.endswith(tuple(endings))
