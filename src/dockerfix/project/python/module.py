"""One Python module read from top to bottom, each call handed to those who know what it means."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from dockerfix.project.python import (
    apps,
    calls,
    extensions,
    privileges,
    tools,
    writes,
)
from dockerfix.project.python.facts import Import, ModuleFacts
from dockerfix.project.python.names import ModuleNames, Modules, Scope, scope_of
from dockerfix.project.python.values import Evaluator
from dockerfix.regexes import regex

__all__ = ["module_facts"]

_FRAMEWORKS = frozenset(name.split(".")[0].encode() for name in calls.APPS)
_STRING_LIMIT = 255  # characters; longer ones are no paths
# Django's settings, "INSTALLED_APPS", "MIDDLEWARE"; many projects part the first one in several lists.
_PLUGIN_LISTS = ("_APPS", "MIDDLEWARE", "_BACKENDS")
_DOTTED = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_LEAVES = (ast.Name, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.alias, ast.arg)
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def module_facts(modules: Modules, path: str) -> ModuleFacts:
    """What one module of the context tells; it is parsed, never run."""
    names = modules.names(path)
    facts = ModuleFacts(path, names.problem)
    if names.tree is not None:
        reader = ModuleVisitor(modules, facts, names)
        try:
            reader.visit(names.tree)
        except RecursionError:
            return ModuleFacts(path, "is nested too deeply to be read")
    return facts


class ModuleVisitor(ast.NodeVisitor):
    """Walks a module and keeps track of the scope, of guards and of `if __name__ == "__main__"`."""

    def __init__(self, modules: Modules, facts: ModuleFacts, names: ModuleNames) -> None:
        self.modules = modules
        self.context = modules.context
        self.facts = facts
        self.scope = names.scope
        self.names_framework = any(name in names.source for name in _FRAMEWORKS)
        self.names_raw = any(name.encode() in names.source for name in privileges.RAW_SOCKETS)
        self.evaluator = Evaluator(modules)
        self.guarded = 0
        self.functions: list[str] = []
        self.main = False
        self.decorates = False

    @property
    def module(self) -> str:
        """The path of the module."""
        return self.facts.path

    def dotted(self, node: ast.expr) -> str:
        """The full name of a called object (see `Evaluator.dotted`)."""
        return self.evaluator.dotted(node, self.scope)

    def _inside(self, scope: Scope, read: Callable[[], None]) -> None:
        outer, self.scope = self.scope, scope
        read()
        self.scope = outer

    def visit(self, node: ast.AST) -> None:
        """As the standard library's, without making a name for each node."""
        _visits().get(type(node), ModuleVisitor.generic_visit)(self, node)

    def generic_visit(self, node: ast.AST) -> None:
        """As the standard library's, which spends half of its time on names and operators, where nothing is read."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST) and not isinstance(item, _LEAVES):
                        self.visit(item)
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                self.visit(value)

    def _function(self, node: _Function) -> None:
        self.decorates = True
        for decorator in node.decorator_list:
            self.visit(decorator)
        self.decorates = False
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        apps.read_factory(self, node)
        self.functions.append(node.name)
        self._inside(scope_of(node, self.scope), lambda: self._all(node.body))
        self.functions.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(_class_scope(node, self.scope), lambda: self._all(node.body))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside(scope_of(node, self.scope), lambda: self.visit(node.body))

    def _comprehension(self, node: _Comprehension) -> None:
        inner = Scope(self.scope.module, self.scope)
        for generator in node.generators:
            for name in ast.walk(generator.target):
                if isinstance(name, ast.Name):
                    inner.bind(name.id, None)
        self._inside(inner, lambda: self.generic_visit(node))

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def _all(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def visit_Try(self, node: ast.Try) -> None:
        self.guarded += 1
        self._all(node.body)
        for handler in node.handlers:
            self._all(handler.body)
        self.guarded -= 1
        self._all([*node.orelse, *node.finalbody])

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        before, self.main = self.main, self.main or _is_main(node.test)
        self.guarded += 1
        self._all(node.body)
        self.main = before
        self._all(node.orelse)
        self.guarded -= 1

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import(alias.name, 0, (), node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._import(node.module or "", node.level, tuple(alias.name for alias in node.names), node.lineno)

    def _import(self, module: str, level: int, names: tuple[str, ...], line: int) -> None:
        required = not self.guarded and not self.functions
        self.facts.imports.append(Import(module, level, names, line, required))
        if not level:
            tools.read_home_cache(self, module, line)
            privileges.read_import(self, module, line)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and 0 < len(node.value) <= _STRING_LIMIT and "\n" not in node.value:
            self.facts.strings.append((node.value, node.lineno))
            writes.read_text(self, node)
            privileges.read_text(self, node.value, node.lineno)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        writes.read_text(self, node)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        # the left operand of "sqlite:///" + path is no URL by itself
        if isinstance(node.op, ast.Add | ast.Mod) and writes.read_text(self, node):
            self.visit(node.right)
            return
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        apps.read_assignment(self, node)
        writes.read_assignment(self, node.targets, node.value)
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                privileges.read_mapping(self, target.attr, node.value)
            elif isinstance(target, ast.Name):
                privileges.read_mapping(self, target.id, node.value)
        self._plugins(node.targets[0], node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._plugins(node.target, node.value)
        self.generic_visit(node)

    def _plugins(self, target: ast.expr, value: ast.expr) -> None:
        """Modules that settings name by strings: `INSTALLED_APPS = ["corsheaders", …]`, `MIDDLEWARE += […]`."""
        if isinstance(target, ast.Name) and target.id.endswith(_PLUGIN_LISTS):
            for one in _elements(value):
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and _DOTTED.fullmatch(one.value):
                    self.facts.plugins.append((one.value, one.lineno))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            writes.read_assignment(self, [node.target], node.value)
            self._plugins(node.target, node.value)
            self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        writes.read_dict(self, node)
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                privileges.read_mapping(self, key.value, value)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        # docstrings name files in prose
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.dotted(node.func)
        if name == ".format" and writes.read_text(self, node):
            return
        writes.read_call(self, node, name)
        apps.read_call(self, node, name)
        tools.read_call(self, node, name)
        privileges.read_call(self, node, name)
        extensions.read_call(self, node, name)
        self.generic_visit(node)


@cache
def _visits() -> dict[type[ast.AST], Callable[[ModuleVisitor, Any], None]]:
    methods = {name: method for name, method in vars(ModuleVisitor).items() if name.startswith("visit_")}
    return {getattr(ast, name.removeprefix("visit_")): method for name, method in methods.items()}


def _elements(node: ast.expr) -> Iterator[ast.expr]:
    """What stands in a list, or in lists that are added."""
    if isinstance(node, ast.BinOp):
        yield from (*_elements(node.left), *_elements(node.right))
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        yield from node.elts


def _class_scope(node: ast.ClassDef, outer: Scope) -> Scope:
    """A class's names, and what its methods assign to attributes of `self`."""
    scope = scope_of(node, outer)
    for statement in node.body:
        if isinstance(statement, _Function):
            inner = scope_of(statement, scope)
            for name, bindings in inner.names.items():
                if name.startswith("self."):
                    for binding in bindings:
                        scope.bind(name, binding)
    return scope


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
