"""What packages need that slim lacks, with all that they require: known to be nothing, known, or not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from dockerfix.frozen import frozen
from dockerfix.project.manifests.dependencies import Dependency, applies_on, dependency, upper_bound
from dockerfix.project.releases.python_distributions import Distribution, distribution
from dockerfix.project.releases.python_packages import has_wheel, package_facts

__all__ = ["SlimBlocker", "package_blockers"]


@frozen
class SlimBlocker:
    """One thing that a slim image lacks, or may.

    `kind` is `build` (pip must compile), `library` (loaded at run time), `git` (pip or the build runs it), `command`
    (something runs it) or `unknown` (nobody looked). `where` is the file and 1-based line that asks for it. `needs`
    are Debian packages with which a slim image would do; empty where they are not known.
    """

    name: str
    kind: str
    because: str
    where: tuple[str, int | None]
    needs: tuple[str, ...] = ()


def package_blockers(dependencies: Iterable[Dependency], minor: str) -> Iterator[SlimBlocker]:
    """What keeps these packages, and all that they require, from slim.

    A package with no entry here is known to have a wheel for x86-64 and ARM, or to be Python alone, and to load no
    library that slim lacks; so is all that it requires. What is not known stands here too, as `unknown`.

    Args:
        dependencies: what is installed together.
        minor: the Python version.
    """
    direct = [one for one in dependencies if applies_on(one.marker, minor) is not False]
    names = frozenset(one.name for one in direct)
    waiting = [(one, "") for one in direct if one.use != "constraint"]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for one, through in waiting:  # grows while it is read
        if (one.written, one.extras) in seen:
            continue
        seen.add((one.written, one.extras))
        if not through or one.name not in names:
            found = _blocker(one, minor, names, through)
            if found is not None:
                yield found
        for need in _required(one):
            if applies_on(need.marker, minor) is False:
                continue
            if need.name not in names or need.extras:
                waiting.append((need, through or one.name))


def _required(one: Dependency) -> Iterator[Dependency]:
    """What a package requires; an old release that is asked for may still require what newer ones do not."""
    known = distribution(one.name)
    if known is None:
        return
    older = known.once if upper_bound(one.specifier) is not None else ()
    for text in (*known.needs, *older, *(need for extra in one.extras for need in known.extras.get(extra, ()))):
        read = dependency(text, one.path, one.line)
        if read is not None:
            yield replace(read, specifier="")


def _blocker(one: Dependency, minor: str, beside: frozenset[str], through: str) -> SlimBlocker | None:
    return _known_need(one, minor, beside, through) or _unknown(one, minor, through)


def _known_need(one: Dependency, minor: str, beside: frozenset[str], through: str) -> SlimBlocker | None:
    facts, name = package_facts(), one.name
    brought = facts.brings.get(name, name)
    if brought in facts.source_only:
        said = _said(brought, through or (name if brought != name else ""))
        because = f"{said} has no wheel for Linux, so pip compiles it"
        return SlimBlocker(brought, "build", because, one.where, tuple(facts.source_only[brought]))
    if has_wheel(one, minor) is False:
        because = f"{one.written} has no wheel for Python {minor}"
        if name in facts.wheel_only:
            return SlimBlocker(name, "build", because, one.where)
        return SlimBlocker(name, "build", f"{because}, so pip compiles it", one.where, ("gcc",))
    spared = facts.self_contained_extras.get(name, [])
    if any(extra in one.extras or f"{name}-{extra}" in beside for extra in spared):
        return None
    if libraries := facts.shared_libraries.get(brought):
        because = f"{_said(brought, through or (name if brought != name else ''))} loads {libraries[0]} of the system"
        return SlimBlocker(brought, "library", because, one.where, tuple(libraries))
    program = None if through else facts.run_programs.get(name)
    if program is not None:
        return SlimBlocker(name, "command", f"{name} runs {program}", one.where, (program,))
    known = distribution(name)
    if known is not None and known.asks:
        return SlimBlocker(name, "library", f"{_said(name, through)} loads {known.asks[0]} of the system", one.where)
    return None


def _said(name: str, through: str) -> str:
    return f"{name} through {through}" if through else name


def _unknown(one: Dependency, minor: str, through: str) -> SlimBlocker | None:
    """What nobody has looked up; None where all of it is known."""
    facts, name = package_facts(), one.name
    if one.url:
        return SlimBlocker(name, "unknown", f"{name} comes from {one.url}, so it may need a compiler", one.where)
    if name in facts.pure or has_wheel(one, minor) or _does_without(one):
        return None
    known = distribution(name)
    said = _said(one.written, through)
    if known is None:
        return SlimBlocker(name, "unknown", f"{said} is not known here, so it may need a compiler", one.where)
    because = _unseen(known, one, minor)
    return SlimBlocker(name, "unknown", f"{said} {because}", one.where) if because else None


def _does_without(one: Dependency) -> bool:
    """Whether a release is one that installs without a compiler, if there is no wheel."""
    from packaging.version import Version

    below, limit = package_facts().optional_extension.get(one.name), upper_bound(one.specifier)
    return below is not None and (below == "9999" or (limit is not None and limit[0] < Version(below)))


def _unseen(known: Distribution, one: Dependency, minor: str) -> str | None:
    found = known.has_wheel(minor, upper_bound(one.specifier) if one.valid else None)
    if found is None:
        return f"has no wheel for Python {minor} that is known here"
    if known.asks is None and not any(fnmatchcase(known.name, kind) for kind in package_facts().self_contained):
        return "loads libraries that nobody looked at here"
    return None if known.everywhere else "has no wheel for ARM that is known here"
