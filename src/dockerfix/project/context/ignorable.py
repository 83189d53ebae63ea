"""What stands in a build context and has no business in an image: patterns for an ignore file, group by group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_patterns import GitPatterns
from dockerfix.project.context.repository import repository_of

__all__ = ["GROUPS", "Ignorable", "ignorable"]

Kind = Literal["vcs", "secret", "cache", "environment", "packages", "tool", "docker", "tests", "docs"]
_UNTRACKED = ("secret", "cache", "tool")
# The groups in the order of the file, with the comment that opens each.
GROUPS: dict[str, tuple[Kind, ...]] = {
    "version control": ("vcs",),
    "local settings and secrets": ("secret",),
    "caches and virtual environments": ("cache", "environment"),
    "installed packages": ("packages",),
    "editors and tools": ("tool",),
    "tests and documentation": ("tests", "docs"),
    "the build itself": ("docker",),
}


@frozen
class Ignorable:
    """A pattern of an ignore file.

    `there` tells that it matches something that stands in the context now, `expected` that it does, or that Git is told
    to ignore it, so that people have one which a clone lacks.
    """

    pattern: str
    kind: Kind
    there: bool
    expected: bool = False


@frozen
class _Known:
    """`pattern` of names at the root, or anywhere with `deep`; those that `unless` matches matter to nobody.

    `python` tells that only a project with Python comes to have it, whatever a template of Git's ignore file names.
    """

    pattern: str
    kind: Kind
    deep: bool = False
    always: bool = False
    unless: str = r"(?!)"
    python: bool = False


_FIRST = (
    _Known(".git", "vcs", always=True),
    _Known(".gitignore", "vcs"),
    _Known(".gitattributes", "vcs"),
    _Known(".gitmodules", "vcs"),
    _Known(".hg", "vcs"),
    _Known(".svn", "vcs"),
    _Known(".github", "vcs"),
    _Known(".gitlab-ci.yml", "vcs"),
    _Known(".env", "secret", always=True),
    _Known(".env.*", "secret", always=True, unless=r".*\.(?:example|sample|template|dist)"),
    _Known("*.env", "secret", unless=r"\.env|(?:.*[._-])?(?:example|sample|template)\.env"),
    _Known("credentials.json", "secret"),
    _Known("serviceAccountKey.json", "secret"),
    _Known("*.pem", "secret"),
    _Known("id_rsa", "secret"),
    _Known("id_ed25519", "secret"),
    _Known(".aws", "secret"),
    _Known(".netrc", "secret"),
    _Known(".pypirc", "secret", python=True),
)
_KNOWN = (
    _Known("**/.ipynb_checkpoints", "cache", deep=True, python=True),
    _Known("**/*.egg-info", "cache", deep=True, python=True),
    _Known(".tox", "cache", python=True),
    _Known(".nox", "cache", python=True),
    _Known(".coverage", "cache", python=True),
    _Known("htmlcov", "cache", python=True),
    _Known(".hypothesis", "cache", python=True),
    _Known(".idea", "tool"),
    _Known(".vscode", "tool"),
    _Known(".devcontainer", "tool"),
    _Known(".pre-commit-config.yaml", "tool"),
    _Known(".editorconfig", "tool"),
    _Known("**/.DS_Store", "tool", deep=True),
    _Known("Thumbs.db", "tool"),
    _Known("tests", "tests"),
    _Known("test", "tests"),
    _Known("docs", "docs"),
    _Known(".dockerignore", "docker", always=True),
    _Known("Dockerfile", "docker"),
    _Known("Dockerfile.*", "docker"),
    _Known("*.Dockerfile", "docker"),
    _Known("*.dockerfile", "docker"),
    _Known("Containerfile", "docker"),
    _Known("Containerfile.*", "docker"),
    _Known("*.Containerfile", "docker"),
    _Known("docker-compose*.yml", "docker"),
    _Known("docker-compose*.yaml", "docker"),
    _Known("compose*.yml", "docker"),
    _Known("compose*.yaml", "docker"),
)
_PYTHON = (
    _Known("**/__pycache__", "cache", deep=True, always=True),
    _Known("**/*.py[cod]", "cache", deep=True, always=True),
    _Known("**/.mypy_cache", "cache", deep=True, always=True),
    _Known("**/.pytest_cache", "cache", deep=True, always=True),
    _Known("**/.ruff_cache", "cache", deep=True, always=True),
)
_NODE = (_Known("**/node_modules", "packages", deep=True, always=True),)
_USUAL_ENVIRONMENTS = (".venv", "venv")


@memoised
def ignorable(context: BuildContext) -> tuple[Ignorable, ...]:
    """Patterns for what is there, and the few that every project comes to need, in the order of `GROUPS`.

    Python's caches are among the latter when the context holds Python, `node_modules` when it holds a package of
    Node: of kind `packages`, for builds that install them anew. A folder is taken for a virtual
    environment when it holds `pyvenv.cfg`. A secret or cache that `.gitignore` names is taken for there: a clone gets
    the answer of those who have it.
    """
    paths = context.paths()
    names = {name for path in paths for name in path.split("/")}
    roots = {path.partition("/")[0] for path in paths}
    has_python = any(name.endswith(".py") for name in names)
    node = _NODE if "package.json" in names else ()
    known = (*_FIRST, *(_PYTHON if has_python else ()), *node, *_KNOWN)
    roots |= {context.dockerfile} if context.dockerfile is not None and "/" not in context.dockerfile else set()
    git = _git_patterns(context)
    found: list[Ignorable] = []
    for one in known:
        there = _matches(one, names if one.deep else roots)
        named = one.kind in _UNTRACKED and (has_python or not one.python)
        expected = there or (named and _is_ignored(one, git))
        if expected or one.always:
            found.append(Ignorable(one.pattern, one.kind, there, expected))
    found += _environments(paths, has_python)
    order = [kind for kinds in GROUPS.values() for kind in kinds]
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))


def _git_patterns(context: BuildContext) -> GitPatterns:
    """What Git is told at the root of the context and at that of its repository."""
    repository, way = repository_of(context)
    texts = [repository.text(".gitignore") if way else None, context.text(".gitignore")]
    return GitPatterns([line for text in texts if text for line in text.split("\n")])


def _is_ignored(known: _Known, git: GitPatterns) -> bool:
    sample = re.sub(r"\[\w+\]", "c", known.pattern.removeprefix("**/")).replace("*", "some")
    return any(git.verdict("", sample, is_folder) is True for is_folder in (False, True))


def _matches(known: _Known, names: set[str]) -> bool:
    pattern = known.pattern.removeprefix("**/")
    if "*" not in pattern:
        return pattern in names
    return any(fnmatchcase(name, pattern) and not re.fullmatch(known.unless, name) for name in names)


def _environments(paths: tuple[str, ...], has_python: bool) -> Iterator[Ignorable]:
    there = {path.rpartition("/")[0] for path in paths if path.endswith("/pyvenv.cfg")}
    taken = {path.partition("/")[0] for path in paths} - there
    for name in _USUAL_ENVIRONMENTS:
        if has_python and name not in there and name not in taken:
            yield Ignorable(name, "environment", False)
    for folder in sorted(there):
        yield Ignorable(folder, "environment", True)
