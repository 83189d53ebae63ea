"""What is known of programs that serve while somebody develops: data/dev_servers.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dockerfix.frozen import frozen

__all__ = ["DevServer", "dev_server"]

_FILE = Path(__file__).parents[1] / "data" / "dev_servers.toml"


@frozen
class DevServer:
    """One program; `verbs` are the subcommands that serve, "" the program alone. `program` takes the same words."""

    name: str
    verbs: tuple[str, ...]
    instead: str
    program: str = ""


@cache
def dev_server(name: str | None) -> DevServer | None:
    """The record of a program; None where there is none."""
    return _servers().get(name or "")


@cache
def _servers() -> Mapping[str, DevServer]:
    rows = tomllib.loads(_FILE.read_text("utf-8")).items()
    return {name: DevServer(name, tuple(row["verbs"]), row["instead"], row.get("program", "")) for name, row in rows}
