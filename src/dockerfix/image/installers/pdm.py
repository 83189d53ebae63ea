"""`pdm install` and `pdm sync`.

Source: PDM documentation, "CLI reference" (`--no-self`), "Build configuration" (distribution), "Install and lock".
"""

from __future__ import annotations

from dockerfix.image.installers.arguments import arguments
from dockerfix.image.installers.call import Call, Reading
from dockerfix.image.installers.contract import Install, Split
from dockerfix.project.lock_files import lock_file
from dockerfix.project.pyproject import table, toml

__all__ = ["recognise"]

_VALUED = frozenset(
    "-p --project -G --group --with --without --config -c -L --lockfile -o --output -f --format --venv --override "
    "--config-setting -C --pyproject".split()
)


def recognise(call: Call) -> Install | None:
    """The install that a PDM command is, or the writing of a requirements file or lock file."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb not in ("install", "sync", "lock", "export", "update"):
        return None
    folder = next(iter(given.values("-p", "--project")), ".")
    place = call.place(folder) if folder is not None else None
    reading = Reading(call, place)
    problem, is_package = _read(call, reading, certain=given.is_certain and place is not None)
    makes: list[str | None] = []
    if given.verb == "export":
        name = next(iter(given.values("-o", "--output")), None)
        makes = [call.place(name) if name else call.written()]
    elif given.verb in ("lock", "update"):
        makes = [call.place("pdm.lock", place)]
    installs_project = is_package and given.verb in ("install", "sync", "update") and not given.has("--no-self")
    installs_project = installs_project and call.setting("PDM_NO_SELF") is None
    split = None
    if problem is None and installs_project:
        problem = "it installs the project itself, which needs the source"
        split = Split(dict(reading.reads), behind=given.verb_word, options=("--no-self",))
    fills = [call.place(name, place) for name in (".venv", ".pdm-python")] if given.verb != "export" else []
    return Install(
        "pdm",
        call.program,
        reading.reads,
        fills=tuple(one for one in fills if one is not None),
        makes=tuple(one for one in makes if one is not None),
        problem=problem,
        split=split,
        is_project=installs_project,
        manifests=tuple(path for path in reading.reads.values() if path.endswith("pyproject.toml")),
    )


def _read(call: Call, reading: Reading, *, certain: bool) -> tuple[str | None, bool]:
    """Fills `reading`; why it is not certain, and whether the project is a package."""
    if not certain:
        return "what pdm installs is only known at build time", False
    origin = reading.take("pyproject.toml")
    if origin is None:
        return "pyproject.toml is not among the files copied from the build context", False
    manifest = toml(call.context, origin) or {}
    if not manifest:
        return f"{origin} cannot be read", False
    lock = reading.take("pdm.lock")
    for name in ("pdm.toml", ".python-version"):
        reading.take(name)
    local = lock_file(call.context, lock, "pdm-lock").local_paths if lock is not None else []
    if local or "PROJECT_ROOT" in (call.context.text(origin) or ""):
        return f"it installs {local[0] if local else 'a path'} from the project", False
    said = table(manifest, "tool", "pdm").get("distribution")
    if {"dependencies", "optional-dependencies"} & set(table(manifest, "project").get("dynamic") or ()):
        return "pdm builds the project to learn its dependencies, which needs the source", False
    return None, said is not False and "name" in table(manifest, "project")
