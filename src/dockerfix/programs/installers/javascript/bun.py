"""`bun install`. Source: Bun documentation, "bun install", "bunfig.toml", "Containerize a Bun application",
"Lockfile" (automatic migration).
"""

from __future__ import annotations

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.javascript.node import NodeProject

__all__ = ["recognise"]

_VALUED = frozenset(
    "--cwd -c --config --registry --cache-dir --backend --omit --concurrent-scripts --network-concurrency --filter "
    "--linker".split()
)
_LOCKS = ("bun.lock", "bun.lockb")
# What Bun makes its lock file of where it has none, and the settings of pnpm that it takes over with it.
_LOCKS_OF_OTHERS = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml")


def recognise(call: Call) -> Install | None:
    """The install that a call of bun is."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb not in ("install", "i", "add", "ci") or given.has("-g", "--global"):
        return None
    folder = next(iter(given.values("--cwd")), ".")
    place = call.place(folder) if folder is not None else None
    project = NodeProject(call, place, runs_scripts=not given.has("--ignore-scripts"))
    problem = project.problem((*_LOCKS, "bunfig.toml", ".npmrc"))
    if not any(map(project.reading.has, _LOCKS)):
        for name in _LOCKS_OF_OTHERS:
            project.reading.take(name)
    if given.has("--frozen-lockfile") or given.verb == "ci":
        problem = problem or project.reading.lacks(*_LOCKS)
    if given.has("-c", "--config") or not given.is_certain:
        problem = problem or "what bun installs is not followed here"
    adds = given.verb == "add" or len(given.operands) > 1
    names = ("package.json", "bun.lock", "bun.lockb") if adds else ()
    return Install(
        "bun",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        tuple(project.fills),
        makes=tuple(at for name in names if (at := call.place(name, place)) is not None),
        problem=problem,
        manifests=project.manifests,
        doubt=project.doubt,
    )
