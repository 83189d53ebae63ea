"""The paths of a context that the project's people wrote: no virtual environments, installed packages, caches."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dockerfix.memo import memoised_on
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["is_test_path", "own_paths"]

_FOREIGN = frozenset(
    "site-packages dist-packages node_modules bower_components __pycache__ .git .hg .svn .tox .nox .venv .eggs "
    "__pypackages__ .mypy_cache .pytest_cache .ruff_cache .ipynb_checkpoints .terraform".split()
)
_MARKS = ("pyvenv.cfg", "/activate", "/RECORD")
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "e2e"})
_TEST_FILE = regex(r"(?:test_.*|.*_test|tests|conftest)\.py")


@memoised_on("without_dockerfile")
def own_paths(context: BuildContext) -> tuple[str, ...]:
    """Files of the context, sorted, without what tools put there.

    A folder that holds `pyvenv.cfg`, or `bin/activate` or `Scripts/activate`, is a virtual environment whatever
    its name; one that holds a `*.dist-info` folder is where pip put packages (`pip install --target`).
    """
    paths = context.paths()
    marks = (path for path in paths if path.endswith(_MARKS))
    environments = {found for path in marks if (found := _environment(path)) is not None}
    foreign: dict[str, bool] = {}
    own: list[str] = []
    for path in paths:
        folder = path.rpartition("/")[0]
        if folder not in foreign:
            foreign[folder] = _is_foreign(folder, environments)
        if not foreign[folder]:
            own.append(path)
    return tuple(own)


def _environment(path: str) -> str | None:
    folder, name = posixpath.split(path)
    if name == "pyvenv.cfg":
        return folder
    above, holder = posixpath.split(folder)
    if name == "activate" and holder in {"bin", "Scripts"}:
        return above or None
    return (above or None) if name == "RECORD" and holder.endswith(".dist-info") else None


def _is_foreign(folder: str, environments: set[str]) -> bool:
    parts = folder.split("/")
    if not _FOREIGN.isdisjoint(parts):
        return True
    return bool(environments) and any("/".join(parts[:end]) in environments for end in range(1, len(parts) + 1))


def is_test_path(path: str) -> bool:
    """Whether the path names test code by the habits of pytest and unittest."""
    *folders, name = path.split("/")
    return not _TEST_FOLDERS.isdisjoint(folders) or bool(_TEST_FILE.fullmatch(name))
