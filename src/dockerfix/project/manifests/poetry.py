"""Poetry's own way to state dependencies, as PEP 440 text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockerfix.frozen import frozen
from dockerfix.project.manifests.dependencies import Dependency, normal_name
from dockerfix.project.manifests.manifest import line_of
from dockerfix.regexes import regex

__all__ = ["PoetryDependencies", "pep440", "poetry_dependencies"]

_RELEASE = regex(r"([\^~])\s*v?(\d+(?:\.\d+)*)(.*)")


@frozen
class PoetryDependencies:
    """The dependencies in `[tool.poetry]`; `python` is the Python constraint as PEP 440 text."""

    dependencies: tuple[Dependency, ...]
    python: str | None
    local_paths: tuple[str, ...]
    git: tuple[str, ...]


def pep440(constraint: str) -> str | None:
    """A Poetry version constraint as PEP 440 text; "" for any version, None for an either-or (`||`).

    Source: Poetry, "Dependency specification": caret, tilde, wildcard requirements.
    """
    if "|" in constraint:
        return None
    clauses = [text for part in constraint.split(",") for text in _clauses(part.strip())]
    return ",".join(clauses)


def _clauses(part: str) -> Iterator[str]:
    found = _RELEASE.fullmatch(part)
    if part in {"", "*"}:
        return
    if found and not part.startswith("~="):
        release = [int(number) for number in found[2].split(".")]
        yield f">={found[2]}{found[3]}"
        yield f"<{_caret(release) if found[1] == '^' else _tilde(release)}"
    elif part[0].isdigit():
        yield f"=={part}"
    else:
        yield from re.findall(r"(?:[<>=!~]=?=?)\s*[\w.*+!-]+", part)


def _caret(release: list[int]) -> str:
    """The first number that is not zero may not change."""
    at = next((index for index, number in enumerate(release) if number), len(release) - 1)
    return ".".join(map(str, [*release[:at], release[at] + 1, 0])) if at == 0 else _next(release[: at + 1])


def _tilde(release: list[int]) -> str:
    return _next(release[:2]) if len(release) > 1 else f"{release[0] + 1}.0"


def _next(release: list[int]) -> str:
    return ".".join(map(str, [*release[:-1], release[-1] + 1]))


def poetry_dependencies(poetry: Mapping[str, Any], path: str, text: str) -> PoetryDependencies:
    """What `[tool.poetry]` asks for.

    Args:
        poetry: the table.
        path: the manifest, for the dependencies' place; `text` its content.
    """
    found = _Found(path, text)
    main = poetry.get("dependencies")
    found.add(main, "run")
    found.add(poetry.get("dev-dependencies"), "development")
    groups = poetry.get("group")
    for group in groups.values() if isinstance(groups, Mapping) else ():
        if isinstance(group, Mapping):
            found.add(group.get("dependencies"), "development")
    python = main.get("python") if isinstance(main, Mapping) else None
    return PoetryDependencies(
        dependencies=tuple(found.dependencies),
        python=pep440(python) or None if isinstance(python, str) else None,
        local_paths=tuple(found.local_paths),
        git=tuple(found.git),
    )


class _Found:
    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.dependencies: list[Dependency] = []
        self.local_paths: list[str] = []
        self.git: list[str] = []

    def add(self, entries: object, use: str) -> None:
        for name, value in entries.items() if isinstance(entries, Mapping) else ():
            if name.lower() == "python":
                continue
            for entry in value if isinstance(value, list) else [value]:
                self._one(name, entry, use)

    def _one(self, name: str, entry: object, use: str) -> None:
        fields: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {"version": entry}
        if isinstance(fields.get("path"), str):
            self.local_paths.append(fields["path"])
        if fields.get("git"):
            self.git.append(normal_name(name))
        version, extras, marker = fields.get("version"), fields.get("extras"), fields.get("markers")
        self.dependencies.append(
            Dependency(
                name=normal_name(name),
                specifier=(pep440(version) or "") if isinstance(version, str) else "",
                path=self.path,
                line=line_of(self.text, name, "="),
                extras=tuple(sorted(str(extra) for extra in extras)) if isinstance(extras, list) else (),
                marker=marker if isinstance(marker, str) else "",
                use="optional" if fields.get("optional") else use,
            )
        )
