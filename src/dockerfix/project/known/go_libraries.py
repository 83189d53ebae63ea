"""What is known of Go modules: which write nothing of their own, and which functions write to what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dockerfix.frozen import frozen
from dockerfix.tables import table

__all__ = ["GoLibrary", "go_library"]

_FILE = Path(__file__).parents[1] / "data" / "go_modules.toml"


@frozen
class GoLibrary:
    """A module of which it is known where it writes: only where one of these is told to.

    `functions` and `methods` come with the argument that names the file, `fields` are members of its structs that do;
    what is `doubtful` writes to a place of its own. `kind` is that of the writes: `open`, `sqlite`, `folder` or `log`.
    """

    package: str
    functions: Mapping[str, int]
    methods: Mapping[str, int]
    fields: tuple[str, ...]
    doubtful: tuple[str, ...]
    kind: str

    def argument(self, name: str) -> int | None:
        """Which argument of a call is written to: of "PACKAGE.Function" or ".Method"; None for none."""
        package, _, function = name.rpartition(".")
        if package:
            return self.functions.get(function) if package == self.package else None
        return self.methods.get(function)


@cache
def go_library(package: str) -> GoLibrary | None:
    """The record of the module that a package belongs to, whatever its major version; None where there is none."""
    rows = _rows()
    name = package
    while "/" in name:
        if name in rows:
            return _library(package, rows[name])
        plain = _without_version(name)
        if plain in rows:
            return _library(package, rows[plain])
        name = name.rpartition("/")[0]
    return None


def _without_version(name: str) -> str:
    """A module path without its major version: `…/echo/v4`, `gopkg.in/yaml.v3`."""
    above, _, last = name.rpartition("/")
    if last[:1] == "v" and last[1:].isdigit():
        return above
    stem, dot, version = last.rpartition(".v")
    return f"{above}/{stem}" if dot and version.isdigit() and above else name


def _library(package: str, row: Mapping[str, object]) -> GoLibrary:
    return GoLibrary(
        package,
        _numbers(row.get("functions")),
        _numbers(row.get("methods")),
        _words(row.get("fields")),
        _words(row.get("doubtful")),
        str(row.get("kind", "open")),
    )


def _numbers(value: object) -> Mapping[str, int]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


@cache
def _rows() -> Mapping[str, Mapping[str, object]]:
    data = table(_FILE)
    plain: dict[str, Mapping[str, object]] = {name: {} for group in data["nothing"].values() for name in group}
    told: Mapping[str, Mapping[str, object]] = data["writes"]
    return {**plain, **told}
