"""Where code writes that takes a path from the environment: what is set there counts, for every language."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dockerfix.plans.writes.written import deciding
from dockerfix.project.formats.path_values import Value
from dockerfix.project.python.facts import Write
from dockerfix.project.python.writes import database_file, place

__all__ = ["Environment", "writes_given"]

Environment = Mapping[str, str | None]


def writes_given(write: Write, environments: Sequence[Environment]) -> Iterator[Write | str]:
    """A write with the values of its variables in place, once for each environment; or why it is not known where.

    Args:
        environments: the image's own variables, and those with which each container is started. A variable that code
            cannot do without is looked up where it is set.
    """
    if not write.environment:
        yield write
        return
    is_needed = write.base == "variable"
    needed = write.environment[:1]
    wanted = [one for one in environments if deciding(needed, one)] if is_needed else environments
    if is_needed and not wanted:
        yield f"writes where {_spoken(needed)} says, which nothing here sets"
    for environment in wanted:
        found = _needed(write, environment) if is_needed else _replaced(write, environment)
        if found is not None:
            yield found


def _needed(write: Write, environment: Environment) -> Write | str | None:
    first, *others = write.environment
    names, more = deciding([first], environment), deciding(others, environment)
    if len(names) != 1 or more:
        return f"writes where {_spoken([*names, *more])} says"
    return _at(write, environment[names[0]], write.path or "", names)


def _replaced(write: Write, environment: Environment) -> Write | str | None:
    """The write with the value of its one variable in place of the default."""
    names = deciding(write.environment, environment)
    if not names:
        return write
    default = posixpath.normpath(write.default) if write.default is not None else None
    is_below = write.path is not None and default is not None and f"{write.path}/".startswith(f"{default}/")
    if len(names) != 1 or write.base not in ("cwd", "absolute") or not is_below:
        return f"writes where {_spoken(names)} says"
    assert write.path is not None  # is_below
    assert default is not None
    return _at(write, environment[names[0]], write.path[len(default) :], names)


def _at(write: Write, value: str | None, rest: str, names: list[str]) -> Write | str | None:
    """The write below a value; None for the URL of a server."""
    file = database_file(value) if value and "://" in value else value
    if value and "://" in value and file is None and write.kind == "sqlite":
        return None
    if not file or "://" in file:
        return f"writes where {_spoken(names)} says"
    path, base = place(Value(file + rest, exact=write.exact or not rest.strip("/")))
    return replace(write, path=path, base=base, environment=())


def _spoken(names: Sequence[str]) -> str:
    return ", ".join(name.removeprefix("*") for name in names)
