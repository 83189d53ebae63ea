"""Which manifests and lock files stand in a context, told by their names."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.own_paths import own_paths
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["Manifest", "line_of", "manifests"]

_NAMES = {
    "pyproject.toml": "pyproject",
    "setup.py": "setup.py",
    "setup.cfg": "setup.cfg",
    "Pipfile": "pipfile",
    "Pipfile.lock": "pipfile-lock",
    "poetry.lock": "poetry-lock",
    "uv.lock": "uv-lock",
    "pdm.lock": "pdm-lock",
    "environment.yml": "conda",
    "environment.yaml": "conda",
}
_ENDINGS = (*(name.lower() for name in _NAMES), ".txt", ".in", ".pip")
_REQUIREMENTS = regex(r"(?:[\w.-]*requirements?[\w.-]*|reqs?)\.(?:txt|in|pip)", re.I)
_CONSTRAINTS = regex(r"[\w.-]*constraints?[\w.-]*\.txt", re.I)
_FOLDER = regex(r"requirements?|reqs", re.I)
_DEVELOPMENT = regex(r"(?:^|[\W_])(?:dev|devel|development|tests?|testing|lint|docs?|local|ci)(?:$|[\W_])", re.I)


@frozen
class Manifest:
    """A manifest by its place and kind.

    `kind` is `requirements`, `constraints`, `pyproject`, `setup.py`, `setup.cfg`, `pipfile`, `pipfile-lock`,
    `poetry-lock`, `uv-lock`, `pdm-lock` or `conda`. `development` says that the name tells of use outside the
    image (`requirements-dev.txt`).
    """

    path: str
    kind: str
    development: bool = False

    @property
    def folder(self) -> str:
        """The folder it stands in, "" for the root."""
        return posixpath.dirname(self.path)


@memoised_on("code")
def manifests(context: BuildContext) -> tuple[Manifest, ...]:
    """All manifests of the context, those nearest to the root first, then by path."""
    named = (path for path in own_paths(context) if path.lower().endswith(_ENDINGS))
    found = [manifest for path in named if (manifest := _manifest(path))]
    return tuple(sorted(found, key=lambda one: (one.path.count("/"), one.path)))


def _manifest(path: str) -> Manifest | None:
    folder, name = posixpath.split(path)
    if kind := _NAMES.get(name):
        return Manifest(path, kind)
    development = bool(_DEVELOPMENT.search(posixpath.splitext(name)[0]))
    if _CONSTRAINTS.fullmatch(name):
        return Manifest(path, "constraints", development)
    listed = _FOLDER.fullmatch(posixpath.basename(folder)) and name.endswith((".txt", ".in", ".pip"))
    return Manifest(path, "requirements", development) if listed or _REQUIREMENTS.fullmatch(name) else None


def line_of(text: str, *fragments: str) -> int | None:
    """The 1-based number of the first line that holds all fragments; None where no line does."""
    for number, line in enumerate(text.splitlines(), start=1):
        if all(fragment in line for fragment in fragments):
            return number
    return None
