"""`pdm install` and `pdm sync`.

Source: PDM documentation, "CLI reference" (`--no-self`, `--lockfile`), "Build configuration" (distribution), "Install
and lock", "PDM Scripts" (hook scripts, `--skip`).
"""

from __future__ import annotations

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.project.manifests.lock_files import lock_file
from dockerfix.project.manifests.pyproject import table, toml

__all__ = ["recognise"]

_VALUED = frozenset(
    "-p --project -G --group --with --without --config -c -L --lockfile -o --output -f --format --venv --override "
    "--config-setting -C --pyproject".split()
)
_HOOKS = ("pre_install", "post_install", "pre_lock", "post_lock")


def recognise(call: Call) -> Install | None:
    """The install that a PDM command is, or the writing of a requirements file or lock file."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb not in ("install", "sync", "lock", "export", "update"):
        return None
    folder = next(iter(given.values("-p", "--project")), ".")
    place = call.place(folder) if folder is not None else None
    reading = Reading(call, place)
    lock = next(iter(given.values("-L", "--lockfile")), call.setting("PDM_LOCKFILE") or "pdm.lock")
    problem, is_package = _read(call, reading, lock, certain=given.is_certain and place is not None)
    hooks = _hooks(call, reading) if not given.has("--skip") and given.verb != "export" else []
    early = next((name for name in hooks if name.startswith("pre_")), None)
    if early is not None:
        problem = problem or f"PDM runs {early} of [tool.pdm.scripts], which may need the source"
    makes: list[str | None] = []
    if given.verb == "export":
        name = next(iter(given.values("-o", "--output")), None)
        makes = [call.place(name) if name else call.written()]
    elif given.verb in ("lock", "update"):
        makes = [call.place(lock, place) if lock is not None else None]
    installs_project = is_package and given.verb in ("install", "sync", "update") and not given.has("--no-self")
    installs_project = installs_project and call.setting("PDM_NO_SELF") is None
    split = None
    if problem is None and (installs_project or hooks):
        problem = (
            "it installs the project itself, which needs the source"
            if installs_project
            else f"PDM runs {hooks[0]} of [tool.pdm.scripts], which may need the source"
        )
        options = (*(("--no-self",) if installs_project else ()), *(("--skip=:all",) if hooks else ()))
        split = Split(dict(reading.reads), behind=given.verb_word, options=options)
    fills = [call.place(name, place) for name in (".venv", ".pdm-python")] if given.verb != "export" else []
    return Install(
        "pdm",
        call.program,
        reading.reads,
        fills=tuple(one for one in fills if one is not None),
        makes=tuple(one for one in makes if one is not None),
        problem=problem,
        split=split,
        is_project=split is not None,
        manifests=tuple(path for path in reading.reads.values() if path.endswith("pyproject.toml")),
    )


def _hooks(call: Call, reading: Reading) -> list[str]:
    """The scripts that PDM runs around what it installs or locks."""
    place = call.place("pyproject.toml", reading.folder)
    origin = call.origin(place) if place is not None else None
    scripts = table(toml(call.context, origin) or {}, "tool", "pdm", "scripts") if origin is not None else {}
    return [name for name in _HOOKS if name in scripts]


def _read(call: Call, reading: Reading, lock_name: str | None, *, certain: bool) -> tuple[str | None, bool]:
    """Fills `reading`; why it is not certain, and whether the project is a package."""
    if not certain or lock_name is None:
        return "what pdm installs is only known at build time", False
    origin = reading.take("pyproject.toml")
    if origin is None:
        return "pyproject.toml is not among the files copied from the build context", False
    manifest = toml(call.context, origin) or {}
    if not manifest:
        return f"{origin} cannot be read", False
    lock = reading.take(lock_name)
    for name in ("pdm.toml", ".python-version"):
        reading.take(name)
    local = lock_file(call.context, lock, "pdm-lock").local_paths if lock is not None else []
    if local or "PROJECT_ROOT" in (call.context.text(origin) or ""):
        return f"it installs {local[0] if local else 'a path'} from the project", False
    said = table(manifest, "tool", "pdm").get("distribution")
    if {"dependencies", "optional-dependencies"} & set(table(manifest, "project").get("dynamic") or ()):
        return "pdm builds the project to learn its dependencies, which needs the source", False
    return None, said is not False and "name" in table(manifest, "project")
