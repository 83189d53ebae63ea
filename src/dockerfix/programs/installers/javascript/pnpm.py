"""`pnpm install` and `pnpm fetch`.

Source: pnpm documentation, "Working with Docker", "pnpm fetch", "pnpm-workspace.yaml".
"""

from __future__ import annotations

from collections.abc import Mapping

from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.programs.installers.javascript.node import NodeProject
from dockerfix.programs.installers.javascript.node_code import take_code
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.manifests.pyproject import strings, table

__all__ = ["recognise"]

_VALUED = frozenset(
    "--dir -C --filter -F --filter-prod --registry --store-dir --reporter --loglevel --network-concurrency --prefix "
    "--child-concurrency --virtual-store-dir --modules-dir --lockfile-dir --cpu --os --libc".split()
)
_FILES = ("pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", ".pnpmfile.cjs", ".pnpmfile.mjs")
_ONLY = frozenset({"--prod", "-P", "--dev", "-D"})
_KEPT = _ONLY | {"--frozen-lockfile", "--offline", "--prefer-offline", "-r", "--recursive", "--reporter", "--loglevel"}
_ELSEWHERE = ("--modules-dir", "--virtual-store-dir", "--lockfile-dir", "--ignore-workspace")


def recognise(call: Call) -> Install | None:
    """The install that a call of pnpm is."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb not in ("install", "i", "add", "fetch") or given.has("-g", "--global"):
        return None
    folder = next(iter(given.values("--dir", "-C", "--prefix")), ".")
    place = call.place(folder) if folder is not None else None
    project = NodeProject(call, place, runs_scripts=given.verb != "fetch" and not given.has("--ignore-scripts"))
    problem = _fetch(project) if given.verb == "fetch" else _install(project)
    if given.has("--frozen-lockfile"):
        problem = problem or project.reading.lacks("pnpm-lock.yaml")
    if given.has(*_ELSEWHERE) or not given.is_certain:
        problem = problem or "where pnpm installs is not followed here"
    names = ("package.json", "pnpm-lock.yaml") if given.verb == "add" else ()
    split = _split(call, place, given) if problem is not None and given.verb in ("install", "i") else None
    return Install(
        "pnpm",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        tuple(project.fills),
        makes=tuple(at for name in names if (at := call.place(name, place)) is not None),
        problem=problem,
        manifests=tuple(path for path in project.reading.reads.values() if path.endswith("pnpm-lock.yaml")),
        split=split,
        is_project=split is not None,
        doubt=project.doubt,
    )


def _split(call: Call, folder: str | None, given: Arguments) -> Split | None:
    """`pnpm fetch`, which takes all from the lock file, so that the install finds it; made for images."""
    if given.options and not all(name in _KEPT for name, _ in given.options):
        return None
    project = NodeProject(call, folder, runs_scripts=False)
    if folder != call.workdir or project.reading.has("pnpm-lock.yaml") is False or _fetch(project) is not None:
        return None
    only = [name for name, _ in given.options if name in _ONLY]
    return Split(dict(project.reading.reads), instead=" ".join(["pnpm fetch", *only]))


def _install(project: NodeProject) -> str | None:
    settings = _workspace(project)
    if settings is None:
        return "pnpm-workspace.yaml cannot be read"
    problem = project.problem(_FILES, tuple(strings(settings.get("packages"))))
    return problem or _patches(project, settings) or _hooks(project)


def _fetch(project: NodeProject) -> str | None:
    """`pnpm fetch` takes all from the lock file and reads no manifest."""
    settings = _workspace(project)
    if project.folder is None or settings is None or project.reading.take("pnpm-lock.yaml") is None:
        return "pnpm-lock.yaml is not among the files copied from the build context"
    for name in _FILES[1:]:
        project.reading.take(name)
    _take_version(project)
    project.fills.append(f"{project.folder.rstrip('/')}/node_modules")
    return _patches(project, settings) or _hooks(project)


def _workspace(project: NodeProject) -> Mapping[str, object] | None:
    """What pnpm-workspace.yaml says, nothing where there is none; None where it cannot be read."""
    import yaml

    place = project.call.place("pnpm-workspace.yaml", project.folder) if project.folder is not None else None
    origin = project.call.origin(place) if place is not None else None
    if origin is None:
        return {}
    try:
        found = yaml.safe_load(project.call.context.text(origin) or "")
    except yaml.YAMLError:
        return None
    return found if isinstance(found, Mapping) else {}


def _take_version(project: NodeProject) -> None:
    """Takes a manifest that says which pnpm is to run, so that both steps fill and read the same store.

    Source: Corepack, and pnpm since 10, start the release that `packageManager` or `devEngines` names.
    """
    place = project.call.place("package.json", project.folder)
    origin = project.call.origin(place) if place is not None else None
    said = package_json(project.call.context, origin).data if origin is not None else {}
    if "packageManager" in said or "packageManager" in table(said, "devEngines"):
        project.reading.take("package.json")


def _hooks(project: NodeProject) -> str | None:
    """Takes the code that pnpm runs while it installs, with all that it imports; why that is not certain, or None.

    Source: pnpm documentation, ".pnpmfile.mjs"; what the setting `pnpmfile` names is found as all settings are.
    """
    if "--ignore-pnpmfile" in project.call.program.argv:
        return None
    problems = (take_code(project.reading, name) for name in _FILES[3:])
    return next((problem for problem in problems if problem is not None), None)


def _patches(project: NodeProject, settings: Mapping[str, object]) -> str | None:
    for name in table(settings, "patchedDependencies").values():
        if isinstance(name, str) and project.reading.take(name) is None:
            return f"the patch {name} is not among the files copied from the build context"
    return None
