"""Which release of a base image the Dockerfile, or whoever builds it, names; and what the data file suggests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from dockerfix.image.model import Image, StageImage
from dockerfix.plans.base.slim import installed_packages
from dockerfix.plans.base.written_reference import written_reference
from dockerfix.project.bases.images import is_floating_tag, python_releases, python_tag
from dockerfix.project.bases.tags import is_early, pinned_tag, suite_number, tag_parts
from dockerfix.project.builds.reading import builds_of
from dockerfix.project.context.build_context import BaseImages
from dockerfix.project.releases.runtime_versions import StatedVersion
from dockerfix.project.releases.stated import checked, end_of, releases, seen, successor
from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile, From
from dockerfix.syntax.references import ImageReference

__all__ = [
    "ended",
    "has_current_suite",
    "has_image_on",
    "newest_of_minimum",
    "stated_beside",
    "stated_pythons",
    "suggested_release",
    "suite_of_tag",
    "why_open",
]

# A path or program of one release of Python: lib/python3.11/site-packages, python3.13, pip3.12.
_NAMED = regex(r"(?<![\w-])(?:lib/)?(?:python|pip)(3\.\d+)(?![\w.]*\d)")
_MINIMUMS = ("go.mod says ", "go.work says ")
_A_YEAR = timedelta(days=365)


def stated_beside(stage: StageImage, reference: ImageReference, model: Image) -> Iterator[StatedVersion]:
    """The release of the same image that other stages of the file are pinned to."""
    for other_stage in model.stages:
        other = other_stage.reference
        if other_stage is stage or other_stage.base is not None or other is None or other.name != reference.name:
            continue
        parts = tag_parts(other.tag or "")
        if (version := parts.version or parts.suite) and not is_floating_tag(other, model.context.base_images):
            yield StatedVersion(version, f"line {other_stage.stage.start.start_line} starts from {other}")


def stated_pythons(
    stage: StageImage, reference: ImageReference, model: Image, variables: frozenset[str]
) -> tuple[StatedVersion, ...]:
    """The Python that the Dockerfile's paths and other stages name, or a build argument of whoever builds it.

    Args:
        variables: the ARGs that the tag comes from.
    """
    beside = (StatedVersion(release, one.because) for one in stated_beside(stage, reference, model)
              if (release := python_tag(one.version).release))  # fmt: skip
    return (*_passed(stage, model, variables), *_paths(model), *beside)


def _passed(stage: StageImage, model: Image, variables: frozenset[str]) -> Iterator[StatedVersion]:
    start = stage.stage.start
    for use in builds_of(model.context):
        given = {name: value for name, value in use.args if name in variables and value}
        if not given:
            continue
        written = written_reference(model.dockerfile, start, {**model.global_args, **given})
        passed = ImageReference.parse(written.text) if written is not None else None
        release = python_tag(passed.tag).release if passed is not None and passed.tag else None
        if release is not None:
            said = ", ".join(f"{name}={value}" for name, value in given.items())
            yield StatedVersion(release, f"{use.place} builds it with {said}")


def _paths(model: Image) -> Iterator[StatedVersion]:
    """What the instructions name; a Python that apt installs beside the image's own is another one."""
    others = {name for stage in model.stages for name in installed_packages(stage)}
    for instruction in model.dockerfile.walk():
        if isinstance(instruction, From):
            continue
        for match in _NAMED.finditer(_text(model.dockerfile, instruction.start_line, instruction.end_line)):
            if not any(name.startswith(f"python{match[1]}") for name in others):
                yield StatedVersion(match[1], f"line {instruction.start_line} names {match[0]}")


def _text(dockerfile: Dockerfile, first: int, last: int) -> str:
    lines = dockerfile.text.splitlines()[first - 1 : last]
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def suggested_release(reference: ImageReference, base_images: BaseImages) -> tuple[StatedVersion, ...]:
    """The release that the data file knows for a floating tag; nothing where a moving or early release is meant."""
    parts, known = tag_parts(reference.tag or "latest"), releases(reference.familiar_name)
    if known is None or is_early(reference.tag) or not has_current_suite(reference):
        return ()
    stable = bool({"stable", "lts"} & {*parts.words})
    version = known.line_of(parts.version, stable=stable)
    if version is None:
        return ()
    pinned = ImageReference.parse(reference.with_tag(pinned_tag(reference.tag, version)))
    if pinned is None or is_floating_tag(pinned, base_images):
        return ()
    kind = "stable release" if stable else "release"
    line = f" of {reference.familiar_name} {parts.version}" if parts.version else ""
    return (StatedVersion(version, f"{version} was the newest {kind}{line} on {seen()} (endoflife.date)"),)


def newest_of_minimum(
    stated: tuple[StatedVersion, ...], reference: ImageReference, base_images: BaseImages
) -> tuple[StatedVersion, ...]:
    """The newest Go for a module that asks for one which gets no fixes any more; nothing where that does not fit.

    The directives of go.mod are minimums, a newer Go builds the module as an older one did, and a floating tag is the
    newest today. Sources: Go modules reference, "go directive"; "Go 1 and the Future of Go Programs".
    """
    if reference.familiar_name != "golang" or not stated:
        return ()
    old = stated[0]
    if not old.because.startswith(_MINIMUMS) or any(one.version != old.version for one in stated):
        return ()
    end, newest = ended("golang", old.version), suggested_release(reference, base_images)
    if not end or not newest:
        return ()
    return (StatedVersion(newest[0].version, f"{old.because}, a minimum; {end[0]}; {newest[0].because}"),)


def has_current_suite(reference: ImageReference) -> bool:
    """Whether new releases of an image still come out for the suite that a tag names, as far as is known.

    Debian's suites are built on for a while after Debian itself gave them up. A tag without a suite has none to lose.
    """
    suite, end = tag_parts(reference.tag or "latest"), _end_of_suite(reference)
    goes_on = _A_YEAR if suite.distribution == "debian" else timedelta()
    return not suite.suite or (end is not None and end + goes_on > checked())


def has_image_on(minor: str, reference: ImageReference) -> bool:
    """Whether there is an official image of a Python on the suite that a tag names.

    Each Python that is kept up gets images on the two newest releases of Alpine, which come out twice a year and are
    kept up for two. Source: docker-library/python, versions.sh.
    """
    parts, release = tag_parts(reference.tag or "latest"), python_releases().get(minor)
    if release is None or parts.distribution != "alpine":
        return release is not None and parts.suite in release.suites
    end = _end_of_suite(reference)
    if end is None:
        return False
    out, first = end - 2 * _A_YEAR, release.end_of_life - 5 * _A_YEAR
    return first - _A_YEAR < out < release.end_of_life


def _end_of_suite(reference: ImageReference) -> date | None:
    """When the suite that a tag names is, or was, given up by its distribution."""
    parts = tag_parts(reference.tag or "latest")
    known = releases(parts.distribution)
    return known.ends.get(suite_number(parts.distribution, parts.suite)) if known is not None else None


def suite_of_tag(reference: ImageReference) -> str:
    """The suite that a tag names, for people."""
    parts = tag_parts(reference.tag or "latest")
    return f"Alpine {parts.suite}" if parts.distribution == "alpine" else parts.suite


def why_open(reference: ImageReference) -> str:
    """Why no release is suggested."""
    name = reference.familiar_name
    if not has_current_suite(reference) and not is_early(reference.tag):
        return f"which release of {name} has an image on {suite_of_tag(reference)} is not known"
    follower = successor(name)
    known = releases(follower) if follower is not None else None
    if known is not None:
        return f"{name} gets no further releases; {follower}:{known.newest} continues it (seen on {seen()})"
    if is_early(reference.tag):
        return f"{reference.tag} of {name} is meant to move, so choose a release to pin"
    return f"the project does not say which release of {name} to pin"


def ended(name: str, version: str) -> tuple[str, ...]:
    """A word on a release that gets no fixes any more; none for one that does, or of which nothing is known."""
    if name == "python":
        release = python_releases().get(version)
        end = release.end_of_life if release is not None and release.end_of_life <= checked() else None
    else:
        end = end_of(name, version)
    return () if end is None else (f"{name.capitalize()} {version} has had no fixes since {end}",)
