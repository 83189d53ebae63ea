"""One dependency as a manifest states it, and what its specifier allows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from packaging.version import Version

__all__ = [
    "Dependency",
    "applies_on",
    "archive_name",
    "dependency",
    "normal_name",
    "upper_bound",
]

# The name at the start of a requirement that packaging refuses but an older pip accepted.
_NAME = regex(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(.*)", re.S)


@frozen
class Dependency:
    """What a manifest asks for.

    `name` is normalised (PEP 503); `specifier` is PEP 440 text, empty where any version will do; `url` is
    set for a direct reference; `line` is 1-based and None where the manifest's format keeps no lines.
    `use` is `run`, `optional`, `development`, `build`, `locked` or `constraint`. `valid` is False where
    the text is no PEP 508 requirement and only the name could be read.
    """

    name: str
    specifier: str
    path: str
    line: int | None = None
    extras: tuple[str, ...] = ()
    marker: str = ""
    url: str | None = None
    hashes: tuple[str, ...] = ()
    use: str = "run"
    valid: bool = True

    @property
    def where(self) -> tuple[str, int | None]:
        """The manifest and the 1-based line."""
        return self.path, self.line

    @property
    def written(self) -> str:
        """The dependency as people name it, `numpy==1.21.0`."""
        return f"{self.name}{self.specifier}"

    @property
    def pinned(self) -> str | None:
        """The version that `==` or `===` names, without a wildcard; None for anything looser."""
        found = re.fullmatch(r"={2,3}\s*([^,*\s]+)", self.specifier)
        return found[1] if found else None


def normal_name(name: str) -> str:
    """A project name as the index compares it. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def dependency(text: str, path: str, line: int | None = None, use: str = "run") -> Dependency | None:
    """A requirement read from PEP 508 text; None where not even a name can be read.

    Source: PEP 508 through `packaging`. What `packaging` refuses (`pkg>=1.0.*`, accepted by old pips) keeps
    its name and text with `valid` False.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        read = Requirement(text)
    except InvalidRequirement:
        return _loosely(text, path, line, use)
    return Dependency(
        name=normal_name(read.name),
        specifier=str(read.specifier),
        path=path,
        line=line,
        extras=tuple(sorted(read.extras)),
        marker=str(read.marker) if read.marker else "",
        url=read.url,
        use=use,
    )


def _loosely(text: str, path: str, line: int | None, use: str) -> Dependency | None:
    found = _NAME.match(text)
    if not found:
        return None
    rest, _, marker = found[3].partition(";")
    return Dependency(normal_name(found[1]), rest.strip(), path, line, marker=marker.strip(), use=use, valid=False)


def archive_name(filename: str) -> str | None:
    """The project name in a wheel's or sdist's file name, normalised; None where there is none.

    Source: the binary distribution format (PEP 427) and the source distribution file name (PEP 625).
    """
    if filename.endswith(".whl"):
        return normal_name(filename.split("-")[0]) if filename.count("-") >= 4 else None
    found = re.fullmatch(r"(.+?)-\d[^-]*\.(?:tar\.(?:gz|bz2|xz)|tgz|zip)", filename)
    return normal_name(found[1]) if found else None


def applies_on(marker: str, minor: str) -> bool | None:
    """Whether an environment marker holds on Linux x86-64 under CPython `minor` (`"3.12"`); None when unclear."""
    if not marker:
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate(
            {
                "implementation_name": "cpython",
                "implementation_version": f"{minor}.0",
                "os_name": "posix",
                "platform_machine": "x86_64",
                "platform_python_implementation": "CPython",
                "platform_system": "Linux",
                "python_full_version": f"{minor}.0",
                "python_version": minor,
                "sys_platform": "linux",
                "extra": "",
            }
        )
    except (InvalidMarker, UndefinedEnvironmentName, ValueError, KeyError):
        return None


@lru_cache(maxsize=1024)
def upper_bound(specifier: str) -> tuple[Version, bool] | None:
    """The highest version that a specifier allows.

    Returns:
        The bound and whether it is itself allowed; None where nothing caps the version, or a clause cannot
        be read.
    Source: PEP 440, version specifiers.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        clauses = [_clause_bound(clause.operator, clause.version) for clause in SpecifierSet(specifier)]
    except (InvalidSpecifier, InvalidVersion):
        return None
    return min((bound for bound in clauses if bound), key=lambda bound: (bound[0], bound[1]), default=None)


def _clause_bound(operator: str, text: str) -> tuple[Version, bool] | None:
    from packaging.version import Version

    if operator == "~=":
        release = Version(text).release[:-1]
        return _raised(release), False
    if operator == "==" and text.endswith(".*"):
        return _raised(Version(text[:-2]).release), False
    if operator in {"==", "===", "<="}:
        return Version(text), True
    return (Version(text), False) if operator == "<" else None


def _raised(release: tuple[int, ...]) -> Version:
    """The first version above every one that starts with `release`."""
    from packaging.version import Version

    return Version(".".join(map(str, (*release[:-1], release[-1] + 1))))
