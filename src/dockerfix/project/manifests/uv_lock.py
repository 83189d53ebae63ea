"""Whether `uv sync --locked` takes a uv.lock: it stands for what pyproject.toml asks for.

Source: uv 0.13.9, `Lock::satisfies` in crates/uv-resolver/src/lock/mod.rs: the root's version, `requires-dist`,
`requires-dev` and `requires-python` are compared (tried; a version bump alone makes `--locked` fail).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.dependencies import dependency, normal_name
from dockerfix.project.manifests.npm_lock import LockCheck
from dockerfix.project.manifests.pyproject import strings, table, toml

__all__ = ["uv_lock_check", "uv_runtime_names"]

# Settings that change what is locked in a way that is not followed here.
_SETTINGS = ("sources", "override-dependencies", "constraint-dependencies", "workspace", "conflicts", "environments")


@memoised
def uv_lock_check(context: BuildContext, manifest: str, lock: str) -> LockCheck:
    """What keeps `--locked` from installing by a lock file.

    Args:
        manifest: the pyproject.toml at the root, as a path of the context.
    """
    project, locked = toml(context, manifest), toml(context, lock)
    if project is None or locked is None:
        return LockCheck(doubt=f"{lock if locked is None else manifest} cannot be read")
    root = _root(locked)
    if root is None:
        return LockCheck(doubt=f"{lock} names no project of this folder")
    said = table(project, "project")
    version = said.get("version")
    if isinstance(version, str) and root.get("version") != version:
        return LockCheck(fault=f"{lock} is of version {root.get('version')}, and the project of {version}")
    setting = next((name for name in _SETTINGS if table(project, "tool", "uv").get(name)), None)
    if setting is not None:
        return LockCheck(doubt=f"tool.uv.{setting} of {manifest} is not followed here")
    wanted = [*_asked(said.get("dependencies")), *_optional(said)]
    fault = _differing(lock, wanted, [*_written(table(root, "metadata").get("requires-dist"))])
    groups, own = table(project, "dependency-groups"), table(root, "metadata", "requires-dev")
    for name, group in groups.items():
        if not _includes(group):
            fault = fault or _differing(
                lock, [*_asked(group)], [*_written(own.get(normal_name(name)) or own.get(name))]
            )
    python = said.get("requires-python")
    if not fault and isinstance(python, str) and not _is_same_python(python, locked.get("requires-python")):
        return LockCheck(doubt=f"{lock} says {locked.get('requires-python')} of Python, and {manifest} {python}")
    includes = any(map(_includes, groups.values()))
    return LockCheck(fault, f"a group of {manifest} includes another one" if includes else "")


@memoised
def uv_runtime_names(context: BuildContext, lock: str) -> frozenset[str] | None:
    """The packages that an install without groups and extras brings, on any system; None where that is unknown."""
    locked = toml(context, lock)
    root = _root(locked) if locked is not None else None
    if locked is None or root is None:
        return None
    packages = {normal_name(str(one.get("name"))): one for one in _packages(locked)}
    found: set[str] = set()
    waiting = [(entry, True) for entry in _entries(root.get("dependencies"))]
    while waiting:
        entry, _ = waiting.pop()
        name = normal_name(str(entry.get("name")))
        extras = strings(entry.get("extra"))
        if name not in packages or (name in found and not extras):
            continue
        found.add(name)
        below = [*_entries(packages[name].get("dependencies"))]
        below += [
            one for extra in extras for one in _entries(table(packages[name], "optional-dependencies").get(extra))
        ]
        waiting += [(one, True) for one in below if normal_name(str(one.get("name"))) not in found]
    return frozenset(found)


def _includes(group: object) -> bool:
    """Whether a dependency group takes another one in."""
    return isinstance(group, list) and any(isinstance(one, Mapping) for one in group)


def _packages(locked: Mapping[str, Any]) -> list[dict[str, Any]]:
    packages = locked.get("package")
    return [table(one) for one in packages] if isinstance(packages, list) else []


def _root(locked: Mapping[str, Any]) -> dict[str, Any] | None:
    places = ("virtual", "editable", "directory")
    return next((one for one in _packages(locked) if "." in [table(one, "source").get(name) for name in places]), None)


def _entries(value: object) -> Iterator[dict[str, Any]]:
    yield from (table(one) for one in value) if isinstance(value, list) else ()


def _asked(value: object) -> Iterator[tuple[str, ...]]:
    for text in strings(value):
        read = dependency(text, "pyproject.toml")
        if read is not None:
            extras = ",".join(sorted(map(normal_name, read.extras)))
            yield read.name, _specifier(read.specifier), extras, _marker(read.marker)


def _optional(said: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for extra, texts in table(said, "optional-dependencies").items():
        for name, specifier, extras, marker in _asked(texts):
            behind = f"extra=='{normal_name(extra)}'"
            yield name, specifier, extras, f"{marker}and{behind}" if marker else behind


def _written(value: object) -> Iterator[tuple[str, ...]]:
    for entry in _entries(value):
        extras = ",".join(sorted(strings(entry.get("extras"))))
        name, specifier = normal_name(str(entry.get("name"))), _specifier(str(entry.get("specifier", "")))
        yield name, specifier, extras, _marker(str(entry.get("marker", "")))


def _specifier(text: str) -> str:
    return ",".join(sorted(part.strip().replace(" ", "") for part in text.split(",")))


def _marker(text: str) -> str:
    return text.replace('"', "'").replace(" ", "").replace("python_full_version", "python_version").strip("()")


def _differing(lock: str, wanted: list[tuple[str, ...]], locked: list[tuple[str, ...]]) -> str:
    """What one side has and the other has not; markers count only for whether there is one."""
    sides = [{(name, spec, extras, bool(marker)) for name, spec, extras, marker in side} for side in (wanted, locked)]
    odd = sorted(sides[0] - sides[1]) or sorted(sides[1] - sides[0])
    if not odd:
        return ""
    name, specifier = odd[0][0], odd[0][1]
    return f"{lock} and pyproject.toml differ in {name}{specifier}"


def _is_same_python(one: str, other: object) -> bool:
    return isinstance(other, str) and _specifier(one) == _specifier(other)
