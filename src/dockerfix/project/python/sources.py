"""What the project's Python files tell together: applications, writes, reads, imports, commands."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from dockerfix.memo import memoised_on
from dockerfix.project.context.own_paths import is_test_path, own_paths
from dockerfix.project.formats.collector import collector_paused
from dockerfix.project.python.facts import AppObject, HomeUse, ModuleFacts, Read, ServerCall, ToolCall, Write
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.module import module_facts
from dockerfix.project.python.names import Modules
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["PythonSources", "imported_files", "python_sources", "reachable_modules"]

MODULE_LIMIT = 3000  # files; beyond it nothing is claimed about the whole
_REFERENCE = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*)?|[A-Za-z_]\w*:[A-Za-z_]\w*")
T = TypeVar("T")


class PythonSources:
    """The modules of a context, tests left out, each parsed when it is first asked for, and what they tell.

    Attributes:
        paths: all of them, sorted, at most `MODULE_LIMIT`; naming them parses nothing.
    """

    def __init__(self, context: BuildContext) -> None:
        found = [path for path in own_paths(context) if path.endswith(".py") and _is_code_of_the_app(path)]
        self.paths = tuple(found[:MODULE_LIMIT])
        self._context = context
        self._left_out = len(found) - len(self.paths)
        self._unread = set(self.paths)
        self._modules = Modules(context)
        self._facts: dict[str, ModuleFacts] = {}

    def module(self, path: str) -> ModuleFacts | None:
        """One module by its path, parsed alone."""
        if path in self._unread:
            self._unread.remove(path)
            self._facts[path] = module_facts(self._modules, path)
        return self._facts.get(path)

    @cached_property
    def modules(self) -> tuple[ModuleFacts, ...]:
        """All modules, sorted by path: parses everything."""
        with collector_paused():
            return tuple(module for path in self.paths if (module := self.module(path)) is not None)

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What was not read; with any, what is absent here proves nothing. Parses everything."""
        found = [f"{module.path} {module.problem}" for module in self.modules if module.problem]
        if self._left_out:
            found.append(f"only {len(self.paths)} of {len(self.paths) + self._left_out} Python files were read")
        if not self._context.complete:
            found.append("the build context is not wholly known")
        return tuple(found)

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


def _all(modules: Iterable[ModuleFacts], of: Callable[[ModuleFacts], list[T]]) -> tuple[T, ...]:
    return tuple(one for module in modules for one in of(module))


def python_sources(context: BuildContext) -> PythonSources:
    """The project's own Python code, parsed and never run.

    Returns:
        All modules but tests, virtual environments and installed packages. Empty for an unknown context,
        which proves nothing.
    """
    return _python_sources(context.without_dockerfile)


@memoised_on("code")
def _python_sources(context: BuildContext) -> PythonSources:
    return PythonSources(context)


def _is_code_of_the_app(path: str) -> bool:
    """Tests, and what stands in hidden folders for CI and tools, do not run in the image."""
    return not is_test_path(path) and not any(part.startswith(".") for part in path.split("/"))


def imported_files(context: BuildContext, path: str) -> tuple[str, ...]:
    """The files of the context that one module imports or names as a module, sorted; none for what is no module.

    A string such as `"app.main:app"` or `"project.settings"` names one. A folder stands for all modules in it
    (a package without `__init__.py`).
    """
    return _imported_files(context.without_dockerfile, path)


@memoised_on("code")
def _imported_files(context: BuildContext, path: str) -> tuple[str, ...]:
    module = _python_sources(context).module(path)
    return tuple(sorted(_imports_of(context, module))) if module is not None else ()


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


@memoised_on("code")
@collector_paused()
def reachable_modules(context: BuildContext, *entries: str) -> frozenset[str] | None:
    """The modules that start with these ones, through every import.

    Args:
        entries: paths of the modules that are started.
    Returns:
        Their paths; None where it cannot be told: an entry is no module of the project, a module on the way
        imports by a computed name, or Django finds modules by itself.
    """
    sources = python_sources(context)
    waiting, seen = list(entries), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        module = sources.module(path)
        if module is None or module.problem or module.dynamic_imports or _is_django(module):
            return None
        seen.add(path)
        for other in imported_files(context, path):
            inside = other.endswith(".py")
            waiting += [other] if inside else [one for one in sources.paths if posixpath.dirname(one) == other]
    return frozenset(seen)


def _is_django(module: ModuleFacts) -> bool:
    return any(one.module.split(".")[0] == "django" for one in module.imports)
