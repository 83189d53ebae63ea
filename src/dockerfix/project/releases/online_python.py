"""Which Python a project can have, proven by uv's resolver: the newest for which all that it installs has a wheel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.project.bases.images import python_releases
from dockerfix.project.manifests.python_project import python_project
from dockerfix.project.releases.python_version import (
    fitting_minors,
    near_closures,
    near_constraints,
    near_dependencies,
    run_doubts,
)
from dockerfix.project.releases.resolver import Answer, Platform, resolve

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext
    from dockerfix.project.manifests.dependencies import Dependency

__all__ = ["Proof", "Question", "candidates", "proven_python", "question"]

_ASIDE = ("development", "locked", "constraint")


@frozen
class Question:
    """What the resolver is asked: the project's requirements and pins as PEP 508 text.

    `unclear` names what the resolver cannot be asked about; with it there is no proof.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    unclear: str | None = None


@frozen
class Proof:
    """What came of it.

    `minor` is the newest version with a proof, None without; `because` is one clause for people either way.
    `refused` maps the versions for which there is none to the reason. `names` are all packages that are installed.
    """

    minor: str | None
    because: str
    refused: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()


def proven_python(asked: Question, candidates: Iterable[str], platform: Platform) -> Proof:
    """Ask for one version after the other until one is proven, or the index cannot be asked.

    Args:
        candidates: minor versions, in the order of preference.
    Raises:
        UsageError: uv is not installed.
    """
    refused: list[tuple[str, str]] = []
    if asked.unclear is not None:
        return Proof(None, asked.unclear)
    for minor in candidates:
        answer: Answer = resolve(asked.requirements, asked.constraints, minor, platform)
        if answer.packages is not None:
            count = f"all {answer.packages} packages" if answer.packages > 1 else "the one package"
            return Proof(minor, f"wheels exist for {count} (uv, {platform})", tuple(refused), answer.names)
        if not answer.refused:
            return Proof(None, answer.because, tuple(refused))
        refused.append((minor, answer.because))
    return Proof(None, "; ".join(f"Python {minor}: {because}" for minor, because in refused[:1]), tuple(refused))


def candidates(context: BuildContext, wished: str | None) -> tuple[str, ...]:
    """The versions to ask about, newest first: those that the project allows and that still get releases.

    One that the project names, or else the `wished` one, is the only one. What the offline data knows to break at
    run time, which no wheel shows, is left out.
    """
    fitting = fitting_minors(context)
    if len(fitting) == 1:
        return fitting
    if wished is not None:
        return (wished,) if wished in fitting else ()
    maintained = [minor for minor, release in python_releases().items() if release.maintained]
    return tuple(minor for minor in reversed(maintained) if minor in fitting and not run_doubts(context, minor))


def question(context: BuildContext, inline: tuple[str, ...] = ()) -> Question:
    """The requirements around the Dockerfile as the resolver can be asked, with what commands name besides.

    Args:
        inline: PEP 508 texts that the Dockerfile's own `pip install` names.
    """
    wanted = [one for one in near_dependencies(context) if one.use not in _ASIDE]
    requirements = dict.fromkeys((*filter(None, map(_text, wanted)), *inline))
    unclear = _unclear(context, wanted)
    if not requirements and unclear is None:
        unclear = "no requirements were found"
    return Question(tuple(requirements), _pins(context), unclear)


def _text(one: Dependency) -> str | None:
    """PEP 508 text that holds nothing but name, extras, versions and marker."""
    from packaging.requirements import InvalidRequirement, Requirement

    extras = f"[{','.join(one.extras)}]" if one.extras else ""
    marker = f" ; {one.marker}" if one.marker else ""
    try:
        return str(Requirement(f"{one.name}{extras}{one.specifier}{marker}"))
    except InvalidRequirement:
        return None


def _pins(context: BuildContext) -> tuple[str, ...]:
    """Versions to keep to: of lock files and constraints, where a package has one version in all of them."""
    pins: dict[str, set[str]] = {}
    locked = (one for one in near_dependencies(context) if one.use == "locked")
    for one in (*near_constraints(context), *locked):
        pins.setdefault(one.name, set()).add(one.specifier)
    single = {name: specifiers.pop() for name, specifiers in pins.items() if len(specifiers) == 1}
    return tuple(f"{name}{specifier}" for name, specifier in single.items() if specifier)


def _unclear(context: BuildContext, wanted: list[Dependency]) -> str | None:
    """What the resolver cannot be asked about, as one clause; None where it can be asked about everything."""
    project = python_project(context)
    for problem in project.problems:
        return f"{problem.path} cannot be read in full"
    for one in wanted:
        if one.url or not one.valid or _text(one) is None:
            return f"{one.name} has no version to ask for ({one.path})"
    for file in near_closures(context):
        if file.problems:
            return f"{file.problems[0].path} cannot be read in full"
        if file.vcs:
            return f"{file.path} fetches a package with {file.vcs[0].tool}"
        if file.index_options:
            return f"{file.path} sets --{file.index_options[0].option}, which the resolver is not told"
        archive = next((one for one in file.local_paths if one.kind not in ("editable", "project")), None)
        if archive is not None:
            return f"{file.path} installs {archive.text}"
    for pyproject in project.pyprojects:
        if pyproject.git_dependencies:
            return f"{pyproject.git_dependencies[0]} is fetched with git"
    for setup in project.setup_files:
        if not setup.complete:
            return f"{setup.path} computes its dependencies"
    return None
