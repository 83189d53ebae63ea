"""Which JavaScript modules of the project a start runs, and the scripts of package.json on the way to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image.programs import Program, Start
from dockerfix.project.context import BuildContext
from dockerfix.project.javascript import ENDINGS, imported_path, javascript_facts, may_tell
from dockerfix.project.own_paths import own_paths
from dockerfix.project.package_json import package_json

__all__ = ["NodeStart", "is_node", "node_start"]

_INTERPRETERS = frozenset({"node", "nodejs", "nodemon", "ts-node", "tsx", "ts-node-dev", "bun", "pm2-runtime"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "npx", "bunx"})
_VALUED = frozenset(
    "-r --require --import --loader --experimental-loader --env-file --max-http-header-size --watch --ext -e --exec "
    "-w --ignore -P --project -O --compiler-options --name -i --instances --conditions -C --title".split()
)
# Options behind which the program's text stands.
_INLINE = frozenset({"-e", "--eval", "-p", "--print", "-pe"})
# Folders whose modules run by hand, while testing or in a browser's tooling.
_ASIDE = ("test/", "tests/", "__tests__/", "e2e/", "cypress/", "docs/", "examples/", "scripts/", ".storybook/")
_ASIDE_NAMES = (".test.", ".spec.", ".stories.", ".config.", ".d.ts", "rc.js", "rc.cjs")


@frozen
class NodeStart:
    """`modules` are the context paths of what may run; `is_built` tells that the image runs what is made of them.

    `doubts` say why that may not be all.
    """

    modules: tuple[str, ...]
    is_built: bool = False
    doubts: tuple[str, ...] = ()


def is_node(program: Program) -> bool:
    """Whether a program runs JavaScript of the project, or is a package manager on the way to it."""
    return program.name in _INTERPRETERS | _MANAGERS or (program.file or "").endswith((".js", ".mjs", ".cjs"))


def node_start(start: Start, context: BuildContext, files: Mapping[str, str]) -> NodeStart:
    """The modules that the Node programs of a start run: the started ones and what they import.

    Where the started file is made by the build, or a name of an import is computed, these are all modules of the
    project that are not plainly something else.

    Args:
        files: image path → context path of what is copied.
    """
    doubts: list[str] = []
    entries: list[str] = []
    built: list[str] = []
    for program in start.programs:
        if program.name in _MANAGERS or not is_node(program):
            continue
        given = _script(program)
        if given is None:
            doubts.append(f"{program.place}: what {program.name} runs is only known at run time")
        elif (found := _placed(program, given, files)) is None:
            built.append(given)
        elif not found.endswith(ENDINGS):
            doubts.append(f"{found} says what {program.name} runs, and is not looked into")
        else:
            entries.append(found)
    reached = None if built else _reached(context, entries)
    everything = tuple(_project_modules(context)) if reached is None else ()
    modules = tuple(reached) if reached is not None else tuple(one for one in everything if may_tell(context, one))
    if built and not everything:
        doubts.append(f"{built[0]} is not among the files copied from the build context")
    return NodeStart(modules, bool(built), tuple(doubts))


def _script(program: Program) -> str | None:
    """The file that the words of an interpreter name; None where they name none or a computed one."""
    if program.name not in _INTERPRETERS:
        return program.argv[0]
    words = iter(program.argv[1:])
    for word in words:
        if word is None or (word in _INLINE and program.name in {"node", "nodejs", "bun", "tsx", "ts-node"}):
            return None
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-") and not (program.name == "bun" and word == "run"):
            return word
    return None


def _placed(program: Program, path: str, files: Mapping[str, str]) -> str | None:
    if program.workdir is None and not path.startswith("/"):
        return None
    place = posixpath.normpath(posixpath.join(program.workdir or "/", path))
    tried = (place, *(place + one for one in ENDINGS), *(f"{place}/index{one}" for one in ENDINGS))
    found = next((files[one] for one in tried if one in files), None)
    if found is None and (place == program.workdir or f"{place}/package.json" in files):
        return None
    return found


def _reached(context: BuildContext, entries: list[str]) -> list[str] | None:
    """The entries and what they import; None where an import cannot be followed."""
    found: list[str] = []
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        facts = javascript_facts(context, path)
        if facts.computed:
            return None
        for name, _ in facts.imports:
            if not name.startswith("."):
                if name.startswith(("#", "@/", "~/", "src/")):  # aliases
                    return None
                continue
            target = imported_path(context, path, name)
            if target is None:
                return None
            if target.endswith(ENDINGS):
                waiting.append(target)
    return found


def _project_modules(context: BuildContext) -> Iterator[str]:
    for path in own_paths(context):
        if not path.endswith(ENDINGS) or any(name in posixpath.basename(path) for name in _ASIDE_NAMES):
            continue
        if not any(f"/{aside}" in f"/{path}" for aside in _ASIDE) and not _is_made(context, path):
            yield path


def _is_made(context: BuildContext, path: str) -> bool:
    """Whether a module lies in a folder that builds fill, and would only repeat what its sources say."""
    return (
        f"/{path}".startswith(("/dist/", "/build/", "/.next/", "/.output/", "/out/"))
        and package_json(context, "package.json").problem is None
    )
