"""From the paths of a command line to Dockerfiles, each with its build context and settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from dockerfix import looks
from dockerfix.api import dockerfile_in
from dockerfix.cli.files.base_images import check_base_images
from dockerfix.cli.options import Options
from dockerfix.config import Settings, find_config, read_config
from dockerfix.errors import ConfigError, FileError
from dockerfix.frozen import frozen, mutable
from dockerfix.project.context.discovery import FOREIGN_FOLDERS, find_dockerfiles
from dockerfix.project.context.repository import repository_root
from dockerfix.regular import reason
from dockerfix.report.model import Failure, Place
from dockerfix.rules import all_rules
from dockerfix.run import shown
from dockerfix.selection import is_matched, rules_for

__all__ = ["Target", "checked_settings", "find_targets", "place_of", "target_in_search", "target_named"]


@frozen
class Target:
    """One Dockerfile to work on.

    Attributes:
        root: the build context that was asked for, or the Dockerfile's own folder; None when nothing is known of it.
        dockerfile: path relative to `root`, posix; None outside of it.
        settings: those of its configuration file with the command line's options laid over them.
        is_told: somebody asked for `root`, so that nothing else is looked at.
        top: the root of the repository, or the folder that was searched; None for a lone file.
        within: the path from the folder that was searched, posix; None for a file that was named.
        base: the folder that names for people start from; None for the working directory.
    """

    path: Path
    place: Place
    root: Path | None
    dockerfile: str | None
    settings: Settings
    is_told: bool = True
    top: Path | None = None
    within: str | None = None
    base: Path | None = None


def find_targets(options: Options, base: Path | None = None) -> tuple[list[Target], list[Failure]]:
    """Every Dockerfile that the paths name, once, in the order of the paths; and what could not be found.

    Args:
        base: the folder that the paths, and names for people, start from; None for the working directory.
    """
    search = _Search(options, base)
    return list(search.targets()), search.failures


def target_named(name: str, options: Options) -> Target:
    """The Dockerfile of that name, which need not be there: its text comes from elsewhere.

    Raises:
        ConfigError: its configuration file is broken.
    """
    path = Path(name)
    search = _Search(options)
    settings = checked_settings(options.config or find_config(path.parent), options)
    return search.target(path, settings, None)


def target_in_search(path: Path) -> Target | None:
    """A Dockerfile as a search of its repository finds it, on disk or not; None where the search leaves it out.

    Raises:
        ConfigError: its configuration file is broken.
    """
    search = _Search(Options(force_exclude=True))
    settings = checked_settings(find_config(path.parent), search.options)
    top = search._as_if_searched(path) or path.parent
    return None if search._is_left_out(path, top, settings, searched=False) else search.target(path, settings, top)


def checked_settings(file: Path | None, options: Options) -> Settings:
    """The settings of a configuration file, or the defaults, with the command line's options laid over them.

    Raises:
        ConfigError: the file is broken, or names a rule, option or fact that does not exist.
    """
    if file is None:
        return options.over(Settings())
    found = read_config(file)
    rules_for(all_rules(), found)
    check_base_images(found)
    return options.over(found)


@mutable
class _Search:
    options: Options
    base: Path | None = None
    failures: list[Failure] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    configs: dict[Path, Path | None] = field(default_factory=dict)
    settings: dict[Path | None, Settings | None] = field(default_factory=dict)
    repositories: dict[Path, Path | None] = field(default_factory=dict)

    def targets(self) -> Iterator[Target]:
        for name in self.options.paths:
            folder = self.base / name if self.base is not None else Path(name)
            for path, searched in self._files(folder):
                real = looks.real_path(os.fspath(path))
                settings = self._settings(path.parent)
                if real in self.seen or settings is None:
                    continue
                top = folder if searched else self._as_if_searched(path)
                if top is not None and self._is_left_out(path, top, settings, searched=searched):
                    continue
                self.seen.add(real)
                yield self.target(path, settings, top)

    def _as_if_searched(self, path: Path) -> Path | None:
        """The folder that a named file counts as found in, where it is to be treated like one."""
        if not self.options.force_exclude:
            return None
        top = self._repository(path.parent) or self.base or Path()
        return top if path.absolute().is_relative_to(top.absolute()) else path.parent

    def _is_left_out(self, path: Path, top: Path, settings: Settings, *, searched: bool) -> bool:
        """Whether a search would pass a file by; of those that are named, also what lies where none looks."""
        if is_matched(settings.exclude, settings.folder, path):
            return True
        return not searched and not FOREIGN_FOLDERS.isdisjoint(_within(path, top).split("/")[:-1])

    def target(self, path: Path, settings: Settings, searched: Path | None) -> Target:
        """A Dockerfile with its settings; `searched` is the folder that it was found in, None for a named one."""
        root = settings.context or path.parent
        return Target(
            path,
            place_of(path, root, self.base),
            root,
            dockerfile_in(root, path),
            settings,
            is_told=settings.context is not None,
            top=self._repository(path.parent) or searched,
            within=None if searched is None else _within(path, searched),
            base=self.base,
        )

    def _repository(self, folder: Path) -> Path | None:
        if folder not in self.repositories:
            self.repositories[folder] = repository_root(folder)
        return self.repositories[folder]

    def _files(self, path: Path) -> Iterator[tuple[Path, bool]]:
        """The files that one path stands for, and whether they were searched for."""
        try:
            looks.stat(os.fspath(path))
        except (OSError, ValueError) as error:
            why = reason(error) if isinstance(error, OSError) else "no such file: the name holds a NUL byte"
            self.failures.append(Failure(self._name(path) if self.base else str(path), why))
            return
        if not looks.is_folder(os.fspath(path)):
            yield path, False
            return
        found = False
        try:
            for file in find_dockerfiles(path, self._unreadable):
                found = True
                yield file, True
        except FileError as error:
            self.failures.append(Failure(self._name(path), str(error).removeprefix(f"{path}: ")))
            return
        if not found:
            looked_for = "Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile"
            why = f"no Dockerfile in this folder or below (looked for {looked_for})"
            self.failures.append(Failure(self._name(path), why))

    def _name(self, path: Path) -> str:
        return shown(path, self.base)

    def _unreadable(self, folder: Path, error: OSError) -> None:
        self.failures.append(Failure(self._name(folder), reason(error)))

    def _settings(self, folder: Path) -> Settings | None:
        """The settings that hold in a folder; None where their file is broken, which is told once."""
        file = self.options.config or find_config(folder, self.configs)
        if file not in self.settings:
            try:
                self.settings[file] = checked_settings(file, self.options)
            except ConfigError as error:
                self.settings[file] = None
                self.failures.append(Failure("", str(error)))
        return self.settings[file]


def _within(path: Path, folder: Path) -> str:
    return path.absolute().relative_to(folder.absolute()).as_posix()


def place_of(path: Path, root: Path | None, base: Path | None = None) -> Place:
    """How a Dockerfile and the files of its build context are named, from a folder or from the working directory."""
    context = "." if root is None else shown(root, base)
    return Place(shown(path, base), shown(path, base), "" if context == "." else context)
