"""The release of Python to pin a base image to, with what speaks for it and against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.base.named_packages import named_packages
from dockerfix.plans.base.slim import installed_packages, needs_full_image
from dockerfix.plans.base.stated_releases import has_image_on, suite_of_tag
from dockerfix.project.bases.images import python_releases, python_tag
from dockerfix.project.context.facts import Fact, fact
from dockerfix.project.manifests.dependencies import Dependency
from dockerfix.project.releases.python_version import (
    PythonChoice,
    fitting_minors,
    minor_doubts,
    near_manifests,
    python_minor,
    run_doubts,
)
from dockerfix.project.releases.runtime_versions import StatedVersion
from dockerfix.project.releases.slim import slim_blockers
from dockerfix.project.releases.slim_packages import package_blockers
from dockerfix.syntax.references import ImageReference

__all__ = ["PythonOfImage", "decided", "fitting_slim", "on_suite", "why_full"]


@frozen
class PythonOfImage:
    """A Python: what speaks for it, and against it.

    `wheels` names all packages where each is known to have a wheel; `without` tells why they are known not to. `facts`
    are the places that it was read from.
    """

    minor: str
    because: str
    doubts: tuple[str, ...] = ()
    wheels: tuple[str, ...] | None = None
    without: str | None = None
    facts: tuple[Fact, ...] = ()


def decided(
    stage: StageImage,
    model: Image,
    stated: tuple[StatedVersion, ...],
    preferred: str,
    online: str,
    *,
    musl: bool,
) -> PythonOfImage:
    """The Python to pin: what the Dockerfile or its builds state, else the project, else the preferred one.

    Args:
        online: what uv's resolver is asked: nothing (""), about the "newest" first, or about the preferred "python".
        musl: whether the stage stands on Alpine.
    """
    offline = python_minor(model.context, preferred)
    facts = (Fact(offline.because, *offline.evidence),) if offline.evidence is not None else ()
    choice = PythonOfImage(offline.minor, offline.because, offline.doubts, facts=facts)
    if stated:
        choice = _as_stated(stated, offline, model)
    elif offline.alternative is not None:
        choice = PythonOfImage(offline.alternative, offline.doubts[0])
    if not online:
        return choice
    from dockerfix.plans.base.online import proof

    wished = choice.minor if stated else preferred if online == "python" else None
    found = proof(model, stage, wished, choice.minor, musl=musl)
    if found.minor is not None and (not stated or found.minor == choice.minor):
        decided = found.minor == choice.minor and (stated or offline.evidence or offline.alternative)
        said = f"{choice.because}; " if decided else ""
        doubts = choice.doubts if stated else run_doubts(model.context, found.minor)
        return PythonOfImage(found.minor, said + found.because, doubts, wheels=found.names, facts=choice.facts)
    because = f"no proof online: {found.because}"
    return replace(
        choice,
        because=f"{choice.because}; {because}",
        doubts=(*choice.doubts, because) if choice.doubts else (),
        without=_without_wheel(dict(found.refused), choice.minor),
    )


def _as_stated(stated: tuple[StatedVersion, ...], offline: PythonChoice, model: Image) -> PythonOfImage:
    """The Python that the Dockerfile itself or whoever builds it names; doubtful where the project says another."""
    minor = stated[0].version
    if len({one.version for one in stated}) > 1:
        return PythonOfImage(minor, stated[0].because, tuple(dict.fromkeys(one.because for one in stated)))
    other = offline.evidence is not None and minor not in fitting_minors(model.context)
    doubts = (f"{stated[0].because}, and {offline.because}",) if other else ()
    return PythonOfImage(minor, stated[0].because, (*doubts, *minor_doubts(model.context, minor)))


def on_suite(choice: PythonOfImage, reference: ImageReference, model: Image, *, is_stated: bool) -> PythonOfImage:
    """A Python of which the suite in the tag has an image; Debian's older ones have none of newer releases."""
    suite = python_tag(reference.tag).suite
    if suite is None or has_image_on(choice.minor, reference):
        return choice
    newest = next((line for line in reversed([*python_releases()]) if has_image_on(line, reference)), None)
    if newest is None:
        doubt = f"whether there is an image of Python {choice.minor} on {suite_of_tag(reference)} is not known"
        return replace(choice, doubts=(*choice.doubts, doubt))
    because = f"{newest} is the newest Python with an image on {suite_of_tag(reference)}"
    is_other = is_stated or newest not in fitting_minors(model.context)
    doubts = (f"{because}, and {choice.because}",) if is_other else ()
    return PythonOfImage(newest, because, (*doubts, *minor_doubts(model.context, newest)))


def _without_wheel(refused: Mapping[str, str], minor: str) -> str | None:
    """Why something has to be compiled on this Python; None where that is not known.

    What has a wheel for no Python at all is published as source, which is Python alone more often than not: the data
    file knows those that need a compiler.
    """
    is_source = len(refused) > 1 and len(set(refused.values())) == 1
    return None if is_source else refused.get(minor)


def fitting_slim(model: Image, variant: str) -> Iterator[Fact]:
    """The manifests whose packages all do with slim, where it is chosen."""
    for path in sorted(near_manifests(model.context)) if variant == "" else ():
        yield Fact("what it asks for needs nothing that slim lacks", path)


def why_full(stage: StageImage, model: Image, choice: PythonOfImage) -> Fact | None:
    """Why the slim image would not do, as far as is known; None where it does."""
    reason = needs_full_image(stage, model)
    if reason is not None:
        return fact(reason, reason, model.context)
    there = installed_packages(stage)
    if choice.without is not None and "gcc" not in there:
        return Fact(f"{choice.without} (uv)")
    named = named_packages(model, choice.minor)
    if named is None:
        return Fact("a pip install of the Dockerfile cannot be read in full")
    closure = (Dependency(name, "", "uv", extras=("binary",)) for name in choice.wheels or ())
    proven = (one for one in package_blockers(closure, choice.minor) if one.kind == "library")
    for one in (*slim_blockers(model.context, choice.minor), *named, *proven):
        has_wheel = choice.wheels is not None and one.kind in ("build", "unknown") and one.name != "setup.py"
        if not has_wheel and not (one.needs and there >= set(one.needs)):
            return fact(one.because, _place(one.where), model.context)
    return None


def _place(where: tuple[str, int | None]) -> str:
    return where[0] if where[1] is None else f"{where[0]}:{where[1]}"
