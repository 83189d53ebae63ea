"""`conda env create`, `conda install --file` and the same of mamba and micromamba.

Source: conda documentation, "Managing environments"; micromamba user guide.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install
from dockerfix.project.manifests.requirements_closure import requirements_closure
from dockerfix.regexes import regex

__all__ = ["recognise"]

_FILE = regex(r"(?:-r|-c|--requirement|--constraint)[ =]*([^ ]+)\Z")
_VALUED = frozenset(
    "-f --file -n --name -p --prefix -c --channel --solver --platform --root-prefix -r --experimental".split()
)


def recognise(call: Call) -> Install | None:
    """The install that a conda command is, where it reads a file; what it installs by name is for `by_name`."""
    given = arguments(call.program.words[1:], _VALUED)
    names = given.values("-f", "--file")
    if given.operands[:2] in (("env", "create"), ("env", "update")):
        names = names or ["environment.yml"]
    elif given.verb not in ("install", "create", "update") or not names:
        return None
    reading = Reading(call, call.workdir)
    problems = (_problem(call, reading, name) for name in names)
    problem = next((one for one in problems if one is not None), None)
    return Install("conda", call.program, reading.reads, problem=problem or _extra(given))


def _extra(given: Arguments) -> str | None:
    return None if given.is_certain else "what conda installs is only known at build time"


def _problem(call: Call, reading: Reading, name: str | None) -> str | None:
    if name is None:
        return "what conda installs is only known at build time"
    if "://" in name:
        return None
    origin = reading.take(name)
    if origin is None:
        return f"{name} is not among the files copied from the build context"
    if not origin.endswith((".yml", ".yaml")):
        return None
    lines = (line for line in _pip_lines(call.context.text(origin) or "") if line.startswith(("-", ".", "/")))
    problems = (_pip_file(reading, name, origin, line) for line in lines)
    return next((problem for problem in problems if problem is not None), None)


def _pip_file(reading: Reading, environment: str, origin: str, line: str) -> str | None:
    """A file that the `pip:` part names; conda starts pip in the folder of the environment file."""
    found = _FILE.match(line)
    if found is None:
        is_setting = line.startswith("--") and ("://" in line or "/" not in line)
        return None if is_setting else f"{origin} has pip read {line}"
    if "://" in found[1]:
        return None
    folder = posixpath.dirname(environment)
    path = reading.take(posixpath.join(folder, found[1]))
    if path is None:
        return f"{found[1]} is not among the files copied from the build context"
    closure = requirements_closure(reading.call.context, path, posixpath.dirname(path))
    if closure.problems or closure.local_paths:
        return f"{path} names more than packages"
    for file in closure.files:
        if reading.take(posixpath.join(folder, posixpath.relpath(file, posixpath.dirname(origin) or "."))) != file:
            return f"{file} is not copied to where {posixpath.basename(path)} looks for it"
    return None


def _pip_lines(text: str) -> Iterator[str]:
    import yaml

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        yield "-: what cannot be read"
        return
    dependencies = found.get("dependencies") if isinstance(found, Mapping) else None
    for entry in dependencies if isinstance(dependencies, list) else ():
        lines = entry.get("pip") if isinstance(entry, Mapping) else None
        yield from (str(line).strip() for line in (lines if isinstance(lines, list) else ()))
