"""What words behind npm, yarn, pnpm and bun run: a script of package.json or a program, and in which member.

Sources: npm documentation, "npm run", "npm exec", "workspaces"; pnpm, "Filtering"; Yarn, "yarn workspace"; Bun,
"bun run".
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from dockerfix.frozen import frozen
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.wildcards import BadPattern, has_wildcard, name_matcher
from dockerfix.project.formats.yaml import yaml_documents
from dockerfix.project.manifests.package_json import PackageJson
from dockerfix.project.manifests.pyproject import strings

__all__ = ["MANAGERS", "PackageCall", "is_node_install", "member", "package_call", "workspace_patterns"]

MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_FOLDER_OPTIONS = frozenset({"--prefix", "-C", "--cwd", "--dir"})
_MEMBER_OPTIONS = {
    "npm": frozenset({"-w", "--workspace"}),
    "pnpm": frozenset({"-F", "--filter", "--filter-prod"}),
    "bun": frozenset({"-F", "--filter"}),
    "yarn": frozenset[str](),
}
_EVERYWHERE = frozenset("--workspaces --ws -ws -r --recursive --include-workspace-root".split())
_VALUED = frozenset("--loglevel --cache --userconfig --registry --reporter --script-shell --env-file".split())
_MODULES = (".js", ".ts", ".mjs", ".tsx", ".cjs", ".jsx", ".mts")
_RUN = frozenset({"run", "run-script", "rum", "urn"})
_EXEC = frozenset({"exec", "x", "dlx"})
_INSTALLS = frozenset({"install", "i", "ci", "clean-install", "add"})
_SHORT = frozenset({"start", "test", "restart", "stop"})  # scripts that every manager runs by their own name
# Yarn's, pnpm's and bun's own commands; any other word is a script, or a program of a package.
_OWN_COMMANDS = frozenset(
    "add install i ci remove rm up update upgrade init create dlx exec x set config cache why link unlink pack "
    "publish audit info list ls outdated workspaces global version import store patch deploy rebuild prune "
    "help build-from bin dedupe plugin".split()
)


@frozen
class PackageCall:
    """What a package manager is told to run.

    `name` is a script of package.json; `at` the word where the program stands that runs where there is no such
    script, None where nothing else can be meant. `folder` is what an option names, "" for none. `members` are the
    words that choose members of the workspace, `everywhere` tells that several may be meant.
    """

    name: str = ""
    folder: str = ""
    members: tuple[str, ...] = ()
    everywhere: bool = False
    at: int | None = None


def package_call(argv: Sequence[str | None]) -> PackageCall | None:
    """The script or program that a package manager runs; None for any other command of it, and without one."""
    words = [word or "" for word in argv]
    manager = words[0].rpartition("/")[2] if words else ""
    if manager not in MANAGERS:
        return None
    given = _Given(manager, words)
    given.read()
    if given.word(0) == "workspace" and manager == "yarn" and len(given.plain) > 1:
        behind = given.plain[1]
        inner = package_call(["yarn", *words[behind + 1 :]])
        at = None if inner is None or inner.at is None else inner.at + behind
        return None if inner is None else replace(inner, members=(words[behind],), at=at)
    return given.call()


def is_node_install(argv: Sequence[str | None]) -> bool:
    """Whether a command fills the `node_modules` of the folder that it runs in."""
    words = [word or "" for word in argv]
    if not words or words[0] not in MANAGERS:
        return False
    given = _Given(words[0], words)
    given.read()
    if given.folder or given.members or given.everywhere:
        return False
    return given.word(0) in _INSTALLS if given.plain else words[0] == "yarn"


class _Given:
    """The words of a package manager told apart; `plain` are the numbers of those that are neither option nor value."""

    def __init__(self, manager: str, words: list[str]) -> None:
        self.manager = manager
        self.words = words
        self.plain: list[int] = []
        self.folder = ""
        self.members: list[str] = []
        self.everywhere = False

    def word(self, number: int) -> str:
        return self.words[self.plain[number]] if number < len(self.plain) else ""

    def read(self) -> None:
        at = 1
        while at < len(self.words) and not self._rest_is_handed_on():
            at += self._option(at) if self.words[at].startswith("-") else self._word(at)

    def _word(self, at: int) -> int:
        self.plain.append(at)
        return 1

    def _option(self, at: int) -> int:
        """Reads an option, and tells how many words it takes."""
        option, equals, value = self.words[at].partition("=")
        if not equals:
            value = self.words[at + 1] if at + 1 < len(self.words) else ""
        chooses = option in _MEMBER_OPTIONS[self.manager]
        if option == "--" and self.plain and self.word(0) not in _EXEC:
            return len(self.words)
        if chooses:
            self.members.append(value)
        elif option in _FOLDER_OPTIONS:
            self.folder = value
        self.everywhere = self.everywhere or option in _EVERYWHERE
        takes_next = chooses or option in _FOLDER_OPTIONS or option in _VALUED
        return 2 if takes_next and not equals else 1

    def _rest_is_handed_on(self) -> bool:
        """Whether what follows belongs to the script or program; npm takes its own options out of it, up to `--`."""
        if not self.plain or (self.manager == "npm" and self.word(0) not in _EXEC):
            return False
        needed = 2 if self.word(0) in _RUN | _EXEC | {"workspace"} else 1
        return len(self.plain) >= needed

    def call(self) -> PackageCall | None:
        if not self.plain:
            return None
        found = PackageCall("", self.folder, tuple(self.members), self.everywhere)
        first = self.word(0)
        if first in _EXEC:
            return replace(found, at=self.plain[1]) if len(self.plain) > 1 and first != "dlx" else None
        if first == "node" and self.manager == "yarn":
            return replace(found, at=self.plain[0])
        if first in _RUN:
            return self._named(found, 1) if len(self.plain) > 1 else None
        if first in _SHORT:
            return replace(found, name=first)
        return self._named(found, 0) if self.manager != "npm" and first not in _OWN_COMMANDS else None

    def _named(self, found: PackageCall, number: int) -> PackageCall:
        """A script; yarn, pnpm and bun run a program of the packages, and bun a file, where there is none."""
        name, at = self.word(number), self.plain[number]
        if self.manager == "bun" and name.endswith(_MODULES):
            return replace(found, at=at)
        return replace(found, name=name, at=None if self.manager == "npm" else at)


def workspace_patterns(context: BuildContext, manifest: PackageJson, pnpm: str | None) -> tuple[str, ...]:
    """The patterns of a root's members, those of a `pnpm-workspace.yaml` too, where there is one at this path."""
    documents = yaml_documents(context.text(pnpm) or "") if pnpm is not None else ()
    said = [document for document in documents if isinstance(document, Mapping)]
    return (*manifest.workspaces, *(text for one in said for text in strings(one.get("packages"))))


def member(wanted: str, names: Mapping[str, str], patterns: Sequence[str]) -> str | None:
    """The folder of the one member that a word chooses by name or folder; None where it is not one, or unknown.

    Args:
        names: the name of each package below the root, by its folder.
        patterns: those of the root (`workspace_patterns`).
    """
    inside = {folder: name for folder, name in names.items() if _is_member(folder, patterns)}
    if any(mark in wanted for mark in ("...", "^", "[", "!")):
        return None
    folder = posixpath.normpath(wanted.strip("{}").rstrip("/"))
    found = {one for one, name in inside.items() if one == folder or _matches(name, wanted)}
    if not found and "/" not in wanted:
        found = {one for one, name in inside.items() if name.startswith("@") and name.endswith(f"/{wanted}")}
    return found.pop() if len(found) == 1 else None


def _matches(name: str, wanted: str) -> bool:
    """Whether a package has a name; pnpm and bun take patterns."""
    return name == wanted or (has_wildcard(wanted) and fnmatchcase(name, wanted))


def _is_member(folder: str, patterns: Iterable[str]) -> bool:
    found = False
    for pattern in patterns:
        refused = pattern.startswith("!")
        parts = posixpath.normpath(pattern.lstrip("!")).strip("/").split("/")
        if _fits(folder.split("/"), parts):
            found = not refused
    return found


def _fits(folder: list[str], pattern: list[str]) -> bool:
    if not pattern or not folder:
        return not folder and all(part == "**" for part in pattern)
    if pattern[0] == "**":
        return _fits(folder, pattern[1:]) or _fits(folder[1:], pattern)
    try:
        return name_matcher(pattern[0])(folder[0]) and _fits(folder[1:], pattern[1:])
    except BadPattern:
        return False
