"""What is known of distributions on the package index, from `data/python_distributions.json`: wheels and needs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockerfix.frozen import frozen
from dockerfix.project.releases.python_packages import minor_key

if TYPE_CHECKING:
    from packaging.version import Version

__all__ = ["DATA", "Distribution", "distribution"]

DATA = Path(__file__).parents[1] / "data" / "python_distributions.json"


@frozen
class Distribution:
    """One distribution, by its normalised name.

    Attributes:
        wheels: by Python, from each named on ("3.8"), the lowest release seen with wheels, "-" for none; empty where
            every release is Python alone.
        everywhere: whether there are wheels for ARM too.
        asks: shared libraries of the system that its wheel loads and slim lacks; None where nobody looked.
        needs, extras: what its newest release requires, and what each extra adds, `name` or `name[extra,…]`.
        once: what older releases required besides.
    """

    name: str
    wheels: tuple[tuple[str, str], ...]
    everywhere: bool
    asks: tuple[str, ...] | None
    needs: tuple[str, ...]
    once: tuple[str, ...]
    extras: dict[str, tuple[str, ...]]

    def has_wheel(self, minor: str, limit: tuple[Version, bool] | None = None) -> bool | None:
        """Whether pip finds a wheel, or nothing but Python; None where no release was seen that shows it.

        Args:
            minor: the Python version.
            limit: the highest version that counts and whether it does itself (`upper_bound`); None for the newest.
        """
        from packaging.version import Version

        if not self.wheels:
            return True
        lowest = next((low for since, low in reversed(self.wheels) if minor_key(since) <= minor_key(minor)), "-")
        if lowest == "-":
            return None
        if limit is None:
            return True
        return True if Version(lowest) < limit[0] or (limit[1] and Version(lowest) == limit[0]) else None


@cache
def distribution(name: str) -> Distribution | None:
    """What is known of a distribution; None where nobody looked."""
    row = _rows().get(name)
    if row is None:
        return None
    return Distribution(
        name=name,
        wheels=tuple((since, low) for since, _, low in (one.partition(":") for one in row.get("wheels", "").split())),
        everywhere="only" not in row,
        asks=() if "wheels" not in row else tuple(row["asks"]) if "asks" in row else None,
        needs=tuple(row.get("needs", ())),
        once=tuple(row.get("once", ())),
        extras={extra: tuple(listed) for extra, listed in row.get("extras", {}).items()},
    )


@cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = json.loads(DATA.read_text("utf-8"))["distributions"]
    return rows
