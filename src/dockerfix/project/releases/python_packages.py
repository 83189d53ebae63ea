"""What well-known packages need of Python and of the system, from `data/python_packages.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockerfix.frozen import frozen
from dockerfix.project.manifests.dependencies import Dependency, applies_on, upper_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from packaging.version import Version

from dockerfix.tables import table

__all__ = ["PackageFacts", "has_wheel", "minor_key", "package_facts", "run_doubts", "version_doubt", "version_doubts"]


@frozen
class PackageFacts:
    """The data file. `wheels` maps a package to, by minor version of Python, the spans of releases with a wheel."""

    wheels: dict[str, dict[str, str]]
    breaks: dict[str, list[dict[str, str]]]
    removed_modules: dict[str, str]
    module_substitutes: dict[str, str]
    no_longer_shipped: dict[str, str]
    wheel_only: list[str]
    source_only: dict[str, list[str]]
    brings: dict[str, str]
    shared_libraries: dict[str, list[str]]
    self_contained_extras: dict[str, list[str]]
    full_commands: dict[str, str]
    run_programs: dict[str, str]
    pure: list[str]
    self_contained: list[str]
    optional_extension: dict[str, str]
    pure_backends: list[str]
    pure_build_requirements: list[str]
    pure_hatch_hooks: list[str]
    caps: dict[str, list[dict[str, str]]]
    same_limits: dict[str, str]
    may_compile: dict[str, list[str]]


@cache
def package_facts() -> PackageFacts:
    """The data file, read once; its head says how and when each part was checked."""
    data: dict[str, Any] = table(Path(__file__).parents[1] / "data" / "python_packages.toml")
    grouped: dict[str, dict[str, list[dict[str, str]]]] = {"breaks": {}, "caps": {}}
    for kind, by_name in grouped.items():
        for entry in data[kind]:
            by_name.setdefault(entry["name"], []).append(entry)
    tables: dict[str, Any] = {key: data[key] for key in PackageFacts.__annotations__}
    return PackageFacts(**(tables | grouped))


def minor_key(minor: str) -> tuple[int, ...]:
    """`"3.12"` as numbers, to compare versions of Python."""
    return tuple(int(part) for part in minor.split("."))


def has_wheel(dependency: Dependency, minor: str) -> bool | None:
    """Whether pip finds a wheel for Linux x86-64 and CPython `minor`.

    Returns:
        True also where only some release that the specifier allows has one; None for a package or a minor
        version that the data file does not know, a direct URL, a specifier that cannot be read.
    """
    facts = package_facts()
    spans = facts.wheels.get(facts.same_limits.get(dependency.name, dependency.name), {}).get(minor)
    if spans is None or dependency.url or not dependency.valid:
        return None
    read = [tuple(span.partition("-")[::2]) for span in spans.split()]
    if dependency.pinned:
        return _pinned_in(dependency.pinned, read)
    bound = upper_bound(dependency.specifier)
    return bool(read) if bound is None else _starts_below(read, bound)


def _pinned_in(pinned: str, spans: list[tuple[str, ...]]) -> bool | None:
    from packaging.version import InvalidVersion, Version

    try:
        version = Version(pinned)
    except InvalidVersion:
        return None
    return any(Version(first) <= version and (not last or version <= Version(last)) for first, last in spans)


def _starts_below(spans: list[tuple[str, ...]], bound: tuple[Version, bool]) -> bool:
    from packaging.version import Version

    limit, included = bound
    return any(Version(first) < limit or (included and Version(first) == limit) for first, _ in spans)


def version_doubts(dependencies: Iterable[Dependency], minor: str) -> tuple[str, ...]:
    """Why an install or a start of these dependencies would fail on CPython `minor`.

    Args:
        dependencies: what is installed together; development dependencies are the caller's to leave out.
        minor: `"3.12"`.
    Returns:
        One sentence for each doubt, in order; empty when nothing speaks against it.
    """
    return _doubts(dependencies, minor, version_doubt)


def run_doubts(dependencies: Iterable[Dependency], minor: str) -> tuple[str, ...]:
    """As `version_doubts`, of what would fail to start although it installs."""
    return _doubts(dependencies, minor, _run_doubt)


def _run_doubt(dependency: Dependency, minor: str, beside: frozenset[str]) -> str | None:
    return _break(dependency, minor, beside) or _capped(dependency, minor, beside)


def _doubts(
    dependencies: Iterable[Dependency], minor: str, doubt: Callable[[Dependency, str, frozenset[str]], str | None]
) -> tuple[str, ...]:
    given = tuple(dependencies)
    names = frozenset(one.name for one in given)
    doubts = (doubt(one, minor, names) for one in given if applies_on(one.marker, minor) is not False)
    return tuple(dict.fromkeys(found for found in doubts if found))


def _capped(dependency: Dependency, minor: str, beside: frozenset[str]) -> str | None:
    """What a release requires that fails: `requests==2.22.0` keeps urllib3 below 1.26."""
    from dockerfix.project.manifests.dependencies import dependency as read

    for entry in package_facts().caps.get(dependency.name, ()):
        required = read(entry["requires"], dependency.path, dependency.line)
        if (
            required is None
            or required.name in beside
            or not _only_below(dependency, entry["below"], entry.get("from"))
        ):
            continue
        found = version_doubt(required, minor, beside)
        if found:
            return f"{dependency.written} requires {found}"
    return None


def version_doubt(dependency: Dependency, minor: str, beside: frozenset[str] = frozenset()) -> str | None:
    """Why this dependency would fail on CPython `minor`; `beside` are the names of what is installed with it."""
    if has_wheel(dependency, minor) is False:
        other = package_facts().same_limits.get(dependency.name)
        if other is not None:
            return f"{dependency.written} is older than Python {minor}, for which no {other} of that release exists"
        return f"{dependency.written} has no wheel for Python {minor}"
    return _break(dependency, minor, beside) or _capped(dependency, minor, beside)


def _break(dependency: Dependency, minor: str, beside: frozenset[str]) -> str | None:
    for entry in package_facts().breaks.get(dependency.name, ()):
        if minor_key(minor) < minor_key(entry["python"]) or entry.get("unless") in beside:
            continue
        if _only_below(dependency, entry["below"], entry.get("from")):
            return f"{dependency.written} does not run on Python {minor}: {entry['because']}"
    return None


def _only_below(dependency: Dependency, below: str, since: str | None) -> bool:
    """Whether every version that the specifier allows lies below the limit (and, for a pin, not before `since`)."""
    from packaging.version import InvalidVersion, Version

    if dependency.url or not dependency.valid:
        return False
    if below == "9999" and since is None:
        return True
    bound = upper_bound(dependency.specifier)
    if bound is None:
        return below == "9999"
    limit, included = bound
    try:
        recent = since is None or limit > Version(since)
    except InvalidVersion:
        return False
    return recent and (limit < Version(below) or (limit == Version(below) and not included))
