"""Finding the Dockerfiles below a folder, as a person would list them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from dockerfix import looks
from dockerfix.errors import FileError
from dockerfix.project.context.git_ignore import GitIgnore
from dockerfix.regexes import regex

__all__ = ["FOREIGN_FOLDERS", "bystander", "find_dockerfiles", "is_dockerfile_name"]

_NAME = regex(
    r"(?:Dockerfile|dockerfile|Containerfile|containerfile)(?P<after>[.].+)?"
    r"|.+[.](?:Dockerfile|dockerfile|Containerfile|containerfile)",
    re.DOTALL,
)
_NO_DOCKERFILE = frozenset(
    # ignore files, documentation, data and signatures about a Dockerfile
    "dockerignore containerignore md rst txt adoc html htm pdf json yaml yml toml xml lock log sha256 sig asc "
    # templates, which are Dockerfiles only once filled in
    "j2 jinja jinja2 tmpl tpl template in erb ejs m4 mustache hbs mako "
    # what editors and merges leave behind
    "bak backup diff patch orig rej old save swp swo tmp".split()
)
_SOURCE_CODE = frozenset(
    "c cc cpp cs css dart ex go java js jsx kt lua mjs php pl py pyi rb rs scala sh swift ts tsx vim".split()
)
FOREIGN_FOLDERS = frozenset(
    ".git .hg .svn .bzr .jj node_modules bower_components site-packages .venv venv .tox .nox .direnv .eggs __pycache__ "
    ".mypy_cache .pytest_cache .ruff_cache .terraform".split()
)
# Folders of tests, of what tests read (`testdata`, `test_files`, `fixtures`), of examples, of a development container.
_BYSTANDER_FOLDER = regex(
    r"_*(?:(?:unit|integration|functional|acceptance|e2e)[-_]?)?tests?_*"
    r"|_*(?:tests?[-_]?)?fixtures?_*"
    r"|tests?[-_]?(?:data|files?|cases?|suites?|resources|inputs?|assets|repos?|projects?)(?:[-_].+)?"
    r"|examples?|\.devcontainer"
)
_GENERATED = regex(
    r"do[ *]+not[ *]+(?:edit|modify)|don['’]?t (?:edit|modify)|@generated\b"
    r"|\A\W*(?:note:\s*)?(?:(?:(?:this|the)\s+)?(?:docker)?file\s+(?:is|was|has been)\s+)?(?:an?\s+)?"
    r"(?:auto(?:matically)?[- ]?)?generated"
    r"(?:\s+(?:by|from|via|with|on|using|automatically|(?:docker)?file)\b|\W*\Z|[.,:;!])",
    re.IGNORECASE,
)
_SHOWN = 80  # characters of a comment
_VENDOR_MARKS = ("modules.txt", "autoload.php")  # written by `go mod vendor` and by Composer


def is_dockerfile_name(name: str) -> bool:
    """Whether a file of this name is taken for a Dockerfile when a folder is searched.

    `Dockerfile`, `Containerfile`, the same with an ending (`Dockerfile.prod`) or as one (`api.Dockerfile`), each also
    in lower case. Not: ignore files, documentation, templates (`Dockerfile.j2`), backups, and behind a lower-case
    `dockerfile.` source code (`dockerfile.py` is a module, `Dockerfile.py` an image for Python).
    """
    if "file" not in name:
        return False
    found = _NAME.fullmatch(name)
    if found is None or name.endswith("~"):
        return False
    ending = name.rpartition(".")[2] if found["after"] is not None else ""
    return ending.lower() not in _NO_DOCKERFILE and not (name[0].islower() and ending in _SOURCE_CODE)


def bystander(path: str, source: bytes) -> str | None:
    """Why a Dockerfile that nobody named is reported, but not written; None for one that is.

    It lies in a folder for tests, examples or a development container, where odd things may be meant; or the comments
    above its first FROM say that a program writes it.

    Args:
        path: relative to the folder that was named, posix.
    """
    folder = next((name for name in path.split("/")[:-1] if _BYSTANDER_FOLDER.fullmatch(name)), None)
    if folder is not None:
        return f"it lies in {folder}/"
    for line in source.splitlines():
        text = line.strip()
        if text[:5].upper() == b"FROM ":
            return None
        if text.startswith(b"#") and _GENERATED.search(comment := text.lstrip(b"# ").decode("utf-8", "replace")):
            return f"it says «{comment.rstrip('# ')[:_SHOWN]}»"
    return None


def find_dockerfiles(path: Path, unreadable: Callable[[Path, OSError], None] | None = None) -> Iterator[Path]:
    """The Dockerfiles below a folder, lazily: a folder's own first, then its folders, each sorted by name.

    Inside a Git repository what its ignore files name is left out (`.gitignore` in every folder from the
    repository's root down, `.git/info/exclude`; a person's global one is not read, so that everyone finds the same).
    Version control, virtual environments, caches, `node_modules` and vendored modules are never searched, except when
    `path` itself lies in one. Symlinks are not followed, neither to folders nor to files: what they point at is found
    where it stands.

    Args:
        path: a folder; a file is returned as it is, whatever its name.
        unreadable: told of each folder below `path` that cannot be listed; the search goes on.
    Raises:
        FileError: `path` is missing or cannot be listed.
    """
    if looks.is_file(os.fspath(path)):
        yield path
        return
    top = os.fspath(path)
    waiting = [(top, GitIgnore.around(path))]
    while waiting:
        folder, rules = waiting.pop()
        try:
            files, folders = _listed(folder)
        except OSError as error:
            if folder == top:
                raise FileError(f"{path}: {error.strerror or error}") from error
            if unreadable is not None:
                unreadable(Path(folder), error)
            continue
        if folder != top and os.path.basename(folder) == "vendor" and not files.isdisjoint(_VENDOR_MARKS):
            continue
        rules = rules.entering(folder, files | folders)
        yield from (Path(folder, name) for name in sorted(filter(is_dockerfile_name, files)) if not rules.ignores(name))
        below = sorted(name for name in folders - FOREIGN_FOLDERS if not rules.ignores(name, is_folder=True))
        waiting += [(os.path.join(folder, name), rules.below(name)) for name in reversed(below)]


def _listed(folder: str) -> tuple[set[str], set[str]]:
    """The names of the regular files and of the folders in a folder; symlinks are neither."""
    found = looks.listed(folder)
    files = {name for name, kind in found.items() if kind == "file"}
    return files, {name for name, kind in found.items() if kind == "folder"}
