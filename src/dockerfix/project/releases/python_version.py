"""Which Python the project should get, by its own evidence."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.manifests.dependencies import Dependency
from dockerfix.project.manifests.python_project import python_project
from dockerfix.project.manifests.requirements_closure import RequirementsClosure, requirements_closure
from dockerfix.project.releases.python_evidence import MINORS, Claim, claims
from dockerfix.project.releases.python_features import newest_feature
from dockerfix.project.releases.python_packages import minor_key, package_facts, version_doubts
from dockerfix.project.releases.python_packages import run_doubts as package_doubts

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext
    from dockerfix.project.python.facts import ModuleFacts

__all__ = [
    "PythonChoice",
    "fitting_minors",
    "minor_doubts",
    "near_closures",
    "near_constraints",
    "near_dependencies",
    "near_manifests",
    "python_minor",
    "run_doubts",
]


@frozen
class PythonChoice:
    """A minor version of Python, `"3.12"`, and what speaks for and against it.

    `because` is one clause for people; `evidence` is the file and 1-based line that decided, None where the
    default stands on nothing. `doubts` name what would fail to install or run under this version: with any, a
    person must decide. `alternative` is the newest older version without doubts, where there is one and the project
    names no version itself.
    """

    minor: str
    because: str
    evidence: tuple[str, int | None] | None
    doubts: tuple[str, ...] = ()
    alternative: str | None = None


@memoised
def python_minor(context: BuildContext, default: str = "3.12") -> PythonChoice:
    """The minor version that the project's own evidence asks for.

    What names one version wins, if `requires-python` allows it: `requires-python` itself, `.python-version`,
    `runtime.txt`, Pipfile, `.tool-versions`, `mise.toml`, one version throughout CI, conda. Else the default,
    moved only as far as a cap or a floor demands. Files beside or above the Dockerfile count; others only
    where those say nothing.

    Args:
        default: the version where nothing decides.
    """
    found = _near_claims(context)
    minor, because, evidence, conflict = _chosen(found, default)
    feature = newest_feature(context)
    if feature is not None and minor_key(feature.minor) > minor_key(minor) and not any(claim.exact for claim in found):
        allowed = _common([claim for claim in found if len(claim.allowed) > 1]) or MINORS
        newer = next((one for one in allowed if minor_key(one) >= minor_key(feature.minor)), None)
        if newer is not None:
            minor, because, evidence = newer, next(iter(_too_new(context, minor))), feature.where
    doubts = (*conflict, *_doubts(context, minor))
    is_named = any(claim.exact for claim in found)
    alternative = _alternative(context, minor, found) if doubts and not is_named else None
    return PythonChoice(minor, because, evidence, doubts, alternative)


def fitting_minors(context: BuildContext) -> tuple[str, ...]:
    """The minor versions that the project's own evidence leaves, oldest first; one where it names one."""
    found = _near_claims(context)
    ranges = [claim for claim in found if len(claim.allowed) > 1]
    allowed = _common(ranges)
    named = (claim.allowed[0] for claim in found if claim.exact and (not ranges or claim.allowed[0] in allowed))
    exact = next(named, None)
    feature = newest_feature(context)
    floor = minor_key(feature.minor) if feature is not None else ()
    return (exact,) if exact is not None else tuple(one for one in allowed or MINORS if minor_key(one) >= floor)


_Chosen = tuple[str, str, tuple[str, int | None] | None, tuple[str, ...]]


def _chosen(found: list[Claim], default: str) -> _Chosen:
    ranges = [claim for claim in found if len(claim.allowed) > 1]
    allowed = _common(ranges)
    for claim in found:
        if claim.exact and (not ranges or claim.allowed[0] in allowed):
            return claim.allowed[0], f"{claim.path} says {claim.words}", (claim.path, claim.line), ()
    refused = tuple(
        f"{claim.path} says {claim.words}, which {ranges[0].path} ({ranges[0].words}) does not allow"
        for claim in found
        if claim.exact and ranges
    )
    if not ranges or not allowed:
        return default, "nothing in the project names a version", None, refused
    return (*_moved(ranges, allowed, default), refused)


def _common(ranges: list[Claim]) -> tuple[str, ...]:
    """The versions that all ranges allow; where there are none, what the strongest allows."""
    common = [minor for minor in MINORS if all(minor in claim.allowed for claim in ranges)]
    return tuple(common) or (ranges[0].allowed if ranges else ())


def _moved(ranges: list[Claim], allowed: tuple[str, ...], default: str) -> tuple[str, str, tuple[str, int | None]]:
    """The version nearest to the default among those allowed."""
    if default in allowed:
        claim = next((claim for claim in ranges if claim.capped), ranges[0])
        return default, f"{claim.path} ({claim.words}) allows it", (claim.path, claim.line)
    newer = [minor for minor in allowed if minor_key(minor) > minor_key(default)]
    minor = newer[0] if newer else allowed[-1]
    cause = next((claim for claim in ranges if default not in claim.allowed), ranges[0])
    return minor, f"{cause.path} ({cause.words}) does not allow {default}", (cause.path, cause.line)


def _near_claims(context: BuildContext) -> list[Claim]:
    """The claims beside or above the Dockerfile, nearest first within a kind; else those nearest to the root."""
    folder = posixpath.dirname(context.dockerfile or "")
    found = claims(context)
    near = [claim for claim in found if _is_at_or_above(_place(claim.path), folder)]
    if any(not claim.path.startswith(".github/") for claim in near):
        return near
    others = [claim for claim in found if claim not in near]
    depth = min((claim.path.count("/") for claim in others), default=0)
    nearest = [claim for claim in others if claim.path.count("/") == depth]
    agree = len({_place(claim.path) for claim in nearest}) == 1
    return [*nearest, *near] if agree else near


def _place(path: str) -> str:
    return "" if path.startswith(".github/") else posixpath.dirname(path)


def _is_at_or_above(folder: str, other: str) -> bool:
    return folder == other or not folder or other.startswith(f"{folder}/")


def near_dependencies(context: BuildContext) -> tuple[Dependency, ...]:
    """What the manifests around the Dockerfile ask for at run time.

    They stand beside or above it, or are included by these; below it they count where it has a folder of its own, or
    nothing stands beside it. A lock file's dependencies are among them; those of development, tests and documentation
    are not.
    """
    project, near = python_project(context), near_manifests(context)
    known = {manifest.path for manifest in project.manifests}
    included = (one for closure in near_closures(context) for one in closure.requirements if one.path not in known)
    return (*(one for one in project.run_dependencies if one.path in near), *dict.fromkeys(included))


@memoised
def near_closures(context: BuildContext) -> tuple[RequirementsClosure, ...]:
    """The requirements files around the Dockerfile with all that they include, without those of development."""
    near = near_manifests(context)
    listed = (one for one in python_project(context).of_kind("requirements") if not one.development)
    return tuple(requirements_closure(context, one.path) for one in listed if one.path in near)


def near_constraints(context: BuildContext) -> tuple[Dependency, ...]:
    """What the constraints files around the Dockerfile say, and those that its requirements files name."""
    near, project = near_manifests(context), python_project(context)
    wanted = {one.path for one in project.of_kind("constraints") if not one.development and one.path in near}
    said = (one for file in project.requirements if file.path in wanted for one in file.requirements)
    return (*said, *(one for closure in near_closures(context) for one in closure.constraints))


@memoised
def near_manifests(context: BuildContext) -> frozenset[str]:
    """The paths of the manifests around the Dockerfile, as `near_dependencies` chooses them."""
    folder, project = posixpath.dirname(context.dockerfile or ""), python_project(context)
    paths = [manifest.path for manifest in project.manifests]
    asking = {one.path for one in project.run_dependencies} | {file.path for file in project.requirements}
    beside = {path for path in paths if _is_at_or_above(_place(path), folder)}
    if folder or not beside & asking:
        beside |= {path for path in paths if _is_at_or_above(folder, path)}
    return frozenset(beside)


def run_doubts(context: BuildContext, minor: str) -> tuple[str, ...]:
    """What would fail to start on this version although it installs, one clause each; empty when nothing is known."""
    dependencies = near_dependencies(context)
    named = frozenset(one.name for one in dependencies)
    doubts = (*package_doubts(dependencies, minor), *_import_doubts(_old_importers(context), minor, named))
    return (*doubts, *_too_new(context, minor))


def minor_doubts(context: BuildContext, minor: str) -> tuple[str, ...]:
    """What would fail to install or to start on this version, one clause each; empty when nothing is known."""
    return _doubts(context, minor)


def _too_new(context: BuildContext, minor: str) -> Iterable[str]:
    feature = newest_feature(context)
    if feature is not None and minor_key(feature.minor) > minor_key(minor):
        path, line = feature.where
        yield f"{path}:{line} uses {feature.words}, which is new in Python {feature.minor}"


def _doubts(context: BuildContext, minor: str) -> tuple[str, ...]:
    dependencies = near_dependencies(context)
    named = frozenset(one.name for one in dependencies)
    doubts = (*version_doubts(dependencies, minor), *_import_doubts(_old_importers(context), minor, named))
    return (*doubts, *_too_new(context, minor))


@memoised
def _old_importers(context: BuildContext) -> tuple[ModuleFacts, ...]:
    """The modules in whose text a name stands that some Python has removed."""
    from dockerfix.project.python.sources import python_sources

    facts, sources = package_facts(), python_sources(context)
    name = re.compile(rf"\b(?:{'|'.join((*facts.removed_modules, *facts.no_longer_shipped))})\b")
    # pip builds in an environment of its own, with setuptools
    paths = (path for path in sources.paths if not path.endswith("setup.py") and name.search(context.text(path) or ""))
    return tuple(module for path in paths if (module := sources.module(path)) is not None)


def _import_doubts(modules: Iterable[ModuleFacts], minor: str, installed: frozenset[str]) -> Iterable[str]:
    facts = package_facts()
    for module in modules:
        for name, line in module.required_imports:
            lost = facts.removed_modules.get(name)
            substitute = facts.module_substitutes.get(name, "")
            if lost and minor_key(minor) >= minor_key(lost) and not installed & {substitute, f"standard-{name}"}:
                yield f"{module.path}:{line} imports {name}, which Python {lost} removed"
            since = facts.no_longer_shipped.get(name)
            if since and minor_key(minor) >= minor_key(since) and "setuptools" not in installed:
                yield f"{module.path}:{line} imports {name}, which Python's images no longer ship from {since} on"


def _alternative(context: BuildContext, minor: str, found: list[Claim]) -> str | None:
    allowed = _common([claim for claim in found if len(claim.allowed) > 1]) or MINORS
    older = [one for one in reversed(allowed) if minor_key(one) < minor_key(minor)]
    return next((one for one in older if not _doubts(context, one)), None)
