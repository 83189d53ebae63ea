"""What the installs of a stage have done by now, so that a second one of the same is told apart."""

from __future__ import annotations

from dataclasses import field

from dockerfix.frozen import mutable
from dockerfix.programs.installers.contract import Install

__all__ = ["Done"]

# Package managers whose installs stand for each other: what one of them installed, another finds.
_FAMILIES = {
    **dict.fromkeys(("pip", "uv", "poetry", "pipenv", "pdm"), "python"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), "node"),
}


@mutable
class Done:
    """The families of package managers that have installed something, each with the manifests that were read."""

    manifests: dict[str, set[str]] = field(default_factory=dict)

    def take(self, install: Install) -> None:
        """Notes an install."""
        if install.is_minor:
            return
        self.manifests.setdefault(_family(install), set()).update(_manifests(install))

    def has_begun(self, install: Install) -> bool:
        """Whether a package manager of the same family has installed something."""
        return _family(install) in self.manifests

    def repeats(self, install: Install) -> bool:
        """Whether an install finds all its dependencies installed, so that it takes no time worth saving."""
        asked = _manifests(install)
        return install.is_minor or (bool(asked) and asked <= self.manifests.get(_family(install), set()))


def _manifests(install: Install) -> frozenset[str]:
    if install.manifests:
        return frozenset(install.manifests)
    return frozenset((install.split.reads if install.split is not None else install.reads).values())


def _family(install: Install) -> str:
    return _FAMILIES.get(install.tool, install.tool)
