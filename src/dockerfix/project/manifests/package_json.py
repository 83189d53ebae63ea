"""A package.json as an install reads it: dependencies, workspaces, and the scripts that run on the way.

Source: npm documentation, "package.json", "Scripts" (life cycle), "Workspaces".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.pyproject import strings, table

__all__ = ["PackageJson", "package_json"]

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
# In the order in which an install of the project itself runs them; the first one is pnpm's, the last one npm's.
_LIFE_CYCLE = tuple(
    "pnpm:devPreinstall preinstall install postinstall prepublish preprepare prepare postprepare dependencies".split()
)
_LOCAL = ("file:", "link:", "portal:", "exec:", "./", "../", "/", "~/")


@frozen
class PackageJson:
    """What a package.json says; everything is empty for one that is no JSON object, and `problem` says so."""

    path: str
    data: Mapping[str, object]
    problem: str | None = None

    @property
    def scripts(self) -> Mapping[str, str]:
        """The scripts by name."""
        return {name: text for name, text in table(self.data, "scripts").items() if isinstance(text, str)}

    @property
    def life_cycle(self) -> tuple[str, ...]:
        """The texts of the scripts that an install runs."""
        return tuple(self.scripts[name] for name in _LIFE_CYCLE if self.scripts.get(name))

    @property
    def dependencies(self) -> Mapping[str, str]:
        """Every dependency with what it asks for."""
        found: dict[str, str] = {}
        for kind in _DEPENDENCIES:
            found.update({name: text for name, text in table(self.data, kind).items() if isinstance(text, str)})
        return found

    @property
    def local_paths(self) -> Iterator[str]:
        """What dependencies name in the project, as written."""
        return (text for text in self.dependencies.values() if text.startswith(_LOCAL))

    @property
    def workspaces(self) -> tuple[str, ...]:
        """The patterns of the workspace's members."""
        said = self.data.get("workspaces")
        return tuple(strings(said.get("packages") if isinstance(said, Mapping) else said))

    @property
    def patches(self) -> tuple[str, ...]:
        """The files with patches of dependencies that pnpm and bun apply."""
        found = (table(self.data, "pnpm", "patchedDependencies"), table(self.data, "patchedDependencies"))
        return tuple(text for entry in found for text in entry.values() if isinstance(text, str))

    @property
    def package_manager(self) -> str:
        """What corepack reads: `yarn@4.1.0`; empty where nothing is said."""
        said = self.data.get("packageManager")
        return said if isinstance(said, str) else ""


@memoised_on("code")
def package_json(context: BuildContext, path: str) -> PackageJson:
    """A package.json of the context."""
    try:
        data = json.loads(context.text(path) or "")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return PackageJson(path, {}, f"{path} is no valid JSON")
    return PackageJson(path, data)
