"""What Git ignores, carried down folder by folder."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["GitIgnore"]


class _IgnoreLines:
    """One ignore file. Most of its patterns ask for a name alone, and are asked once for each name."""

    def __init__(self, lines: Sequence[str]) -> None:
        from pathspec import GitIgnoreSpec  # 30 ms that only a repository with ignore files has to spend

        valid = list(filter(_is_valid, lines))
        self._by_name, self._by_path = (
            [number for number, line in enumerate(valid) if ("/" in line.strip().rstrip("/")) is placed]
            for placed in (False, True)
        )
        self._names = GitIgnoreSpec.from_lines([valid[number] for number in self._by_name])
        self._paths = GitIgnoreSpec.from_lines([valid[number] for number in self._by_path])
        self._answers: dict[str, tuple[int, bool]] = {}

    def verdict(self, folder: str, name: str) -> bool | None:
        """Whether `name`, with a slash behind it if it is a folder, is ignored in `folder`; None: nothing is said."""
        by_name = self._answers.get(name)
        if by_name is None:
            by_name = self._answers[name] = self._last(self._names, self._by_name, name)
        by_path = self._last(self._paths, self._by_path, folder + name) if self._by_path else (-1, False)
        number, ignored = max(by_name, by_path)
        return ignored if number >= 0 else None

    @staticmethod
    def _last(spec: GitIgnoreSpec, numbers: Sequence[int], path: str) -> tuple[int, bool]:
        """The number of the last pattern that matches, -1 for none, and whether it ignores."""
        found = spec.check_file(path)
        return (-1, False) if found.index is None else (numbers[found.index], bool(found.include))


@dataclass(frozen=True)
class GitIgnore:
    """The rules that hold for what stands in one folder.

    A folder's own ignore file comes before those above it, and in one file the last pattern that matches decides.

    Attributes:
        layers: the rules, outermost first, each with the path, slash included, from its own folder to this one.
        in_repository: whether the folder is in a Git repository; outside of one ignore files mean nothing.
    """

    layers: tuple[tuple[_IgnoreLines, str], ...] = ()
    in_repository: bool = False

    @classmethod
    def around(cls, folder: Path) -> GitIgnore:
        """What the folders above one say, from the root of its repository down.

        Nothing, when they ignore the folder itself: whoever names it means it.
        """
        here = Path(os.path.abspath(folder))
        chain = [here, *here.parents]
        depth = next((at for at, place in enumerate(chain) if (place / ".git").exists()), None)
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
        return GitIgnore(tuple((lines, f"{path}{name}/") for lines, path in self.layers), self.in_repository)

    def ignores(self, name: str, *, is_folder: bool = False) -> bool:
        """Whether a file or folder directly in this folder is ignored; the folder itself is taken not to be."""
        for lines, path in reversed(self.layers):
            verdict = lines.verdict(path, f"{name}/" if is_folder else name)
            if verdict is not None:
                return verdict
        return False

    @classmethod
    def _of_repository(cls, root: Path) -> GitIgnore:
        return cls(in_repository=True)._reading(root / ".git" / "info" / "exclude")

    def _reading(self, file: Path) -> GitIgnore:
        try:
            lines = file.read_text("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")
        except OSError:
            return self
        if not any(line.strip() and not line.startswith("#") for line in lines):
            return self
        return GitIgnore((*self.layers, (_IgnoreLines(lines), "")), self.in_repository)


def _is_valid(line: str) -> bool:
    """Whether a line is a pattern; Git passes over a broken one, `pathspec` would raise."""
    from pathspec import GitIgnoreSpec

    try:
        return any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([line]).patterns)
    except ValueError:
        return False
