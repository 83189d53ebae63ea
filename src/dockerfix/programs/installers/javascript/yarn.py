"""`yarn install`, of Yarn 1 and of the later ones (Berry).

Source: Yarn documentation, "yarn install", "Configuration" (.yarnrc, .yarnrc.yml), "Which files should be gitignored".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.javascript.node import NodeProject
from dockerfix.programs.installers.javascript.node_code import take_code
from dockerfix.project.manifests.pyproject import table
from dockerfix.regexes import regex

__all__ = ["recognise"]

_VALUED = frozenset(
    "--cwd --registry --network-timeout --modules-folder --cache-folder --mutex --network-concurrency --mode "
    "--preferred-cache-folder --global-folder --use-yarnrc --link-duplicates".split()
)
_BERRY = regex(r"yarn@[2-9]")
_OFFLINE = regex(r'^\s*"?(?:yarn-offline-mirror|yarn-path)"?\s+"?([^"\s]+)"?', re.MULTILINE)
_PNP = (".pnp.cjs", ".pnp.loader.mjs", ".yarn/unplugged")


def recognise(call: Call) -> Install | None:
    """The install that a call of yarn is."""
    given = arguments(call.program.words[1:], _VALUED)
    is_focus = given.operands[:2] == ("workspaces", "focus")
    if not (given.verb in (None, "install", "add") or is_focus) or given.has("--version", "-v", "--help"):
        return None
    folder = next(iter(given.values("--cwd")), ".")
    place = call.place(folder) if folder is not None else None
    project = NodeProject(call, place, runs_scripts=not given.has("--ignore-scripts"))
    problem = project.problem(("yarn.lock", ".yarnrc", ".yarnrc.yml", ".npmrc"))
    makes: tuple[str, ...] = ()
    if problem is None:
        is_berry = project.reading.has(".yarnrc.yml") or (
            project.manifest is not None and bool(_BERRY.match(project.manifest.package_manager))
        )
        problem = _berry(project) if is_berry else _classic(project)
    if given.has("--modules-folder") or not given.is_certain:
        problem = problem or "where yarn installs is not followed here"
    if given.verb == "add":
        names = ("package.json", "yarn.lock")
        makes = tuple(at for name in names if (at := call.place(name, place)) is not None)
    return Install(
        "yarn",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        tuple(project.fills),
        makes=makes,
        problem=problem,
        manifests=project.manifests,
        doubt=project.doubt,
    )


def _classic(project: NodeProject) -> str | None:
    """Yarn 1 may be told to take packages, or itself, from the project."""
    origin = project.call.origin(posixpath.join(project.folder or "/", ".yarnrc"))
    for path in _OFFLINE.findall(project.call.context.text(origin) or "") if origin is not None else ():
        if project.reading.take(path) is None and (problem := project.take_folder(path)) is not None:
            return problem
    return None


def _patches(project: NodeProject) -> Iterator[str]:
    """The files of `patch:` dependencies, as seen from the project; those that Yarn brings itself left out."""
    manifest = project.manifest
    texts = [*manifest.dependencies.values(), *table(manifest.data, "resolutions").values()] if manifest else []
    for text in texts:
        if isinstance(text, str) and text.startswith("patch:"):
            for file in text.rpartition("#")[2].partition("::")[0].split("&"):
                name = file.removeprefix("optional!").removeprefix("~/")
                if not name.startswith(("builtin<", ".yarn/")):
                    yield name


def _berry(project: NodeProject) -> str | None:
    """Releases, plugins and patches stand below `.yarn`; without `nodeLinker`, packages are not in `node_modules`."""
    import yaml

    folder = project.folder or "/"
    origin = project.call.origin(posixpath.join(folder, ".yarnrc.yml"))
    try:
        settings = yaml.safe_load(project.call.context.text(origin) or "") if origin is not None else {}
    except yaml.YAMLError:
        return f"{origin} cannot be read"
    if any(True for _ in project.call.below(posixpath.join(folder, ".yarn"))):
        problem = project.take_folder(".yarn")
        if problem is not None:
            return problem
    problem = next((problem for problem in map(project.take_patch, _patches(project)) if problem is not None), None)
    if problem is not None:
        return problem
    settings = settings if isinstance(settings, Mapping) else {}
    if settings.get("enableConstraintsChecks") is True:
        project.reading.take("constraints.pro")
        problem = take_code(project.reading, "yarn.config.cjs")
        if problem is not None:
            return problem
    linker = settings.get("nodeLinker")
    if linker in ("node-modules", "pnpm"):
        return None
    if project.reading.take(".pnp.cjs") is None:
        project.fills += [posixpath.join(folder, name) for name in _PNP]
    return None
