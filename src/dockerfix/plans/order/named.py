"""The files that an install may read because something names them: a word of it, a variable, a file that it reads.

What names a file, or a folder, that was copied counts as a reason to have it there, unless it is known to be none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import field, replace

from dockerfix.frozen import mutable
from dockerfix.image.state import folders_above
from dockerfix.plans.order.early import is_code
from dockerfix.plans.order.words import told_words
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.javascript.node_code import take_code
from dockerfix.project.manifests.named_paths import NamedPath, is_written_as_path, named_paths, paths_in
from dockerfix.regexes import regex

__all__ = ["with_named"]

# Variables of programs that an install starts, or that it shares with others; each with what it is read by.
_READ_BY_ALL = regex(
    r"CERT|CA_BUNDLE|CA_FILE|CAFILE|NETRC|PROXY|CONFIG|SETTINGS_FILE|TOOLCHAIN|NODE_OPTIONS\Z|BASH_ENV\Z|ENV\Z|"
    r"\A(?:CFLAGS|CXXFLAGS|LDFLAGS|CPPFLAGS|RUSTFLAGS|JAVA_TOOL_OPTIONS|RUBYOPT|PERL5OPT)\Z",
    re.IGNORECASE,
)
_OWN = {
    "pip": ("PIP_",),
    "uv": ("UV_",),
    "poetry": ("POETRY_", "PIP_"),
    "pipenv": ("PIPENV_", "PIP_"),
    "pdm": ("PDM_", "PIP_"),
    "npm": ("NPM_",),
    "yarn": ("YARN_", "NPM_"),
    "pnpm": ("PNPM_", "NPM_"),
    "bun": ("BUN_", "NPM_"),
    "conda": ("CONDA_", "MAMBA_", "PIP_"),
    "dotnet": ("DOTNET_", "NUGET_"),
    "dotnet-tools": ("DOTNET_", "NUGET_"),
    "go": ("GO", "CGO_"),
    "cargo": ("CARGO_", "RUST"),
    "bundler": ("BUNDLE_", "GEM_"),
    "composer": ("COMPOSER_",),
    "maven": ("MAVEN_",),
    "gradle": ("GRADLE_", "ORG_GRADLE_"),
    "mix": ("MIX_", "HEX_"),
}
# Of these, the ones that name a place to write, to run from, or the project itself.
_PLACES = regex(
    r"_(?:CACHE|CACHE_DIR|CACHE_FOLDER|HOME|PREFIX|TARGET|ROOT|SRC|STORE_DIR|GLOBAL_FOLDER|ENVIRONMENT|INSTALL|"
    r"INSTALL_DIR|BIN_DIR|TOOL_DIR|TOOL_BIN_DIR|PROJECT|WORKING_DIR|WORKING_DIRECTORY|LOG|REPORT|PYTHON|VIRTUALENVS_PATH|DEPS_PATH|BUILD_PATH)\Z|"
    r"\A(?:GOPATH|GOCACHE|GOMODCACHE|GOROOT|GOBIN|GOTMPDIR|BUNDLE_PATH|GEM_PATH)\Z",
    re.IGNORECASE,
)
_MOST_MOUNTED = 20  # files mounted one by one; a folder of them is no list of manifests


def with_named(call: Call, install: Install) -> Install:
    """An install with all that something names for it; with a problem where a folder of code is named."""
    if install.by_name or (install.problem is not None and install.split is None):
        return install
    found = _Named(call, install)
    found.follow()
    split = install.split
    if found.problem is not None:
        return replace(install, problem=found.problem, split=None)
    reads = {**(split.reads if split is not None else install.reads), **found.reads}
    folders = tuple(dict.fromkeys((*install.folders, *found.folders)))
    if split is not None:
        return replace(install, folders=folders, split=replace(split, reads=reads))
    return replace(install, reads=reads, folders=folders)


@mutable
class _Named:
    """Walks from what an install is known to read to what that names."""

    call: Call
    install: Install
    reads: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    problem: str | None = None

    def follow(self) -> None:
        """Fills the fields."""
        split = self.install.split
        known = split.reads if split is not None else self.install.reads
        mounted = self.call.mounted.items() if len(self.call.mounted) <= _MOST_MOUNTED else ()
        waiting = [*known.items(), *mounted, *self._of_command()]
        seen: set[str] = set()
        while waiting and self.problem is None:
            place, origin = waiting.pop()
            if place not in seen:
                seen.add(place)
                waiting += self._of_file(place, origin)

    def _of_command(self) -> list[tuple[str, str]]:
        """What words and variables name."""
        found: list[tuple[str, str]] = []
        folder = self.call.workdir
        for named in (*self._words(), *self._variables()):
            if folder is not None:
                found += self._taken(named, (folder,), f"the command names {named.text}")
        return found

    def _words(self) -> Iterator[NamedPath]:
        for word in told_words(self.call, self.install):
            for text in paths_in(word.text):
                yield NamedPath(word.option, text, is_whole=bool(word.option) or is_written_as_path(text))

    def _variables(self) -> Iterator[NamedPath]:
        state = self.call.step.before
        own = {name: word.value for name, word in self.call.item.command.assignments}
        for name, value in {**state.env, **state.args, **own}.items():
            if not value or _PLACES.search(name):
                continue
            is_own = name.upper().startswith(_OWN.get(self.install.tool, ()))
            if is_own or _READ_BY_ALL.search(name):
                for word in dict.fromkeys((value, *re.split(r"[\s,=]+", value))):
                    yield from (NamedPath(name, text, is_whole=is_own) for text in paths_in(word))

    def _of_file(self, place: str, origin: str) -> list[tuple[str, str]]:
        """What a file that is read names, as seen from its folder, or from that of the command."""
        found: list[tuple[str, str]] = []
        folders = [posixpath.dirname(place)]
        if self.call.workdir not in (None, folders[0]):
            folders.append(self.call.workdir or "/")
        for named in named_paths(self.call.context, origin, self.install.tool):
            found += self._taken(named, tuple(folders), f"{origin} names {named.text} ({named.key})")
        return found

    def _taken(self, named: NamedPath, folders: tuple[str, ...], because: str) -> list[tuple[str, str]]:
        """Notes a path that is there; the files that may name others."""
        found: list[tuple[str, str]] = []
        for folder in folders:
            place = self.call.place(named.text, folder)
            origin = self.call.origin(place) if place is not None else None
            if place is None or place in self.install.makes:
                continue
            if origin is not None:
                if place not in self.call.mounted:
                    self.reads[place] = origin
                found.append((place, origin))
                if named.runs:
                    self._code(place)
            elif named.is_whole or "/" in named.text.strip("./"):
                self._folder(place, because)
        return found

    def _code(self, place: str) -> None:
        """Notes what code imports that runs while something is installed."""
        reading = Reading(self.call, "/")
        self.problem = self.problem or take_code(reading, place)
        self.reads.update(reading.reads)

    def _folder(self, place: str, because: str) -> None:
        """Notes a folder that was copied: whole where it holds data, a problem where it holds code."""
        files = dict(self.call.below(place))
        manifests = {*self.install.reads, *(self.install.split.reads if self.install.split else ())}
        if not files or any(place in folders_above(posixpath.dirname(one)) for one in manifests):
            return
        if any(place == one or place.startswith(f"{one}/") for one in self.install.fills):
            return
        reading = Reading(self.call, self.call.workdir or "/")
        folder = reading.take_below(place)
        if folder is None or any(map(is_code, files.values())):
            self.problem = self.problem or f"{because}, a folder of the project that the install may read"
            return
        self.reads.update(files)
        self.folders.append(folder)
