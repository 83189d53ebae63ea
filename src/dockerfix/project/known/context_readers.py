"""Access to data/context_readers.toml: who reads files of a build context without naming them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.tables import table

__all__ = ["any_of", "reader_data", "reader_names"]

_FILE = Path(__file__).parents[1] / "data" / "context_readers.toml"


@cache
def reader_data(table: str) -> Mapping[str, Any]:
    """A table of the data file."""
    rows: Mapping[str, Any] = _tables()[table]
    return rows


@cache
def reader_names(table: str, key: str) -> frozenset[str]:
    """A list of the data file."""
    return frozenset(reader_data(table)[key])


@cache
def _tables() -> Mapping[str, Any]:
    return table(_FILE)


def any_of(names: Iterable[str]) -> str:
    """A pattern for one of some names, the longest first."""
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))) + ")"
