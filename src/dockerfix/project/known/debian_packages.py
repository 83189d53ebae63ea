"""What packages of Debian bring, what they are recommended for, and which are gone, by release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.frozen import frozen
from dockerfix.tables import table

__all__ = ["DATA", "DebianPackage", "DebianRelease", "Gone", "Recommended", "debian_release", "gone", "recommended"]

_FOLDER = Path(__file__).parents[1] / "data"
DATA = _FOLDER / "debian_packages.json"


@frozen
class DebianPackage:
    """One package of one release, on top of what the official image has.

    `recommended` is what comes along only because Recommends are installed too, these packages' own ones included, None
    where that is too much to be looked through; `kilobytes` is what it takes. `brings` are those of a few packages
    that rules ask for (libc6-dev, libgomp1, ca-certificates) which come in either case.
    """

    name: str
    recommended: tuple[str, ...] | None
    kilobytes: int
    brings: tuple[str, ...] = ()


@frozen(eq=False)
class DebianRelease:
    """The packages that are known of a release; `missing` are names that apt finds nothing for, or several packages."""

    name: str
    packages: Mapping[str, DebianPackage]
    missing: frozenset[str]


@frozen
class Recommended:
    """What a recommended package is there for.

    `commands` are what it is called by; without any, nothing calls it. `needed_by` are packages that do not work as
    people expect without it, "*" for any; beside others nothing of a container asks for it. `is_library` tells that a
    program may load it where it finds it.
    """

    name: str
    commands: tuple[str, ...] = ()
    needed_by: frozenset[str] = frozenset()
    is_library: bool = False


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


@cache
def debian_release(suite: str) -> DebianRelease | None:
    """What is known of a release by its name ("trixie"); None for others than the data file has."""
    row = _data()["releases"].get(suite)
    if row is None:
        return None
    packages = {
        name: DebianPackage(name, _names(one["recommended"]), one["kilobytes"], tuple(one.get("brings", ())))
        for name, one in row["packages"].items()
    }
    return DebianRelease(suite, packages, frozenset(row["missing"]))


def _names(found: list[str] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(found)


@cache
def recommended() -> Mapping[str, Recommended]:
    """What is known of recommended packages, by name; of others nobody looked."""
    rows = table(_FOLDER / "recommended.toml")
    found = {name: Recommended(name) for name in rows["idle"]["names"].split()}
    found |= {name: Recommended(name, is_library=True) for name in rows["library"]["names"].split()}
    for name, row in rows["package"].items():
        needed = frozenset(row.get("needed_by", "").split())
        found[name] = Recommended(name, tuple(row.get("commands", "").split()), needed)
    return found


@frozen
class Gone:
    """What became of a package: `to` does the same, or nothing is missed where nobody calls one of `unused`."""

    to: str = ""
    unused: tuple[str, ...] = ()


@cache
def gone() -> Mapping[str, Gone]:
    """What became of packages that a newer release lacks, by their old name."""
    rows = table(_FOLDER / "renamed_packages.toml")
    return {name: Gone(row.get("to", ""), tuple(row.get("unused", "").split())) for name, row in rows.items()}
