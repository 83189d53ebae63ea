"""`pixi install`. Source: Pixi documentation, "Pixi manifest", "Container"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install
from dockerfix.project.manifests.pyproject import table, toml

__all__ = ["recognise"]

_VALUED = frozenset("--manifest-path -m -e --environment --color --auth-file".split())


def recognise(call: Call) -> Install | None:
    """The install that `pixi install` is."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb not in ("install", "i"):
        return None
    reading = Reading(call, call.workdir)
    place = call.place(".pixi")
    fills = (place,) if place is not None else ()
    return Install("pixi", call.program, reading.reads, fills=fills, problem=_problem(call, reading, given.options))


def _problem(call: Call, reading: Reading, options: tuple[tuple[str, str | None], ...]) -> str | None:
    if any(name in ("-m", "--manifest-path") for name, _ in options) or call.workdir is None:
        return "another manifest than that of the working directory is not followed here"
    origin = reading.take("pixi.toml") or reading.take("pyproject.toml")
    if origin is None:
        return "pixi.toml is not among the files copied from the build context"
    reading.take("pixi.lock")
    if any(name in ("--locked", "--frozen") for name, _ in options) and (problem := reading.lacks("pixi.lock")):
        return problem
    manifest = toml(call.context, origin) or {}
    settings = manifest if origin.endswith("pixi.toml") else table(manifest, "tool", "pixi")
    local = next(_paths(settings), None)
    return f"{origin} installs {local} from the project" if local is not None else None


def _paths(value: object) -> Iterator[str]:
    """Every `path` of a dependency, however deep."""
    for key, inside in value.items() if isinstance(value, Mapping) else ():
        if key == "path" and isinstance(inside, str):
            yield inside
        yield from _paths(inside)
