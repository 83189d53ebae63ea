"""Whether building the project itself needs a compiler: what its build backend does, known or not.

Sources: the documentation of setuptools ("Building Extension Modules"), hatchling ("Build hooks"), Poetry ("Building
extension modules"), PDM-backend ("Build hooks"), flit, uv's build backend.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.project.manifests.pyproject import Pyproject, strings, table, toml
from dockerfix.project.releases.python_packages import package_facts

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["build_doubt"]


def build_doubt(context: BuildContext, project: Pyproject) -> str | None:
    """Why installing a project may compile something, as a sentence; None where it is known to copy Python alone."""
    if not project.is_project or project.problem:
        return None
    data = toml(context, project.path) or {}
    known = package_facts().pure_backends
    backend = project.backend or "setuptools.build_meta"
    if backend not in known:
        return f"{project.path} is built by {backend}, which may compile"
    for one in project.dependencies:
        if one.use == "build" and one.name not in package_facts().pure_build_requirements:
            return f"{project.path} is built with {one.name}, which may compile"
    setting = next(_compiling_settings(data), None)
    return f"{project.path} has {setting}, which may compile" if setting else None


def _compiling_settings(data: dict[str, object]) -> Iterator[str]:
    for key in ("ext-modules", "ext-package"):
        if key in table(data, "tool", "setuptools"):
            yield f"tool.setuptools.{key}"
    hooks = {**table(data, "tool", "hatch", "build", "hooks")}
    for target in table(data, "tool", "hatch", "build", "targets").values():
        hooks |= table(target, "hooks")
    yield from (f"the build hook {name}" for name in hooks if name not in package_facts().pure_hatch_hooks)
    if table(data, "tool", "poetry").get("build"):
        yield "tool.poetry.build"
    if strings(table(data, "tool", "pdm", "build").get("custom-hook")) or table(data, "tool", "pdm", "build").get(
        "run-setuptools"
    ):
        yield "a build hook of PDM"
