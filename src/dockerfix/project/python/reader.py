"""What a walk through a module hands to those who read its nodes; `python_module.py` walks."""

from __future__ import annotations

import ast
from typing import Protocol

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.python.facts import ModuleFacts
from dockerfix.project.python.names import Modules, Scope
from dockerfix.project.python.values import Evaluator

__all__ = ["ModuleReader"]


class ModuleReader(Protocol):
    """Where the walk stands.

    Attributes:
        facts: what has been found; readers add to it.
        functions: names of the functions around the node, outermost first.
        main: inside `if __name__ == "__main__"`.
        decorates: inside a decorator.
        names_framework: the module speaks of a web framework.
        names_raw: it speaks of raw sockets.
    """

    modules: Modules
    context: BuildContext
    facts: ModuleFacts
    scope: Scope
    evaluator: Evaluator
    functions: list[str]
    main: bool
    decorates: bool
    names_framework: bool
    names_raw: bool

    @property
    def module(self) -> str:
        """The path of the module."""

    def dotted(self, node: ast.expr) -> str:
        """The full name of a called object (see `Evaluator.dotted`)."""
