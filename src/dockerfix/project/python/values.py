"""Paths that Python expressions stand for, worked out without running anything."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import replace

from dockerfix.project.formats.path_values import Value, at_home, variable
from dockerfix.project.python.calls import ENVIRONMENT, FIELDS, JOINS, SAME_PATH, SETTINGS, TEMPORARY
from dockerfix.project.python.file_names import file_name
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.names import Binding, Default, Imported, Modules, Scope, scope_of
from dockerfix.text import is_number

__all__ = ["Evaluator"]

_DEPTH = 24  # names followed one after the other; beyond it an answer would be luck


class Evaluator:
    """Works out expressions of the modules of one context."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.context = modules.context
        self._open: set[tuple[int, str]] = set()
        self._requires = False

    def required(self, node: ast.expr | None, scope: Scope) -> Value | None:
        """A path that starts with a variable of the environment, or a field of settings, that has no default."""
        self._requires = True
        try:
            found = self.value(node, scope)
        finally:
            self._requires = False
        return found if found is not None and found.base == "variable" else None

    def value(self, node: ast.expr | None, scope: Scope, depth: int = 0) -> Value | None:
        """The path or string of an expression; None where it cannot be known."""
        if node is None or depth > _DEPTH:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return Value(text)
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return Value(str(number))
            case ast.Name():
                return self._name(node.id, scope, depth)
            case ast.Attribute():
                return self._attribute(node, scope, depth)
            case ast.JoinedStr():
                return self._pieces(list(_fstring_parts(node)), scope, depth)
            case ast.BinOp():
                return self._operation(node, scope, depth)
            case ast.BoolOp(op=ast.Or()):
                return self._first(node.values, scope, depth)
            case ast.Subscript():
                return self._subscript(node, scope, depth)
            case ast.Call():
                return self._call(node, scope, depth)
            case ast.Await() | ast.NamedExpr():
                return self.value(node.value, scope, depth + 1)
            case _:
                return None

    def number(self, node: ast.expr | None, scope: Scope) -> int | None:
        """The whole number of an expression, a default for an environment variable included."""
        found = self.value(node, scope)
        return int(found.text) if found and found.exact and is_number(found.text) else None

    def dotted(self, node: ast.expr, scope: Scope) -> str:
        """The full name of a called object through its imports (`fastapi.FastAPI`); as written where unknown."""
        if isinstance(node, ast.Attribute):
            head = self.dotted(node.value, scope)
            return f"{head}.{node.attr}" if head else f".{node.attr}"
        if not isinstance(node, ast.Name):
            return ""
        found = scope.lookup(node.id)
        imported = next((one for one in reversed(found[1]) if isinstance(one, Imported)), None) if found else None
        if imported is None:
            return node.id
        module = "." * imported.level + imported.module
        return module if imported.name is None else f"{module}.{imported.name}"

    def _name(self, name: str, scope: Scope, depth: int) -> Value | None:
        if name == "__file__":
            return Value(scope.module, "module")
        found = scope.lookup(name) or self._starred(name, scope)
        # a name that depends on itself (x = x + 1) has no one value
        if found is None or (key := (id(found[0]), name)) in self._open:
            return None
        self._open.add(key)
        try:
            return self._agreed(found[1], found[0], name, depth + 1)
        finally:
            self._open.discard(key)

    def _agreed(self, bindings: list[Binding], scope: Scope, name: str, depth: int) -> Value | None:
        """The value of all bindings, where they have but one; one that reads the environment makes it a default."""
        names = {id(one): self._variable(one, scope) for one in bindings if isinstance(one, ast.expr)}
        variables = [name for name in names.values() if name is not None]
        values = {self._bound(one, scope, name, depth) for one in bindings if names.get(id(one)) is None}
        if len(values) != 1:
            return self._bound(bindings[0], scope, name, depth) if len(bindings) == 1 else None
        found = values.pop()
        return replace(found.or_of(*variables), certain=False) if found and variables else found

    def _variable(self, node: ast.expr, scope: Scope) -> str | None:
        """The variable of the environment that an expression reads without a default."""
        key: ast.expr | None = None
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            if self.dotted(node.func, scope) in ENVIRONMENT or (
                self._requires and self.dotted(node.func, scope) in SETTINGS
            ):
                key = node.args[0]
        elif isinstance(node, ast.Subscript) and self.dotted(node.value, scope) == "os.environ":
            key = node.slice
        return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None

    def _bound(self, binding: Binding, scope: Scope, name: str, depth: int) -> Value | None:
        if isinstance(binding, ast.expr):
            return self.value(binding, scope, depth)
        if isinstance(binding, Default):
            found = self.value(binding.value, scope.parent or scope, depth)
            return replace(found, certain=False) if found else None
        if isinstance(binding, Imported) and binding.name is not None and depth <= _DEPTH:
            for path in reversed(resolved(self.context, scope.module, binding.module, binding.level)):
                if path.endswith(".py"):
                    return self._name(binding.name, self.modules.names(path).scope, depth + 1)
        return None

    def _starred(self, name: str, scope: Scope) -> tuple[Scope, list[Binding]] | None:
        """A name that `from … import *` may bring, the last such import first."""
        while scope.parent is not None:
            scope = scope.parent
        for one in reversed(scope.names.get("*", [])):
            if isinstance(one, Imported) and (key := (id(scope), f"* {one.module}")) not in self._open:
                self._open.add(key)
                found = self._in_star(name, one, scope)
                self._open.discard(key)
                if found:
                    return found
        return None

    def _in_star(self, name: str, imported: Imported, scope: Scope) -> tuple[Scope, list[Binding]] | None:
        for path in resolved(self.context, scope.module, imported.module, imported.level)[-1:]:
            if path.endswith(".py"):
                other = self.modules.names(path).scope
                return (other, other.names[name]) if name in other.names else self._starred(name, other)
        return None

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Value | None:
        whole = self.dotted(node, scope)
        if whole in {"os.sep", "os.path.sep"}:
            return Value("/")
        if whole == "settings.BASE_DIR" or whole.startswith("django.conf.settings."):
            return None
        holder = self._members(node.value, scope, depth + 1)
        if holder is not None:
            found = self._name(node.attr, holder, depth + 1) if node.attr in holder.names else None
            if found is None and self._requires and node.attr in holder.fields:
                return variable(f"*{node.attr}")
            # pydantic's settings, environ-config and their like take a field's value from the environment
            return found.or_of_field(node.attr) if found and holder.is_filled else found
        if node.attr == "instance_path":
            return Value("", "instance")
        if node.attr in {"parent", "name", "parents"}:
            return self._path_attribute(node, scope, depth)
        if (option := self._option(node, scope, depth)) is not None:
            return option
        return self._own_attribute(node, scope, depth)

    def _option(self, node: ast.Attribute, scope: Scope, depth: int) -> Value | None:
        """The default of a command line option: `args.port` after `args = parser.parse_args()`."""
        found = scope.lookup(node.value.id) if isinstance(node.value, ast.Name) else None
        made = found[1][0] if found else None
        if not (isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr == "parse_args"):
            return None
        options = self.modules.names(scope.module).options
        written = options.get(node.attr)
        default = self.value(written, scope, depth + 1)
        spellings = (f"--{name}" for name, one in options.items() if one is written)
        return replace(default.or_of(*spellings), certain=False) if default else None

    def _path_attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Value | None:
        below = self.value(node.value, scope, depth + 1)
        if below is None:
            return None
        if node.attr == "name":
            if below.base == "variable":
                return None
            if below.base == "temp" or self._is_temporary(node.value, scope):
                return below
            return replace(below, text=posixpath.basename(below.text), base="cwd") if below.exact else None
        return below.parent() if node.attr == "parent" else None

    def _is_temporary(self, node: ast.expr, scope: Scope) -> bool:
        found = scope.lookup(node.id) if isinstance(node, ast.Name) else None
        made = found[1][0] if found else None
        return isinstance(made, ast.Call) and self.dotted(made.func, scope) in TEMPORARY

    def _own_attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Value | None:
        """`self.path`, where one method assigned it, or the class body did."""
        if not isinstance(node.value, ast.Name) or node.value.id not in {"self", "cls"}:
            return None
        inner: Scope | None = scope
        while inner is not None and not inner.is_class:
            inner = inner.parent
        if inner is None:
            return None
        found = inner.names.get(f"self.{node.attr}") or inner.names.get(node.attr) or []
        key = (id(inner), f"self.{node.attr}")
        if len(found) != 1 or key in self._open:
            return None
        self._open.add(key)
        try:
            return self._bound(found[0], self._method_scope(inner, found[0]), node.attr, depth + 1)
        finally:
            self._open.discard(key)

    def _method_scope(self, scope: Scope, binding: Binding) -> Scope:
        for bindings in scope.names.values():
            for method in bindings:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and _holds(method, binding):
                    return scope_of(method, scope)
        return scope

    def _members(self, node: ast.expr, scope: Scope, depth: int) -> Scope | None:
        """The names behind the dot: those of a module of the project, of a class, or of an instance made of one."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Call):
            return self._members_of_call(node, scope, depth)
        if not isinstance(node, ast.Name):
            return None
        found = scope.lookup(node.id)
        if found is None or len(found[1]) != 1:
            return None
        return self._members_of(found[1][0], found[0], depth + 1)

    def _members_of(self, binding: Binding, scope: Scope, depth: int) -> Scope | None:
        if isinstance(binding, ast.ClassDef):
            return scope_of(binding, scope)
        if isinstance(binding, ast.Call | ast.Name):
            return self._members(binding, scope, depth + 1)
        if isinstance(binding, ast.FunctionDef):
            returned = [inner.value for inner in ast.walk(binding) if isinstance(inner, ast.Return)]
            made = returned[0] if len(returned) == 1 else None
            return self._members_of_call(made, scope, depth + 1) if isinstance(made, ast.Call) else None
        if isinstance(binding, Imported) and depth <= _DEPTH:
            return self._members_of_import(binding, scope, depth)
        return None

    def _members_of_import(self, imported: Imported, scope: Scope, depth: int) -> Scope | None:
        module = imported.module
        if imported.name is not None:
            inner = f"{module}.{imported.name}" if module else imported.name
            files = resolved(self.context, scope.module, inner, imported.level)
            if files and files[-1].endswith(".py"):
                return self.modules.names(files[-1]).scope
        files = resolved(self.context, scope.module, module, imported.level)
        if not files or not files[-1].endswith(".py"):
            return None
        names = self.modules.names(files[-1]).scope
        if imported.name is None:
            return names
        found = names.names.get(imported.name, [])
        return self._members_of(found[0], names, depth + 1) if len(found) == 1 else None

    def _members_of_call(self, node: ast.Call, scope: Scope, depth: int) -> Scope | None:
        """An instance has its class's names; a function without arguments that only makes one counts as it."""
        if not isinstance(node.func, ast.Name):
            return None
        found = scope.lookup(node.func.id)
        binding, owner = (found[1][0], found[0]) if found and len(found[1]) == 1 else (None, scope)
        if isinstance(binding, Imported):
            return self._members_of_import(binding, owner, depth + 1)
        called = isinstance(binding, ast.FunctionDef | ast.ClassDef)
        return self._members_of(binding, owner, depth + 1) if called else None

    def _operation(self, node: ast.BinOp, scope: Scope, depth: int) -> Value | None:
        left = self.value(node.left, scope, depth + 1)
        right = self.value(node.right, scope, depth + 1)
        if left is None:
            is_sum = isinstance(node.op, ast.Add) and right is not None and right.base == "cwd"
            return file_name(self.dotted, node.left, right.text, scope) if is_sum and right is not None else None
        match node.op:
            case ast.Div():
                return left.joined(right)
            case ast.Add():
                return left.followed(right)
            case ast.Mod():
                before, hole, behind = left.text.partition("%")
                if not before and hole:
                    first = node.right.elts[0] if isinstance(node.right, ast.Tuple) and node.right.elts else node.right
                    return file_name(self.dotted, first, behind.lstrip("0123456789")[1:], scope)
                return replace(left, text=before, exact=False)
            case _:
                return None

    def _first(self, nodes: list[ast.expr], scope: Scope, depth: int) -> Value | None:
        """`a or b`: a variable of the environment without a default leaves the last word to what follows."""
        environment: list[str] = []
        for node in nodes:
            found = self.value(node, scope, depth + 1)
            is_last = node is nodes[-1]
            if found is not None and (found.base != "variable" or (is_last and not environment)):
                return replace(found.or_of(*environment), certain=False) if environment else found
            name = self._environment_name(node, scope)
            if name is None:
                return None
            environment.append(name)
        return None

    def _environment_name(self, node: ast.expr, scope: Scope) -> str | None:
        if isinstance(node, ast.Name):
            bound = scope.lookup(node.id)
            only = bound[1][0] if bound and len(bound[1]) == 1 else None
            return self._variable(only, bound[0]) if bound and isinstance(only, ast.expr) else None
        if isinstance(node, ast.Subscript):
            return self._variable(node, scope)
        if isinstance(node, ast.Call) and self.dotted(node.func, scope) in ENVIRONMENT and node.args:
            name = node.args[0]
            return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
        return None

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> Value | None:
        needed = self._variable(node, scope) if self._requires else None
        if needed is not None:
            return variable(needed)
        holder = self.dotted(node.value, scope)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if holder.split(".")[-1] == "config" and isinstance(key, str):
            given = self.modules.names(scope.module).config.get(key, [])
            values = {self.value(one, scope, depth + 1) for one in given}
            return values.pop() if len(values) == 1 else None
        if isinstance(node.value, ast.Attribute) and node.value.attr == "parents" and isinstance(key, int):
            below = self.value(node.value.value, scope, depth + 1)
            return below.parent(key + 1) if below else None
        found = self.value(node.value, scope, depth + 1)
        # mkstemp gives a pair
        return found if found is not None and found.base == "temp" else None

    def _pieces(self, nodes: list[ast.expr], scope: Scope, depth: int) -> Value | None:
        found: Value | None = None
        for at, node in enumerate(nodes):
            piece = self.value(node, scope, depth + 1)
            if at == 0:
                if piece is None:
                    behind = [
                        one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    ]
                    return file_name(self.dotted, node, "".join(behind), scope)
                found = piece
            elif found is not None:
                found = found.followed(piece)
        return found if nodes else Value("")

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Value | None:
        name = self.dotted(node.func, scope)
        if name in JOINS or (name in {"Path", "pathlib.Path"} and len(node.args) > 1):
            return self._joined(node.args, scope, depth)
        if name in {"os.getcwd", "Path.cwd", "pathlib.Path.cwd"} or (name in SAME_PATH and not node.args):
            return Value("")
        if name in {"Path.home", "pathlib.Path.home"}:
            return Value("", "home")
        if name in SAME_PATH or name in {"int", "float"}:
            return self.value(node.args[0], scope, depth + 1)
        if name in {"os.path.expanduser", "expanduser"}:
            return at_home(self.value(node.args[0] if node.args else None, scope, depth + 1))
        if name == "os.path.dirname" and node.args:
            below = self.value(node.args[0], scope, depth + 1)
            return below.parent() if below else None
        if name in TEMPORARY:
            return self._temporary(node, scope, depth)
        return self._setting(name, node, scope, depth) or self._method(node, scope, depth)

    def _temporary(self, node: ast.Call, scope: Scope, depth: int) -> Value | None:
        folder = next((keyword.value for keyword in node.keywords if keyword.arg == "dir"), None)
        if folder is None or (isinstance(folder, ast.Constant) and folder.value is None):
            return Value("", "temp", exact=False)
        found = self.value(folder, scope, depth + 1)
        return found.joined(None) if found else None

    def _joined(self, nodes: list[ast.expr], scope: Scope, depth: int) -> Value | None:
        found = self.value(nodes[0], scope, depth + 1) if nodes else None
        for node in nodes[1:]:
            if found is None:
                return None
            spread = isinstance(node, ast.Starred)
            found = found.joined(None if spread else self.value(node, scope, depth + 1))
        return found

    def _setting(self, name: str, node: ast.Call, scope: Scope, depth: int) -> Value | None:
        """A variable of the environment with a default, by the usual ways to read one."""
        default = next((keyword.value for keyword in node.keywords if keyword.arg == "default"), None)
        if name in ENVIRONMENT or name in SETTINGS:
            asked = node.args[0] if node.args else None
            default = default or (node.args[1] if len(node.args) > 1 else None)
            if default is None and self._requires and (needed := self._variable(node, scope)):
                return variable(needed)
            found = self.value(default, scope, depth + 1)
            named = (str(asked.value),) if isinstance(asked, ast.Constant) else ()
            return replace(found.or_of(*named), certain=False) if found else None
        if name in FIELDS:
            found = self.value(default or (node.args[0] if node.args else None), scope, depth + 1)
            return found.or_of(*_aliases(node)) if found and _aliases(node) else found
        return None

    def _method(self, node: ast.Call, scope: Scope, depth: int) -> Value | None:
        if not isinstance(node.func, ast.Attribute):
            return None
        method = node.func.attr
        if method == "get" and self.dotted(node.func.value, scope).split(".")[-1] == "config" and node.args:
            key = ast.Subscript(node.func.value, node.args[0], ast.Load())
            return self._subscript(key, scope, depth + 1)
        below = self.value(node.func.value, scope, depth + 1)
        if below is None:
            return None
        if method in {"resolve", "absolute", "as_posix", "strip", "rstrip", "__str__", "joinpath", "expanduser"}:
            if method == "joinpath":
                for argument in node.args:
                    below = below.joined(self.value(argument, scope, depth + 1))
            return at_home(below) if method == "expanduser" else below
        if method == "format":
            before, hole, behind = below.text.partition("{")
            if not before and hole:
                first = next(iter((*node.args, *(one.value for one in node.keywords))), None)
                return file_name(self.dotted, first, behind.partition("}")[2], scope)
            return replace(below, text=before, exact=False)
        return below if below.base == "temp" else None


def _aliases(node: ast.Call) -> tuple[str, ...]:
    """The variables that `Field(…)` names for a field."""
    words = [keyword.value for keyword in node.keywords if keyword.arg in ("alias", "env", "validation_alias")]
    texts = [inner.value for word in words for inner in ast.walk(word) if isinstance(inner, ast.Constant)]
    return tuple(text for text in texts if isinstance(text, str))


def _fstring_parts(node: ast.JoinedStr) -> Iterator[ast.expr]:
    for part in node.values:
        yield part.value if isinstance(part, ast.FormattedValue) else part


def _holds(method: ast.AST, binding: Binding) -> bool:
    return any(inner is binding for inner in ast.walk(method))
