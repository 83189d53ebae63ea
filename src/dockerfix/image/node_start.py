"""Which JavaScript modules of the project a start runs, and the scripts of package.json on the way to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image.programs import Program, Start
from dockerfix.memo import memoised
from dockerfix.project.context import BuildContext
from dockerfix.project.javascript import ENDINGS, imported_path, javascript_facts, may_tell
from dockerfix.project.own_paths import own_paths
from dockerfix.project.package_json import package_json

__all__ = ["NodeStart", "is_node", "node_start"]

_INTERPRETERS = frozenset({"node", "nodejs", "nodemon", "ts-node", "tsx", "ts-node-dev", "bun", "pm2-runtime"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "npx", "bunx"})
_VALUED = frozenset(
    "-r --require --import --loader --experimental-loader --env-file --max-http-header-size --ext -e --exec "
    "-w --ignore -P --project -O --compiler-options --name -i --instances --conditions -C --title".split()
)
# Options of all interpreters that load a module ahead of the program.
_PRELOADING = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader"})
_OF_THE_PROJECT = ("workspace:", "file:", "link:", "portal:", ".", "/")
# Node.js documentation, index of modules.
_BUILT_IN = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain "
    "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl "
    "stream string_decoder sqlite test timers tls trace_events tty url util v8 vm wasi worker_threads zlib bun".split()
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
    is_script = (program.file or "").endswith((".js", ".mjs", ".cjs"))
    return is_script or (program.name in _INTERPRETERS | _MANAGERS and not program.is_own)


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
        preloaded = [found for word in _preloaded(program) if (found := _placed(program, word, files)) is not None]
        entries += preloaded
        if len(preloaded) < len(_preloaded(program)):
            doubts.append(f"{program.place} loads a module first that is not among the files copied")
        if given is None:
            doubts.append(f"{program.place}: what {program.name} runs is only known at run time")
        elif (found := _placed(program, given, files)) is None:
            built.append(given)
        elif not found.endswith(ENDINGS):
            doubts.append(f"{found} says what {program.name} runs, and is not looked into")
        else:
            entries.append(found)
    reached, is_all = _reached(context, entries)
    everything = () if is_all and not built else tuple(_project_modules(context, with_made=not built))
    modules = tuple(dict.fromkeys((*reached, *(one for one in everything if may_tell(context, one)))))
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
        if word in _VALUED or (word == "--watch" and program.name == "nodemon"):
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


def _preloaded(program: Program) -> list[str]:
    """The files of the project that options load ahead of the program: `-r ./tracing.js`, `--import=./setup.mjs`."""
    found = []
    for at, word in enumerate(program.argv):
        option, equals, value = (word or "").partition("=")
        if option in _PRELOADING:
            named = value if equals else (program.argv[at + 1] or "./" if at + 1 < len(program.argv) else "./")
            found += [named] if named.startswith((".", "/")) else []
    return found


def _reached(context: BuildContext, entries: list[str]) -> tuple[list[str], bool]:
    """The entries and what they import, and whether every import could be followed."""
    found: list[str] = []
    is_all = True
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.append(path)
        facts = javascript_facts(context, path)
        is_all = is_all and not facts.computed
        for name, _ in facts.imports:
            target = imported_path(context, path, name)
            if target is None:
                is_all = is_all and not name.startswith(".") and _is_installed(context, name)
            elif target.endswith(ENDINGS):
                waiting.append(target)
    return found, is_all


def _is_installed(context: BuildContext, name: str) -> bool:
    """Whether an import is of Node itself or of a package from a registry: no alias, no member of the workspace."""
    parts = name.split("/")
    package = "/".join(parts[:2]) if name.startswith("@") else parts[0]
    return parts[0] in _BUILT_IN or package in _registry_packages(context)


@memoised
def _registry_packages(context: BuildContext) -> frozenset[str]:
    manifests = [
        package_json(context, path) for path in own_paths(context) if path.rpartition("/")[2] == "package.json"
    ]
    own = {manifest.data.get("name") for manifest in manifests}
    wanted = {name: said for manifest in manifests for name, said in manifest.dependencies.items()}
    return frozenset(name for name, said in wanted.items() if name not in own and not said.startswith(_OF_THE_PROJECT))


def _project_modules(context: BuildContext, *, with_made: bool) -> Iterator[str]:
    for path in own_paths(context):
        if not path.endswith(ENDINGS) or any(name in posixpath.basename(path) for name in _ASIDE_NAMES):
            continue
        if not any(f"/{aside}" in f"/{path}" for aside in _ASIDE) and (with_made or not _is_made(path)):
            yield path


def _is_made(path: str) -> bool:
    """Whether a module lies in a folder that builds fill, and would only repeat what its sources say."""
    return path.startswith(("dist/", "build/", ".next/", ".output/", "out/"))
