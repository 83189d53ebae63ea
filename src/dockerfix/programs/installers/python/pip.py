"""`pip install`, `pip wheel`, `pip download` and `uv pip install`.

Source: pip documentation, "pip install"; uv documentation, "The pip interface".
"""

from __future__ import annotations

from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.python.pip_project import project_split
from dockerfix.programs.installers.python.pip_reading import NEEDS_PROJECT, PipReading
from dockerfix.regexes import regex
from dockerfix.shell import PipCommand, pip_command

__all__ = ["recognise"]

_VERBS = frozenset({"install", "sync", "wheel", "download"})
_ITSELF = regex(r"(?:pip|setuptools|wheel)(?![\w.-])")


def recognise(call: Call) -> Install | None:
    """The install that a call of pip, or of `uv pip`, is."""
    pip = pip_command(call.program)
    if pip is None or pip.verb not in _VERBS:
        return None
    if pip.has("--no-deps") and (pip.local or pip.editables) and not pip.requirements:
        return None  # nothing but the project, its dependencies are there
    reader = PipReading(call, pip)
    problem = reader.problem()
    split = project_split(call, pip) if problem == NEEDS_PROJECT else None
    is_whole = problem == NEEDS_PROJECT and split is None and pip.tool == "pip"
    return Install(
        pip.tool,
        call.program,
        dict(sorted(reader.reading.reads.items(), key=lambda read: read[1])),
        tuple(dict.fromkeys(reader.folders)),
        uses=tuple(reader.uses),
        problem=f"{NEEDS_PROJECT}; its dependencies stand in no file that pip installs from" if is_whole else problem,
        split=split,
        is_project=problem == NEEDS_PROJECT,
        is_minor=_upgrades_itself(pip),
    )


def _upgrades_itself(pip: PipCommand) -> bool:
    """Whether nothing is asked for but pip and what it builds with."""
    named = [(name or "").lower() for name in pip.packages]
    files = (*pip.requirements, *pip.editables, *pip.local, *pip.groups)
    return bool(named) and not files and all(map(_ITSELF.match, named))
