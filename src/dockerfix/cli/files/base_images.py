"""Checks what a configuration file tells of base images against the shape of the data that dockerfix brings along."""

from __future__ import annotations

from functools import cache
from typing import Any

from dockerfix.config import Settings, complaint
from dockerfix.errors import ConfigError, DockerfixError, UsageError
from dockerfix.project.bases.data import entry, entry_keys
from dockerfix.spelling import nearest_name

__all__ = ["check_base_images"]

_UNKNOWN = "?"  # says of any fact that it is not known
_NOT_THE_USERS = ("names", "line")  # the table's name is the image's; `line` numbers the data file


def check_base_images(settings: Settings) -> None:
    """Nothing, when every fact has a known name and a value of its kind.

    Raises:
        ConfigError: one has not; the message starts with file and line.
    """
    kinds = _kinds() if settings.base_images else {}
    for image, facts in settings.base_images.items():
        for name, value in facts.items():
            problem = _problem(name, value, kinds)
            if problem:
                raise _error(settings, image, name, problem)


@cache
def _kinds() -> dict[str, set[type]]:
    """The facts that dockerfix's own data states, each with the kinds of its values."""
    found: dict[str, set[type]] = {}
    for key in entry_keys():
        for name, value in entry(key).items():
            found.setdefault(name, set()).add(type(value))
    return {name: kinds for name, kinds in found.items() if name not in _NOT_THE_USERS}


def _problem(name: str, value: Any, kinds: dict[str, set[type]]) -> str | None:
    if name not in kinds:
        return f"unknown fact {name}{_guess(name, kinds)}"
    if value == _UNKNOWN:
        return None
    if type(value) not in kinds[name]:
        words = {str: "a text", list: "a list", dict: "a table", bool: "true or false", int: "a number"}
        return f"{name} must be {' or '.join(sorted(words.get(kind, kind.__name__) for kind in kinds[name]))}"
    if name in ("like", "on") and isinstance(value, str) and value.partition(":")[0] not in entry_keys():
        return f"{name}: dockerfix knows no base image {value}{nearest_name(value, entry_keys())}"
    return None


def _guess(name: str, kinds: dict[str, set[type]]) -> str:
    spellings = {known.replace("_", "-"): known for known in kinds}
    guess = nearest_name(name, spellings)
    return next(
        (guess.replace(with_dash, known) for with_dash, known in spellings.items() if f" {with_dash}?" in guess), ""
    )


def _error(settings: Settings, image: str, name: str, problem: str) -> DockerfixError:
    keys = ("base-images", image, name)
    if settings.file is None:
        return UsageError(problem)
    error: ConfigError = complaint(settings.file, keys, f"base-images.{image}: {problem}")
    return error
