"""What the names of a Python module are bound to: the ground on which constants are folded."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from dockerfix.frozen import frozen, mutable
from dockerfix.project.manifests.setup_files import parsed

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["Binding", "Default", "Imported", "ModuleNames", "Modules", "Scope", "scope_of"]

FILE_LIMIT = 256 * 1024  # bytes of one module; generated files beyond it say nothing about an app's own paths
_TREES = 2 * 1024 * 1024


@frozen
class Imported:
    """A name bound by an import: `module` as written with its `level` of dots, and the name taken from it, if any."""

    module: str
    level: int
    name: str | None


@frozen
class Default:
    """A parameter that has a default; callers may give another value."""

    value: ast.expr


# What was assigned, an import, a function or class; None where the value cannot be told (parameters, loops).
Binding: TypeAlias = "ast.expr | Imported | Default | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None"


@mutable
class Scope:
    """Names bound in one module, class or function; a name bound twice keeps both bindings."""

    module: str
    parent: Scope | None = None
    names: dict[str, list[Binding]] = field(default_factory=dict)
    is_class: bool = False
    fields: set[str] = field(default_factory=set)  # of a class of settings: what is declared without a value
    is_settings: bool = False  # a class that has such a base as pydantic's BaseSettings
    is_filled: bool = False  # a class whose bases or decorators may give its fields other values than those written

    def bind(self, name: str, binding: Binding) -> None:
        """Add a binding."""
        self.names.setdefault(name, []).append(binding)

    def lookup(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """The scope that binds a name, and all its bindings there; class scopes are not looked through."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope, scope.names[name]
            scope = scope.parent
        return None


@mutable
class ModuleNames:
    """A parsed module: `tree` is None, with the reason in `problem`, where it cannot be read as Python 3.

    `config` holds what is assigned to items of anything called `config` (`app.config["UPLOAD_FOLDER"] = …`),
    `options` the defaults of command line options by their attribute.
    """

    path: str
    tree: ast.Module | None
    scope: Scope
    problem: str | None = None
    config: dict[str, list[ast.expr]] = field(default_factory=dict)
    options: dict[str, ast.expr] = field(default_factory=dict)
    source: bytes = b""


class Modules:
    """The modules of one context, parsed when asked for.

    Syntax trees are some thirty times the size of their source, so only those of the last `_TREES` bytes of
    source are kept; a module asked for later is parsed again.
    """

    def __init__(self, context: BuildContext) -> None:
        self.context = context
        self._kept: OrderedDict[str, ModuleNames] = OrderedDict()
        self._bytes = 0

    def names(self, path: str) -> ModuleNames:
        """A module, parsed, with its global names bound; nothing of it is run."""
        found = self._kept.get(path)
        if found is not None:
            self._kept.move_to_end(path)
            return found
        found = self._kept[path] = _module_names(self.context, path)
        self._bytes += len(found.source)
        while self._bytes > _TREES and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1].source)
        return found


def _module_names(context: BuildContext, path: str) -> ModuleNames:
    scope = Scope(path)
    if context.size(path) > FILE_LIMIT:
        return ModuleNames(path, None, scope, "is too large to be read")
    raw = context.read(path)
    tree = parsed(raw) if raw is not None else None
    if tree is None:
        unparsed = "is no source of Python 3" if raw is not None else "cannot be read"
        return ModuleNames(path, None, scope, unparsed)
    names = ModuleNames(path, tree, scope, source=raw or b"")
    bind_all(tree.body, scope)
    if b"config[" in names.source or b"add_argument" in names.source:
        for node in ast.walk(tree):
            _collect(node, names)
    return names


def _collect(node: ast.AST, names: ModuleNames) -> None:
    match node:
        case ast.Assign() if key := _config_key(node.targets[0]):
            names.config.setdefault(key, []).append(node.value)
        case ast.Call(func=ast.Attribute(attr="add_argument")):
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            default = next((one.value for one in node.keywords if one.arg == "default"), None)
            if default is not None:
                names.options.update({word.lstrip("-").replace("-", "_"): default for word in words})


def scope_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda, parent: Scope) -> Scope:
    """The scope that a function or class opens, its own names bound."""
    is_class = isinstance(node, ast.ClassDef)
    is_filled = isinstance(node, ast.ClassDef) and bool(node.bases or node.decorator_list)
    bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
    is_settings = any(base.endswith("Settings") for base in bases)
    scope = Scope(parent.module, parent, is_class=is_class, is_settings=is_settings, is_filled=is_filled)
    if not isinstance(node, ast.ClassDef):
        _bind_parameters(node.args, scope)
    if isinstance(node.body, list):
        bind_all(node.body, scope)
        _unbind_globals(node, scope)
    return scope


def _bind_parameters(arguments: ast.arguments, scope: Scope) -> None:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    defaults += [*arguments.defaults, *arguments.kw_defaults]
    for argument, default in zip([*plain, *arguments.kwonlyargs], defaults, strict=True):
        scope.bind(argument.arg, Default(default) if default is not None else None)
    for extra in (arguments.vararg, arguments.kwarg):
        if extra is not None:
            scope.bind(extra.arg, None)


def _unbind_globals(node: ast.stmt, scope: Scope) -> None:
    """A name declared global is assigned in the module, at a time that nobody can tell."""
    for inner in _statements([node]):
        if isinstance(inner, ast.Global | ast.Nonlocal):
            for name in inner.names:
                scope.names.pop(name, None)


def bind_all(body: list[ast.stmt], scope: Scope) -> None:
    """Bind every name that the statements assign, in nested blocks too, but not in nested functions or classes."""
    for statement in _statements(body):
        if type(statement) in _BINDING:
            _bind(statement, scope)


_BLOCKS = frozenset(
    {ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match}
)
_BINDING = frozenset(
    {ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign}
    | {ast.AugAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith}
)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if type(statement) not in _BLOCKS:
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, name, []))
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body)
        for case in getattr(statement, "cases", []):
            yield from _statements(case.body)


def _bind(statement: ast.stmt, scope: Scope) -> None:
    match statement:
        case ast.Import():
            for alias in statement.names:
                name = alias.asname or alias.name.split(".")[0]
                scope.bind(name, Imported(alias.name if alias.asname else name, 0, None))
        case ast.ImportFrom():
            for alias in statement.names:
                scope.bind(alias.asname or alias.name, Imported(statement.module or "", statement.level, alias.name))
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope.bind(statement.name, statement)
        case ast.Assign():
            for target in statement.targets:
                _bind_target(target, statement.value, scope)
        case ast.AnnAssign():
            if statement.value is not None:
                _bind_target(statement.target, statement.value, scope)
            elif isinstance(statement.target, ast.Name) and scope.is_settings:
                scope.fields.add(statement.target.id)
        case ast.AugAssign() | ast.For() | ast.AsyncFor():
            _bind_target(statement.target, None, scope)
        case ast.With() | ast.AsyncWith():
            for item in statement.items:
                if item.optional_vars is not None:
                    _bind_target(item.optional_vars, item.context_expr, scope)
        case _:
            pass


def _bind_target(target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        # self.path: kept under the dotted name, found by the class's methods alone
        scope.bind(f"{target.value.id}.{target.attr}", value)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        paired = len(values) == len(target.elts)
        for at, element in enumerate(target.elts):
            _bind_target(element, values[at] if paired else None, scope)
    elif isinstance(target, ast.Starred):
        _bind_target(target.value, None, scope)


def _config_key(target: ast.expr) -> str | None:
    """`UPLOAD_FOLDER` in `app.config["UPLOAD_FOLDER"]`."""
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        holder = target.value
        name = holder.attr if isinstance(holder, ast.Attribute) else holder.id if isinstance(holder, ast.Name) else ""
        if name == "config" and isinstance(target.slice.value, str):
            return target.slice.value
    return None
