"""What the project's Python files tell together: applications, writes, reads, imports, commands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.own_paths import is_test_path, own_paths
from dockerfix.project.python_facts import AppObject, HomeUse, ModuleFacts, Read, ServerCall, ToolCall, Write
from dockerfix.project.python_imports import resolved
from dockerfix.project.python_module import module_facts
from dockerfix.project.python_names import Modules

if TYPE_CHECKING:
    from dockerfix.project.context import BuildContext

__all__ = ["PythonSources", "imported_files", "python_sources", "reachable_modules"]

MODULE_LIMIT = 3000  # files; beyond it nothing is claimed about the whole
_REFERENCE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*)?|[A-Za-z_]\w*:[A-Za-z_]\w*")
T = TypeVar("T")


@frozen
class PythonSources:
    """The modules of a context, tests left out, sorted by path, and what they tell.

    `mentions` are files and folders of the context that a string in the code names, whatever is done with them.
    `problems` say what was not read; with any, what is absent here proves nothing.
    """

    modules: tuple[ModuleFacts, ...]
    mentions: frozenset[str]
    problems: tuple[str, ...]

    @property
    def apps(self) -> tuple[AppObject, ...]:
        """All applications."""
        return _all(self.modules, lambda module: module.apps)

    @property
    def servers(self) -> tuple[ServerCall, ...]:
        """All calls that serve."""
        return _all(self.modules, lambda module: module.servers)

    @property
    def writes(self) -> tuple[Write, ...]:
        """All writes, those to unknown places and to the folder for temporary files included."""
        return _all(self.modules, lambda module: module.writes)

    @property
    def reads(self) -> tuple[Read, ...]:
        """All reads of a known file or folder."""
        return _all(self.modules, lambda module: module.reads)

    @property
    def home_uses(self) -> tuple[HomeUse, ...]:
        """All that is kept in the home folder."""
        return _all(self.modules, lambda module: module.home_uses)

    @property
    def tools(self) -> tuple[ToolCall, ...]:
        """All commands that are run."""
        return _all(self.modules, lambda module: module.tools)

    @property
    def loads_dotenv(self) -> bool:
        """Whether some module loads a `.env` file."""
        return any(read.kind == "dotenv" for read in self.reads)

    def module(self, path: str) -> ModuleFacts | None:
        """One module by its path."""
        return next((module for module in self.modules if module.path == path), None)


def _all(modules: Iterable[ModuleFacts], of: Callable[[ModuleFacts], list[T]]) -> tuple[T, ...]:
    return tuple(one for module in modules for one in of(module))


def python_sources(context: BuildContext) -> PythonSources:
    """The project's own Python code, parsed and never run.

    Returns:
        All modules but tests, virtual environments and installed packages. Empty for an unknown context,
        which proves nothing.
    """
    return _python_sources(context.without_dockerfile)


@memoised
def _python_sources(context: BuildContext) -> PythonSources:
    paths = [path for path in own_paths(context) if path.endswith(".py") and _is_code_of_the_app(path)]
    modules = Modules(context)
    read = [module_facts(modules, path) for path in paths[:MODULE_LIMIT]]
    problems = [f"{module.path} {module.problem}" for module in read if module.problem]
    if len(paths) > MODULE_LIMIT:
        problems.append(f"only {MODULE_LIMIT} of {len(paths)} Python files were read")
    if not context.complete:
        problems.append("the build context is not wholly known")
    return PythonSources(tuple(read), _mentions(context, read), tuple(problems))


def _is_code_of_the_app(path: str) -> bool:
    """Tests, and what stands in hidden folders for CI and tools, do not run in the image."""
    return not is_test_path(path) and not any(part.startswith(".") for part in path.split("/"))


def _mentions(context: BuildContext, modules: list[ModuleFacts]) -> frozenset[str]:
    """Strings that name something in the context, from the root, from the module's folder or those above it."""
    found: set[str] = set()
    for module in modules:
        folders = _upwards(posixpath.dirname(module.path))
        for text, _ in module.strings:
            if "://" in text or text.startswith("/") or " " in text.strip():
                continue
            for folder in folders:
                path = posixpath.normpath(posixpath.join(folder, text))
                if path != "." and not path.startswith("..") and context.exists(path):
                    found.add(path)
    return frozenset(found)


def _upwards(folder: str) -> tuple[str, ...]:
    parts = folder.split("/") if folder else []
    return tuple("/".join(parts[:end]) for end in range(len(parts), -1, -1))


def imported_files(context: BuildContext) -> dict[str, tuple[str, ...]]:
    """For each module of the project, the files of the context that it imports or names as a module.

    A string such as `"app.main:app"` or `"project.settings"` names one. A folder stands for all modules in it
    (a package without `__init__.py`).
    """
    return _imported_files(context.without_dockerfile)


@memoised
def _imported_files(context: BuildContext) -> dict[str, tuple[str, ...]]:
    return {module.path: tuple(sorted(_imports_of(context, module))) for module in _python_sources(context).modules}


def _imports_of(context: BuildContext, module: ModuleFacts) -> set[str]:
    found: set[str] = set()
    for one in module.imports:
        found.update(resolved(context, module.path, one.module, one.level))
        for name in one.names:
            inner = f"{one.module}.{name}" if one.module else name
            found.update(resolved(context, module.path, inner, one.level))
    for text, _ in module.strings:
        if _REFERENCE.fullmatch(text):
            found.update(_referenced(context, module.path, text.partition(":")[0]))
    found.discard(module.path)
    return found


def _referenced(context: BuildContext, importer: str, dotted: str) -> tuple[str, ...]:
    """A dotted string names a module, or something in one: the longest part that is a module counts."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        if found := resolved(context, importer, ".".join(parts[:end])):
            return found
    return ()


def reachable_modules(context: BuildContext, *entries: str) -> frozenset[str] | None:
    """The modules that start with these ones, through every import.

    Args:
        entries: paths of the modules that are started.
    Returns:
        Their paths; None where it cannot be told: an entry is no module of the project, a module on the way
        imports by a computed name, or Django finds modules by itself.
    """
    imports, sources = imported_files(context), python_sources(context)
    facts = {module.path: module for module in sources.modules}
    waiting, seen = list(entries), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        module = facts.get(path)
        if module is None or module.problem or module.dynamic_imports or _is_django(module):
            return None
        seen.add(path)
        for other in imports[path]:
            waiting += [other] if other.endswith(".py") else [one for one in facts if posixpath.dirname(one) == other]
    return frozenset(seen)


def _is_django(module: ModuleFacts) -> bool:
    return any(one.module.split(".")[0] == "django" for one in module.imports)
