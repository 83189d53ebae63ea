"""The rules, one file each; found by walking this package. Other packages bring more by an entry point."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from dockerfix import looks
from dockerfix.errors import UsageError
from dockerfix.rule import Rule

__all__ = ["GROUP", "all_rules", "own_rules"]

GROUP = "dockerfix.rules"  # entry points of packages with rules: each names a rule class, or a module that holds some


@cache
def all_rules() -> tuple[type[Rule], ...]:
    """Every rule class, by code: our own, and those of the packages that are installed beside dockerfix.

    Raises:
        UsageError: an installed package names what is no rule, or a code or name that another rule has.
    """
    found = {rule.code: rule for rule in own_rules()}
    names = {rule.name: rule for rule in own_rules()}
    for point in entry_points(group=GROUP):
        looks.given_up()  # what such a package reads, its own text among it, is not noted
        for rule in _of_package(point):
            taken = found.get(rule.code) or names.get(rule.name)
            if taken is not None and taken is not rule:
                raise UsageError(f"{point.value}: {rule.code} {rule.name} is taken by {taken.__module__}")
            found[rule.code] = names[rule.name] = rule
    return tuple(found[code] for code in sorted(found))


@cache
def own_rules() -> tuple[type[Rule], ...]:
    """The rules of dockerfix itself. A new file below this package is found without being listed anywhere."""
    found: dict[str, type[Rule]] = {}
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.name:
                found[value.code] = value
    return tuple(found[code] for code in sorted(found))


def _of_package(point: EntryPoint) -> Iterator[type[Rule]]:
    """The rules that an entry point names."""
    try:
        loaded = point.load()
    except Exception as error:  # whatever the package's own code raises
        raise UsageError(f"the rules {point.value} cannot be loaded ({type(error).__name__}: {error})") from error
    values = [loaded] if isinstance(loaded, type) else [*vars(loaded).values()]
    rules = [one for one in values if isinstance(one, type) and issubclass(one, Rule) and one is not Rule]
    if not rules or any(not getattr(rule, "code", "") or not getattr(rule, "name", "") for rule in rules):
        raise UsageError(f"{point.value} is no rule of dockerfix, or one without code and name")
    yield from rules
