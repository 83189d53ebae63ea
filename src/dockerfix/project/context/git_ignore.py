"""What Git ignores, carried down folder by folder."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from dockerfix import looks
from dockerfix.frozen import frozen
from dockerfix.project.context.disk import read_regular
from dockerfix.project.context.git_patterns import GitPatterns
from dockerfix.text import BOM, decode

__all__ = ["GitIgnore"]


@frozen
class GitIgnore:
    """The rules that hold for what stands in one folder.

    A folder's own ignore file comes before those above it, and in one file the last pattern that matches decides.

    Attributes:
        layers: the rules, outermost first, each with the path, slash included, from its own folder to this one.
        in_repository: whether the folder is in a Git repository; outside of one ignore files mean nothing.
    """

    layers: tuple[tuple[GitPatterns, str], ...] = ()
    in_repository: bool = False

    @classmethod
    def around(cls, folder: Path) -> GitIgnore:
        """What the folders above one say, from the root of its repository down.

        Nothing, when they ignore the folder itself: whoever names it means it.
        """
        here = Path(os.path.abspath(folder))
        chain = [here, *here.parents]
        depth = next((at for at, place in enumerate(chain) if looks.exists(f"{place}/.git")), None)
        if depth is None:
            return cls()
        rules = cls._of_repository(chain[depth])
        for place, child in zip(chain[depth:0:-1], chain[depth - 1 :: -1] if depth else (), strict=True):
            rules = rules._reading(place / ".gitignore")
            if rules.ignores(child.name, is_folder=True):
                return cls(in_repository=True)
            rules = rules.below(child.name)
        return rules

    def entering(self, folder: str, names: Collection[str]) -> GitIgnore:
        """With what a folder itself says, given the names in it; a repository inside another starts anew."""
        rules = self._of_repository(Path(folder)) if ".git" in names else self
        return rules._reading(Path(folder, ".gitignore")) if rules.in_repository and ".gitignore" in names else rules

    def below(self, name: str) -> GitIgnore:
        """The same rules, for what stands in a folder of that name."""
        return GitIgnore(tuple((patterns, f"{path}{name}/") for patterns, path in self.layers), self.in_repository)

    def ignores(self, name: str, *, is_folder: bool = False) -> bool:
        """Whether a file or folder directly in this folder is ignored; the folder itself is taken not to be."""
        for patterns, path in reversed(self.layers):
            verdict = patterns.verdict(path, name, is_folder)
            if verdict is not None:
                return verdict
        return False

    @classmethod
    def _of_repository(cls, root: Path) -> GitIgnore:
        return cls(in_repository=True)._reading(root / ".git" / "info" / "exclude")

    def _reading(self, file: Path) -> GitIgnore:
        content = read_regular(os.fspath(file)) or b""  # Git does not follow a symlink here either
        patterns = GitPatterns(decode(content.removeprefix(BOM)).split("\n"))
        return GitIgnore((*self.layers, (patterns, "")), self.in_repository) if patterns else self
