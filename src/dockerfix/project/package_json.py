"""A package.json as an install reads it: dependencies, workspaces, and the scripts that run on the way.

Source: npm documentation, "package.json", "Scripts" (life cycle), "Workspaces".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.context import BuildContext
from dockerfix.project.pyproject import strings, table

__all__ = ["PackageJson", "ScriptCall", "package_json", "package_script"]

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
# In the order in which an install of the project itself runs them; the first one is pnpm's, the last one npm's.
_LIFE_CYCLE = tuple(
    "pnpm:devPreinstall preinstall install postinstall prepublish preprepare prepare postprepare dependencies".split()
)
_FOLDER_OPTIONS = frozenset({"--prefix", "-C", "--cwd", "--dir"})
_RUN = frozenset({"run", "run-script", "rum", "urn"})
_SHORT = frozenset({"start", "test", "restart", "stop"})  # scripts that every manager runs by their own name
# Yarn's, pnpm's and bun's own commands; any other word is a script.
_OWN_COMMANDS = frozenset(
    "add install i ci remove rm up update upgrade init create dlx exec x node set config cache why link unlink pack "
    "publish audit info list ls outdated workspace workspaces global version import store patch deploy rebuild prune "
    "help build-from bin dedupe plugin".split()
)
_LOCAL = ("file:", "link:", "portal:", "exec:", "./", "../", "/", "~/")


@dataclass(frozen=True, slots=True)
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


@memoised
def package_json(context: BuildContext, path: str) -> PackageJson:
    """A package.json of the context."""
    try:
        data = json.loads(context.text(path) or "")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return PackageJson(path, {}, f"{path} is no valid JSON")
    return PackageJson(path, data)


@frozen
class ScriptCall:
    """A call of a script of package.json: its `name`, and the folder that an option names, "" for none."""

    name: str
    folder: str = ""


def package_script(argv: Sequence[str | None]) -> ScriptCall | None:
    """The script that a package manager is told to run: `npm start`, `yarn build`, `pnpm run dev`; None for none."""
    words = [word or "" for word in argv]
    manager = words[0].rpartition("/")[2] if words else ""
    if manager not in {"npm", "yarn", "pnpm", "bun"}:
        return None
    folder, plain = "", []
    given = iter(words[1:])
    for word in given:
        option, equals, value = word.partition("=")
        if option in _FOLDER_OPTIONS:
            folder = value if equals else next(given, "")
        elif word == "--":
            break
        elif not word.startswith("-"):
            plain.append(word)
    if not plain:
        return None
    if plain[0] in _RUN:
        return ScriptCall(plain[1], folder) if len(plain) > 1 and not _is_file(manager, plain[1]) else None
    if plain[0] in _SHORT or (manager in {"yarn", "pnpm"} and plain[0] not in _OWN_COMMANDS):
        return ScriptCall(plain[0], folder)
    return None


def _is_file(manager: str, word: str) -> bool:
    """Whether `bun run` is given a file instead of a script."""
    return manager == "bun" and word.endswith((".js", ".ts", ".mjs", ".tsx"))
