"""`npm ci` and `npm install`. Source: npm documentation, "npm ci", "npm install", "npmrc"."""

from __future__ import annotations

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.javascript.node import NodeProject

__all__ = ["FROM_LOCK", "VALUED", "recognise"]

# Source: @npmcli/config of npm 11.21, definitions that are no flags and count for an install.
VALUED = frozenset(
    "--prefix -C --registry --loglevel --cache --omit --include --workspace -w --userconfig --globalconfig --tag "
    "--install-strategy --fetch-retries --fetch-timeout --maxsockets --network-concurrency --only --cpu --os --libc "
    "--location --before --fetch-retry-mintimeout --fetch-retry-maxtimeout --fetch-retry-factor --https-proxy --proxy "
    "--noproxy --node-options --ca --cafile --cert --key --cache-min --cache-max --script-shell --shell --scope "
    "--logs-dir --logs-max --audit-level --auth-type --local-address --min-release-age --min-release-age-exclude "
    "--allow-git --allow-file --allow-directory --allow-remote --allow-scripts --replace-registry-host --also --depth "
    "--user-agent --init-module --node-gyp --umask --lockfile-version --save-prefix --git".split()
)
FROM_LOCK = frozenset("ci clean-install ic install-clean".split())
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_FILES = (*_LOCKS, ".npmrc")
_VERBS = frozenset("ci clean-install ic install-clean install i in ins inst add".split())


def recognise(call: Call) -> Install | None:
    """The install that a call of npm is."""
    given = arguments(call.program.words[1:], VALUED)
    if given.verb not in _VERBS or given.has("-g", "--global"):
        return None
    folder = next(iter(given.values("--prefix", "-C")), ".")
    place = call.place(folder) if folder is not None else None
    packages = given.operands[1:]
    project = NodeProject(call, place, runs_scripts=not given.has("--ignore-scripts") and not packages)
    if packages:
        return _of_packages(call, project, packages, saves=not given.has("--no-save"))
    problem = project.problem(_FILES)
    _take_lock_of_yarn(project)
    if given.verb in FROM_LOCK:
        problem = problem or project.reading.lacks(*_LOCKS)
    if given.has("-w", "--workspace", "--workspaces"):
        problem = problem or "an install of one workspace alone is not followed here"
    return Install(
        "npm",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        tuple(project.fills),
        problem=problem,
        manifests=project.manifests,
        doubt=project.doubt,
    )


def _of_packages(call: Call, project: NodeProject, packages: tuple[str | None, ...], *, saves: bool) -> Install:
    """`npm install express` adds to the manifest that is there, or begins one."""
    problem = None
    if None in packages or any(name.startswith((".", "/", "file:")) for name in packages if name):
        problem = "what npm installs is not known, or lies in the project"
    elif project.reading.has("package.json"):
        problem = project.problem(_FILES)
        _take_lock_of_yarn(project)
    elif project.folder is not None:
        project.fills.append(f"{project.folder.rstrip('/')}/node_modules")
    names = ("package.json", "package-lock.json") if saves else ()
    makes = tuple(place for name in names if (place := call.place(name, project.folder)) is not None)
    return Install(
        "npm",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        tuple(project.fills),
        makes=makes,
        problem=problem or ("the folder of the install is only known at build time" if not project.folder else None),
    )


def _take_lock_of_yarn(project: NodeProject) -> None:
    """npm takes versions from yarn.lock where it has no lock file of its own. Source: npm, "package-lock.json"."""
    if not any(map(project.reading.has, _LOCKS)):
        project.reading.take("yarn.lock")
