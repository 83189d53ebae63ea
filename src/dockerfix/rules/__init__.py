"""The rules, one file each; found by walking this package."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from dockerfix.rule import Rule

__all__ = ["all_rules"]


@cache
def all_rules() -> tuple[type[Rule], ...]:
    """Every rule class, by code. A new file below this package is found without being listed anywhere."""
    found: dict[str, type[Rule]] = {}
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.name:
                found[value.code] = value
    return tuple(found[code] for code in sorted(found))
