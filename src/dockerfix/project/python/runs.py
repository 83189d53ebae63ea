"""The calls that run when a Python file is started, followed through functions and imports, nothing being run."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from dockerfix.frozen import frozen
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.names import Binding, Imported, ModuleNames, Modules

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["RunningCall", "running_calls"]

_MODULES = 40  # files followed; a start that goes deeper is nobody's `main`
_DEEPEST = 40  # functions that call each other, one by one
# Calls that run the function they are given.
_RUN_THEIR_ARGUMENT = frozenset({"anyio.run", "trio.run", "typer.run", "fire.Fire"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Place: TypeAlias = "tuple[ModuleNames, _Function]"


@frozen(eq=False)
class RunningCall:
    """A call and the context path of its module; `certain` is False where a condition or a loop decides."""

    path: str
    node: ast.Call
    certain: bool


def running_calls(context: BuildContext, path: str) -> tuple[RunningCall, ...]:
    """The calls that `python PATH` makes: those of the file, its `__main__` block, and of the functions these call.

    Only functions at the top of a module are followed, by their own name or an imported one; what methods,
    decorators and command line parsers call is not found. An `if` other than that of `__main__` makes both of its
    branches uncertain.
    """
    walk = _Walk(Modules(context))
    main = walk.modules.names(path)
    if main.tree is not None:
        walk.body(main, main.tree.body, certain=True, is_main=True)
    return tuple(walk.found)


class _Walk:
    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.found: list[RunningCall] = []
        self.followed: set[tuple[str, int, bool]] = set()
        self.depth = 0

    def body(self, module: ModuleNames, statements: list[ast.stmt], *, certain: bool, is_main: bool = False) -> None:
        for statement in statements:
            self._statement(module, statement, certain, is_main)
            if isinstance(statement, ast.Return | ast.Raise | ast.Break | ast.Continue):
                return

    def _statement(self, module: ModuleNames, node: ast.stmt, certain: bool, is_main: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case ast.If():
                self._if(module, node, certain, is_main)
            case ast.Try() | ast.TryStar():
                self.body(module, node.body, certain=certain, is_main=is_main)
                for handler in node.handlers:
                    self.body(module, handler.body, certain=False, is_main=is_main)
                for after in (node.orelse, node.finalbody):
                    self.body(module, after, certain=certain, is_main=is_main)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self._expression(module, item.context_expr, certain)
                self.body(module, node.body, certain=certain, is_main=is_main)
            case ast.While() | ast.For() | ast.AsyncFor() | ast.Match():
                self._branches(module, node, certain, is_main)
            case _:
                for child in ast.iter_child_nodes(node):
                    self._expression(module, child, certain)

    def _if(self, module: ModuleNames, node: ast.If, certain: bool, is_main: bool) -> None:
        main = _asks_for_main(node.test)
        if main is not None:
            self.body(module, node.body if main is is_main else node.orelse, certain=certain, is_main=is_main)
            return
        self._expression(module, node.test, certain)
        for branch in (node.body, node.orelse):
            self.body(module, branch, certain=False, is_main=is_main)

    def _branches(self, module: ModuleNames, node: ast.stmt, certain: bool, is_main: bool) -> None:
        for_ever = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(module, child, certain)
            elif isinstance(child, ast.match_case):
                self.body(module, child.body, certain=False, is_main=is_main)
        for name in ("body", "orelse"):
            self.body(module, getattr(node, name, []), certain=certain and for_ever, is_main=is_main)

    def _expression(self, module: ModuleNames, node: ast.AST, certain: bool) -> None:
        match node:
            case ast.Lambda():
                return
            case ast.IfExp(test=first):
                others = [node.body, node.orelse]
            case ast.BoolOp(values=[first, *others]):
                pass
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._children(module, node, certain=False)
                return
            case _:
                self._children(module, node, certain)
                return
        self._expression(module, first, certain)
        for other in others:
            self._expression(module, other, certain=False)

    def _children(self, module: ModuleNames, node: ast.AST, certain: bool) -> None:
        for child in ast.iter_child_nodes(node):
            self._expression(module, child, certain)
        if isinstance(node, ast.Call):
            self.found.append(RunningCall(module.path, node, certain))
            for handed in (node.func, *_functions_handed_over(node)):
                for owner, function in self._functions(module, handed):
                    self._follow(owner, function, certain)

    def _follow(self, module: ModuleNames, function: _Function, certain: bool) -> None:
        key = (module.path, function.lineno, certain)
        if key in self.followed or (module.path, function.lineno, True) in self.followed:
            return
        if len({path for path, _, _ in self.followed} | {module.path}) <= _MODULES:
            self.followed.add(key)
            if self.depth < _DEEPEST:
                self.depth += 1
                self.body(module, function.body, certain=certain)
                self.depth -= 1

    def _functions(self, module: ModuleNames, node: ast.expr) -> Iterator[_Place]:
        """The function at the top of a module that an expression names, if it has one meaning."""
        match node:
            case ast.Name(id=name):
                yield from self._bound(module, module.scope.names.get(name, []))
            case ast.Attribute(value=ast.Name(id=name), attr=inner):
                for binding in module.scope.names.get(name, []):
                    if isinstance(binding, Imported):
                        other = self._module(module, binding)
                        yield from self._bound(other, other.scope.names.get(inner, [])) if other else ()

    def _bound(self, module: ModuleNames, bindings: list[Binding]) -> Iterator[_Place]:
        if len(bindings) != 1:
            return
        binding = bindings[0]
        if isinstance(binding, _Function):
            yield module, binding
        elif isinstance(binding, Imported) and binding.name is not None:
            owner = self._file(module, binding.module, binding.level)
            if owner is not None and not isinstance(owner.scope.names.get(binding.name, [None])[0], Imported):
                yield from self._bound(owner, owner.scope.names.get(binding.name, []))

    def _module(self, module: ModuleNames, binding: Imported) -> ModuleNames | None:
        """The module that an import binds a name to."""
        if binding.name is None:
            return self._file(module, binding.module, binding.level)
        return self._file(module, f"{binding.module}.{binding.name}".lstrip("."), binding.level)

    def _file(self, module: ModuleNames, name: str, level: int) -> ModuleNames | None:
        files = resolved(self.modules.context, module.path, name, level)
        last = files[-1] if files else ""
        is_it = posixpath.basename(last) in (f"{name.rpartition('.')[2]}.py", "__init__.py")
        return self.modules.names(last) if is_it else None


def _asks_for_main(test: ast.expr) -> bool | None:
    """True for `__name__ == "__main__"`, False for `!=`, None for anything else."""
    match test:
        case ast.Compare(left=one, ops=[operator], comparators=[other]):
            names = {getattr(side, "id", getattr(side, "value", None)) for side in (one, other)}
            if names == {"__name__", "__main__"} and isinstance(operator, ast.Eq | ast.NotEq):
                return isinstance(operator, ast.Eq)
    return None


def _functions_handed_over(node: ast.Call) -> Iterator[ast.expr]:
    """Functions that a call runs: `Thread(target=serve)`, `typer.run(main)`."""
    yield from (keyword.value for keyword in node.keywords if keyword.arg == "target")
    match node.func:
        case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in _RUN_THEIR_ARGUMENT:
            yield from node.args[:1]
