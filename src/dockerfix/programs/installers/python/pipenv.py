"""`pipenv install` and `pipenv sync`.

Source: Pipenv documentation, "Commands", "Docker Containers", "Configuration".
"""

from __future__ import annotations

from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install
from dockerfix.project.manifests.lock_files import lock_file, pipfile

__all__ = ["recognise"]

_VALUED = frozenset(
    "-r --requirements -i --index --extra-pip-args --python --pypi-mirror --categories --editable -e".split()
)


def recognise(call: Call) -> Install | None:
    """The install that a Pipenv command is, or the writing of a requirements file or lock file."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb not in ("install", "sync", "lock", "requirements", "update", "upgrade"):
        return None
    reading = Reading(call, call.workdir)
    problem = _problem(call, given, reading)
    fills: tuple[str, ...] = ()
    if given.verb in ("install", "sync", "update") and not given.has("--system"):
        place = call.place(".venv")
        fills = (place,) if place is not None else ()
    makes = tuple(place for place in _made(call, given) if place is not None)
    return Install("pipenv", call.program, reading.reads, fills=fills, makes=makes, problem=problem)


def _made(call: Call, given: Arguments) -> list[str | None]:
    if given.verb == "requirements" or (given.verb == "lock" and given.has("-r", "--requirements")):
        return [call.written()]
    if given.verb == "install" and len(given.operands) > 1:
        return [call.place("Pipfile"), call.place("Pipfile.lock")]
    return [call.place("Pipfile.lock")] if given.verb in ("lock", "update", "upgrade") else []


def _problem(call: Call, given: Arguments, reading: Reading) -> str | None:
    if call.workdir is None or not given.is_certain:
        return "what pipenv installs is only known at build time"
    if call.setting("PIPENV_PIPFILE") is not None:
        return "PIPENV_PIPFILE names another Pipfile"
    if given.has("-e", "--editable", "-r", "--requirements") and given.verb == "install":
        return "pipenv install with -r or -e is not followed here"
    origin = reading.take("Pipfile")
    lock = reading.take("Pipfile.lock")
    if origin is None:
        return "Pipfile is not among the files copied from the build context"
    if lock is None and (given.has("--deploy") or given.verb == "sync"):
        return reading.lacks("Pipfile.lock")
    found = pipfile(call.context, origin)
    if found.problem:
        return found.problem
    local = [*found.local_paths]
    if lock is not None:
        local += lock_file(call.context, lock, "pipfile-lock").local_paths
    return f"{origin} installs {local[0]} from the project" if local else None
