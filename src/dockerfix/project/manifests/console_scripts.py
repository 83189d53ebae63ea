"""The commands that an install of the project puts on PATH, by the module that each one calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dockerfix.memo import memoised_on
from dockerfix.project.manifests.pyproject import table, toml
from dockerfix.project.manifests.python_project import python_project

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["console_scripts"]


@memoised_on("code")
def console_scripts(context: BuildContext) -> Mapping[str, str]:
    """Command → dotted module, of `[project.scripts]` and `[tool.poetry.scripts]`.

    A command that means another module in another project of the context is left out.

    Source: PyPA entry points specification, "console_scripts" (`module:object`).
    """
    found: dict[str, set[str]] = {}
    for project in python_project(context).pyprojects:
        data = toml(context, project.path)
        for scripts in (table(data, "project", "scripts"), table(data, "tool", "poetry", "scripts")):
            for name, target in scripts.items():
                if isinstance(target, str):
                    found.setdefault(name, set()).add(target.partition(":")[0].strip())
    return {name: modules.pop() for name, modules in found.items() if len(modules) == 1}
