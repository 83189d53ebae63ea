"""Strings that start with an unknown part: the name of a file below the working directory, or any path at all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeAlias, TypeGuard

from dockerfix.project.formats.path_values import BELOW, Value, is_file_name
from dockerfix.project.python.calls import ENVIRONMENT
from dockerfix.project.python.names import Scope

__all__ = ["file_name"]

_OUTSIDE = frozenset({"sys.argv", "os.environ", "input", "argparse.Namespace"})
# Names of objects whose attributes come from settings or the command line.
_HOLDERS = frozenset("settings setting config conf cfg args opts options env".split())
_Dotted: TypeAlias = Callable[[ast.expr, Scope], str]


def file_name(dotted: _Dotted, node: ast.expr | None, behind: str, scope: Scope) -> Value | None:
    """What `f"{user}.json"` stands for: a file name below the working directory; None for what may be any path.

    Args:
        dotted: tells the full name of an expression.
        node: the unknown expression that the string starts with, `behind` the known text after it.
    """
    if node is None or not is_file_name(_spoken(node), behind) or _is_from_outside(dotted, node, scope):
        return None
    return BELOW


def _is_from_outside(dotted: _Dotted, node: ast.expr, scope: Scope) -> bool:
    """Whether the command line or the environment decides an expression, or a variable in it."""
    for inner in ast.walk(node):
        found = scope.lookup(inner.id) if isinstance(inner, ast.Name) else None
        bound = [one for one in found[1] if isinstance(one, ast.expr)] if found else []
        names = [dotted(part, scope) for one in (inner, *bound) for part in ast.walk(one) if _is_named(part)]
        if any(_is_outside(name) for name in names):
            return True
    return False


def _is_outside(name: str) -> bool:
    is_option = name.partition(".")[0] in _HOLDERS or name.endswith(".parse_args")
    return is_option or name in _OUTSIDE or name in ENVIRONMENT


def _spoken(node: ast.expr) -> str:
    """What people call a value: the name of the variable, attribute, function or key."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Await(value=inner):
            return _spoken(inner)
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Subscript(value=inner):
            return _spoken(inner)
    return ""


def _is_named(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.Name | ast.Attribute)
