"""Which JavaScript modules of the project a start runs, and the scripts of package.json on the way to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import partial

from dockerfix.frozen import frozen
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import absolute
from dockerfix.memo import memoised_on
from dockerfix.programs.node_packages import built_from, package_folders
from dockerfix.programs.starts import Program, Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.javascript.modules import ENDINGS, imported_path, javascript_facts, may_tell
from dockerfix.project.javascript.names import is_built_in, package_of
from dockerfix.project.known.node_tools import NodeTool, node_tool
from dockerfix.project.manifests.package_json import package_json
from dockerfix.shell.cd import absolute_word

__all__ = ["NodeStart", "is_node", "node_start", "runs_modules"]

_INTERPRETERS = frozenset({"node", "nodejs", "nodemon", "ts-node", "tsx", "ts-node-dev", "bun", "pm2-runtime"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "npx", "bunx"})
_VALUED = frozenset(
    "-r --require --import --loader --experimental-loader --env-file --max-http-header-size --ext -e --exec "
    "-w --ignore -P --project -O --compiler-options --name -i --instances --conditions -C --title".split()
)
# Options of all interpreters that load a module ahead of the program.
_PRELOADING = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader"})
_OF_THE_PROJECT = ("workspace:", "file:", "link:", "portal:", ".", "/")
# Options behind which the program's text stands.
_INLINE = frozenset({"-e", "--eval", "-p", "--print", "-pe"})
_MADE = frozenset({"dist", "build", ".next", ".output", "out"})
# Folders whose modules run by hand, while testing or in a browser's tooling.
_ASIDE = ("test/", "tests/", "__tests__/", "e2e/", "cypress/", "docs/", "examples/", "scripts/", ".storybook/")
_ASIDE_NAMES = (".test.", ".spec.", ".stories.", ".config.", ".d.ts", "rc.js", "rc.cjs")


@frozen
class NodeStart:
    """`modules` are the context paths of what may run; `is_built` tells that the image runs what is made of them.

    `doubts` say why that may not be all. `packages` are the folders of the packages that run, with what they depend on
    in the project; None where any may.
    """

    modules: tuple[str, ...]
    is_built: bool = False
    doubts: tuple[str, ...] = ()
    packages: tuple[str, ...] | None = None


def is_node(program: Program) -> bool:
    """Whether a program runs JavaScript of the project, or is a package manager on the way to it."""
    is_script = (program.file or "").endswith((".js", ".mjs", ".cjs"))
    is_known = program.name in _INTERPRETERS | _MANAGERS or node_tool(program.name) is not None
    return is_script or (is_known and not program.is_own)


def runs_modules(program: Program) -> bool:
    """Whether a program runs JavaScript itself, as opposed to a package manager that starts another one."""
    return is_node(program) and program.name not in _MANAGERS


def node_start(start: Start, model: Image, stage: StageImage) -> NodeStart:
    """The modules that the Node programs of a start run: the started ones and what they import.

    Where the started file is made by the build, these are all modules of its package, and of those of the project that
    it depends on; where a name of an import is computed, all of the project, unless they are plainly something else.
    """
    reader = _Reader(model, stage)
    for program in start.programs:
        if runs_modules(program):
            reader.read(program)
    return reader.found()


class _Reader:
    def __init__(self, model: Image, stage: StageImage) -> None:
        self.model = model
        self.stage = stage
        self.context = model.context
        self.files = context_files(model, stage)
        self.doubts: list[str] = []
        self.entries: list[str] = []
        self.built: list[str] = []
        self.packages: list[str | None] = []
        self.is_built = False

    def read(self, program: Program) -> None:
        """Note what one program runs."""
        preloaded = _preloaded(program)
        found = [one for word in preloaded if (one := _placed(program, word, self.files)) is not None]
        self.entries += found
        if len(found) < len(preloaded):
            self.doubts.append(f"{program.place} loads a module first that is not among the files copied")
        tool = node_tool(program.name)
        if tool is not None and program.file is None:
            self._tool(program, tool)
            return
        given = _script(program)
        if given is None:
            self.doubts.append(f"{program.place}: what {program.name} runs is only known at run time")
        elif "node_modules/" in given and program.name in _INTERPRETERS:
            self.doubts.append(f"{program.place} runs {given}, and what that writes is not looked into")
        elif (path := _placed(program, given, self.files)) is None:
            self._built(program, given)
        elif not path.endswith(ENDINGS):
            self.doubts.append(f"{path} says what {program.name} runs, and is not looked into")
        else:
            self.entries.append(path)
            self.packages.append(_package_of(self.context, path))

    def _tool(self, program: Program, tool: NodeTool) -> None:
        """The settings of a program that serves a build, and the package where that holds code for the server."""
        place = absolute("package.json", program.workdir)
        origin = built_from(self.model, self.stage, place) if place is not None else None
        folder = origin.folder if origin is not None else ""
        settings = [posixpath.join(folder, name) for name in tool.settings]
        self.entries += [path for path in settings if self.context.is_file(path)]
        self.packages.append(None if origin is None else folder)
        self.is_built = self.is_built or tool.runs_package

    def _built(self, program: Program, given: str) -> None:
        self.is_built = True
        self.built.append(given)
        place = absolute(given, program.workdir)
        origin = built_from(self.model, self.stage, place) if place is not None else None
        self.packages.append(None if origin is None else origin.folder)

    def found(self) -> NodeStart:
        """All that was noted, put together."""
        known = [folder for folder in self.packages if folder is not None]
        folders = tuple(dict.fromkeys(one for folder in known for one in package_folders(self.context, folder)))
        packages = folders if len(known) == len(self.packages) else None
        reached, is_all = _reached(self.context, self.entries)
        everything: tuple[str, ...] = ()
        if self.is_built or not is_all:
            inside = packages if is_all else None
            everything = _candidates(self.context, inside, with_made=not self.is_built)
        if self.built and not everything:
            self.doubts.append(f"{self.built[0]} is not among the files copied from the build context")
        modules = dict.fromkeys((*reached, *(one for one in everything if may_tell(self.context, one))))
        return NodeStart(tuple(modules), self.is_built, tuple(self.doubts), packages)


def _package_of(context: BuildContext, path: str) -> str | None:
    """The folder of the package that a module of the context lies in."""
    while path:
        path = posixpath.dirname(path)
        if context.is_file(posixpath.join(path, "package.json")):
            return path
    return None


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
    place = absolute_word(path, program.workdir)
    if place is None:
        return None
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
    return is_built_in(name) or package_of(name) in _registry_packages(context)


@memoised_on("code")
def _registry_packages(context: BuildContext) -> frozenset[str]:
    manifests = [
        package_json(context, path) for path in own_paths(context) if path.rpartition("/")[2] == "package.json"
    ]
    own = {manifest.data.get("name") for manifest in manifests}
    wanted = {name: said for manifest in manifests for name, said in manifest.dependencies.items()}
    return frozenset(name for name, said in wanted.items() if name not in own and not said.startswith(_OF_THE_PROJECT))


def _candidates(context: BuildContext, folders: tuple[str, ...] | None, *, with_made: bool) -> tuple[str, ...]:
    """The modules that may run: those of packages and what they import, or all of the project for None."""
    modules = tuple(_project_modules(context, with_made=with_made))
    if folders is None or "" in folders:
        return modules
    inside = [path for path in modules if _is_inside(path, folders)]
    if any(map(partial(_aliases_leave, context), folders)) or _leaves_unseen(context, inside, folders):
        return modules
    reached, _ = _reached(context, inside)
    return tuple(dict.fromkeys((*inside, *reached)))


def _is_inside(path: str, folders: tuple[str, ...]) -> bool:
    return any(not folder or path.startswith(f"{folder}/") for folder in folders)


def _aliases_leave(context: BuildContext, folder: str) -> bool:
    """Whether a package gives names of its own to modules outside its folder."""
    for name in ("tsconfig.json", "jsconfig.json", "tsconfig.build.json"):
        text = context.text(posixpath.join(folder, name)) or ""
        _, said, paths = text.partition('"paths"')
        if (said and "../" in paths) or ("extends" in text and "../" in text.partition("extends")[2]):
            return True
    return False


def _leaves_unseen(context: BuildContext, modules: list[str], folders: tuple[str, ...]) -> bool:
    """Whether a relative import leaves the packages for something that is not found."""
    for path in modules:
        for name, _ in javascript_facts(context, path).imports if _looks_above(context, path) else ():
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if name.startswith("..") and not _is_inside(place, folders) and imported_path(context, path, name) is None:
                return True
    return False


def _looks_above(context: BuildContext, path: str) -> bool:
    """Whether a module may import something from above its folder; found without parsing it."""
    text = context.text(path)
    return text is None or "../" in text


def _project_modules(context: BuildContext, *, with_made: bool) -> Iterator[str]:
    for path in own_paths(context):
        if not path.endswith(ENDINGS) or any(name in posixpath.basename(path) for name in _ASIDE_NAMES):
            continue
        if not any(f"/{aside}" in f"/{path}" for aside in _ASIDE) and (with_made or not _is_made(context, path)):
            yield path


def _is_made(context: BuildContext, path: str) -> bool:
    """Whether a module lies in a folder of a package that builds fill, and would only repeat what its sources say."""
    parts = path.split("/")[:-1]
    for number, part in enumerate(parts):
        if part in _MADE and (not number or context.is_file("/".join([*parts[:number], "package.json"]))):
            return True
    return False
