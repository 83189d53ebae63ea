"""Absolute paths that are handed to libraries of which nothing is known: whatever they are for, they may be written."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.project.known.libraries import python_libraries
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.names import Imported
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.formats.path_values import Value
    from dockerfix.project.python.reader import ModuleReader

__all__ = ["READ_ONLY", "handed_paths"]

_WORD = regex(r"[a-z]+")
_OF_PATHS = frozenset(
    "path dir directory folder file filename filepath db database location storage store cache root dest output "
    "log logs persist workspace home".split()
)
_OPENING = frozenset("connect open init initialize create setup configure build load make".split())
READ_ONLY = ("/etc/", "/usr/", "/proc/", "/sys/", "/dev/", "/lib/")


def handed_paths(reader: ModuleReader, node: ast.Call, name: str) -> Iterator[tuple[str, Value, int]]:
    """The library, the path and the line of each absolute path that a call hands to a library without a record."""
    library = _stranger(reader, node, name)
    if library is None:
        return
    called = name.rpartition(".")[2]
    given = [*node.args] if called[:1].isupper() or called in _OPENING else []
    given += [one.value for one in node.keywords if set(_WORD.findall(one.arg or "")) & _OF_PATHS]
    for argument in given:
        found = reader.evaluator.value(argument, reader.scope)
        if found is not None and found.text.startswith("/") and not found.text.startswith(READ_ONLY):
            yield library, found, node.lineno


def _stranger(reader: ModuleReader, node: ast.Call, name: str) -> str | None:
    """The first part of an imported name, if neither the project nor a record holds it."""
    root = node.func
    while isinstance(root, ast.Attribute):
        root = root.value
    found = reader.scope.lookup(root.id) if isinstance(root, ast.Name) else None
    if found is None or not any(isinstance(one, Imported) and not one.level for one in found[1]):
        return None
    top = name.partition(".")[0]
    known = top in sys.stdlib_module_names or python_libraries().of(name) is not None
    return None if known or resolved(reader.context, reader.module, top) else top
