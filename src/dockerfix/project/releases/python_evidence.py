"""Places where a project says which Python it runs on, each read by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.manifests.manifest import line_of
from dockerfix.project.manifests.pyproject import strings, table, toml
from dockerfix.project.manifests.python_project import python_project
from dockerfix.project.releases.python_ci import ci_versions
from dockerfix.project.releases.python_packages import minor_key
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["MINORS", "Claim", "claims"]

# CPython versions that Docker's official image had when this was written; only they are weighed.
MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_MICROS = range(40)
_VERSION = regex(r"(?:(?:c?python)[-@]?)?v?(\d+)\.(\d+)(?:\.\d+\w*|\.x|t?-dev|t)?", re.I)
_CI_KEY = regex(r"\s*(?:-\s+)?[\"']?python[-_]?versions?[\"']?\s*:\s*(.*)", re.I)
_CI_ITEM = regex(r"\s*-\s+[\"']?([^\"'#]+?)[\"']?\s*(?:#.*)?")
_CLASSIFIER = regex(r"Programming Language :: Python :: (\d+\.\d+)")


@frozen
class Claim:
    """One statement about the Python version.

    `allowed` are the minor versions that it leaves, oldest first; `exact` says that it names one version, so
    that `allowed` has one entry (of any CPython, known here or not). `capped` says that it shuts out versions
    newer than some. `words` is the statement as people would quote it; `line` is 1-based.
    """

    path: str
    line: int | None
    words: str
    allowed: tuple[str, ...]
    exact: bool = False
    capped: bool = False
    rank: int = 0


def claims(context: BuildContext) -> tuple[Claim, ...]:
    """All statements, the strongest first; of one kind, those nearest to the root first.

    Order: `requires-python` of a project, `.python-version`, `runtime.txt`, Pipfile, lock files,
    `.tool-versions`, `mise.toml`, CI workflows, other CI, development containers and tox, conda's environment,
    classifiers.
    """
    readers = (_required, _python_version_files, _pipfiles, _locked, _tool_files, _workflows, _ci, _conda, _classifiers)
    return tuple(claim for read in readers for claim in read(context))


def _range(path: str, line: int | None, words: str, specifier: str) -> Claim | None:
    """What a PEP 440 specifier leaves; None where it cannot be read or leaves no version that is known here."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allows = SpecifierSet(specifier)
    except InvalidSpecifier:
        return None
    allowed = tuple(minor for minor in MINORS if any(allows.contains(f"{minor}.{micro}") for micro in _MICROS))
    if not allowed:
        return None
    exact = len(allowed) == 1 and _is_pin(specifier)
    return Claim(path, line, words, allowed, exact, capped=allowed[-1] != MINORS[-1])


def _is_pin(specifier: str) -> bool:
    return bool(re.search(r"==|~=\s*\d+\.\d+\.\d", specifier)) or ("<" in specifier and ">" in specifier)


def _exact(path: str, line: int | None, text: str) -> Claim | None:
    words = text.strip().strip("\"'")
    found = _VERSION.fullmatch(words)
    if not found or found[1] not in {"2", "3"}:
        return None
    return Claim(path, line, words, (f"{found[1]}.{found[2]}",), exact=True, capped=True)


def _some(*found: Claim | None) -> Iterator[Claim]:
    yield from (claim for claim in found if claim is not None)


def _required(context: BuildContext) -> Iterator[Claim]:
    project = python_project(context)
    for one in project.pyprojects:
        if one.requires_python:
            text = context.text(one.path) or ""
            line = line_of(text, "requires-python") or _poetry_line(text)
            words = text.splitlines()[line - 1].strip() if line else one.requires_python
            yield from _some(_range(one.path, line, words, one.requires_python))
    for setup in project.setup_files:
        if setup.requires_python:
            words = f"python_requires {setup.requires_python}"
            yield from _some(_range(setup.path, setup.requires_python_line, words, setup.requires_python))


def _poetry_line(text: str) -> int | None:
    found = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*python\s*=", line)]
    return found[0] if found else None


def _named(context: BuildContext, name: str) -> list[str]:
    """Files of a name, those nearest to the root first."""
    found = [path for path in own_paths(context) if path == name or path.endswith(f"/{name}")]
    return sorted(found, key=lambda path: (path.count("/"), path))


def _lines(context: BuildContext, path: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate((context.text(path) or "").splitlines(), 1):
        if line.strip() and not line.strip().startswith("#"):
            yield number, line.strip()


def _python_version_files(context: BuildContext) -> Iterator[Claim]:
    """pyenv and uv take the first line; Heroku wants one."""
    for name in (".python-version", "runtime.txt"):
        for path in _named(context, name):
            first = next(_lines(context, path), None)
            if first:
                yield from _some(_exact(path, first[0], first[1].split("#")[0]))


def _pipfiles(context: BuildContext) -> Iterator[Claim]:
    for lock in python_project(context).lock_files:
        if lock.python_version:
            yield from _some(_exact(lock.path, lock.python_line, lock.python_version))


def _locked(context: BuildContext) -> Iterator[Claim]:
    for lock in python_project(context).lock_files:
        if lock.requires_python:
            yield from _some(_range(lock.path, lock.python_line, lock.requires_python, lock.requires_python))


def _tool_files(context: BuildContext) -> Iterator[Claim]:
    for path in _named(context, ".tool-versions"):
        for number, line in _lines(context, path):
            words = line.split()
            if words[0] == "python" and len(words) > 1:
                yield from _some(_exact(path, number, words[1]))
    for name in ("mise.toml", ".mise.toml"):
        for path in _named(context, name):
            value = table(toml(context, path), "tools").get("python")
            chosen = strings(table(value).get("version") if isinstance(value, dict) else value)
            at = line_of(context.text(path) or "", "python")
            yield from _some(*(_exact(path, at, text) for text in chosen[:1]))


def _workflows(context: BuildContext) -> Iterator[Claim]:
    """One version in all workflows is a statement; a matrix of several, or anything computed, is none."""
    found: list[Claim] = []
    for path in context.paths():
        if path.startswith(".github/workflows/") and path.endswith((".yml", ".yaml")):
            for number, text in _workflow_versions((context.text(path) or "").splitlines()):
                claim = _exact(path, number, text)
                if claim is None:
                    return
                found.append(claim)
    if len({claim.allowed for claim in found}) == 1:
        yield found[0]


def _ci(context: BuildContext) -> Iterator[Claim]:
    for path, line, words, release in ci_versions(context):
        yield Claim(path, line, words, (release,), exact=True, capped=True)


def _workflow_versions(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The values below `python-version:` keys; a value that is an expression naming the matrix is passed over."""
    for number, line in enumerate(lines, 1):
        key = _CI_KEY.fullmatch(line)
        if not key:
            continue
        value = key[1].split(" #")[0].strip()
        if re.fullmatch(r"\$\{\{\s*matrix\.[\w-]+\s*\}\}", value):
            continue
        if value.startswith("["):
            yield from ((number, item.strip()) for item in value.strip("[]").split(",") if item.strip())
        elif value and value not in {"|", ">"}:
            yield number, value
        else:
            yield from _items(lines, number)


def _items(lines: list[str], at: int) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines[at:], at + 1):
        item = _CI_ITEM.fullmatch(line)
        if item is None:
            if line.strip() and re.match(r"\s*\d", line):
                yield number, line.strip()
                continue
            return
        yield number, item[1]


def _conda(context: BuildContext) -> Iterator[Claim]:
    for manifest in python_project(context).of_kind("conda"):
        for number, line in _lines(context, manifest.path):
            found = re.fullmatch(r"-\s+[\"']?python\s*={1,2}\s*(\d+\.\d+)(?:\.\d+|\.\*)?(?:=\w+)?[\"']?", line)
            if found:
                yield from _some(_exact(manifest.path, number, found[1]))


def _classifiers(context: BuildContext) -> Iterator[Claim]:
    """Only ever a floor: projects list what they tested once, and run on newer versions."""
    for path, listed in _classified(context):
        named = sorted({found[1] for text in listed if (found := _CLASSIFIER.match(text))}, key=minor_key)
        if named:
            allowed = tuple(minor for minor in MINORS if minor_key(minor) >= minor_key(named[0]))
            line = line_of(context.text(path) or "", f"Python :: {named[0]}")
            yield Claim(path, line, f"classifiers from Python {named[0]}", allowed)


def _classified(context: BuildContext) -> Iterable[tuple[str, tuple[str, ...]]]:
    project = python_project(context)
    for one in project.pyprojects:
        data = toml(context, one.path) or {}
        for place in (table(data, "project"), table(data, "tool", "poetry")):
            yield one.path, tuple(strings(place.get("classifiers")))
    yield from ((setup.path, setup.classifiers) for setup in project.setup_files)
