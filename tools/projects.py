"""One Dockerfile of a project, repaired as the command line would, for the tools that look at many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dockerfile as buildkit

from dockerfix.cli.files.targets import Target, place_of
from dockerfix.config import Settings
from dockerfix.fix import Outcome, repair
from dockerfix.project.context.repository import context_at, forget_repositories
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.run import OnDisk, on_disk
from dockerfix.selection import rules_for
from dockerfix.syntax import check, parse

__all__ = ["Project", "Repaired", "repaired_alone"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A Dockerfile, where it is built, and what became of it."""

    surroundings: OnDisk
    outcome: Outcome

    @property
    def context_name(self) -> str:
        """Which kind of folder it is built from, and who says so, for counting."""
        if len(self.surroundings.contexts) > 1:
            return "several contexts"
        if not self.surroundings.context.known:
            return "a folder that cannot be told" if self.surroundings.notes else "no folder of the repository"
        return "its own folder" if "/" not in (self.surroundings.context.dockerfile or "/") else "a folder above"

    def problems(self) -> Iterator[tuple[str, str]]:
        """What no result may have, as kind and detail."""
        if not self.outcome.changed:
            return
        source = self.outcome.after.source
        try:
            buildkit.parse_string(source.decode("utf-8", "replace"))
        except buildkit.GoParseError as error:
            yield "results that BuildKit's parser refuses", str(error)
        written = {change.path: change.after for change in self.outcome.files}
        context = self.surroundings.context
        context = context.with_files(written) if written else context
        again = repair(parse(source), context, self.surroundings.rules, unsafe=self.surroundings.unsafe)
        if again.changed:
            yield "second runs that change something", ", ".join(applied.finding.code for applied in again.applied)


def repaired_alone(path: Path, *, unsafe: bool = False) -> Repaired:
    """A Dockerfile of whose build context nothing is known; raises as `Project.repaired` does."""
    tree = parse(path.read_bytes())
    check(tree)
    found = OnDisk(tree, (("", BuildContext.unknown()),), rules_for(all_rules(), Settings()), None, (), unsafe)
    return Repaired(found, found.repaired())


class Project:
    """The root of one repository; its folders are listed once. Only one project at a time is remembered."""

    def __init__(self, root: Path) -> None:
        forget_repositories()
        self.root = root
        self._at = cache(_context)

    def repaired(self, path: Path, *, unsafe: bool = False, reported: bool = True) -> Repaired:
        """One of its Dockerfiles repaired in memory, with the default settings.

        Args:
            reported: only report on one that lies under `tests/`, is generated and so on, as a search does.
        Raises:
            ParseError: it is none.
            DockerfixError: the repairs do not settle.
        """
        settings = Settings(unsafe_fixes=unsafe)
        within = path.relative_to(self.root).as_posix() if reported else None
        target = Target(
            path,
            place_of(path, path.parent),
            path.parent,
            path.name,
            settings,
            is_told=False,
            top=self.root,
            within=within,
        )
        found = on_disk(path.read_bytes(), target, rules_for(all_rules(), settings), self._at, unsafe=unsafe)
        return Repaired(found, found.repaired())


def _context(root: Path | None) -> BuildContext:
    return BuildContext.unknown() if root is None else context_at(root)
