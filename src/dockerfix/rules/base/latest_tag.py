"""A floating tag: the next build may start from another Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dockerfix.frozen import frozen
from dockerfix.image import Image, StageImage, image
from dockerfix.plans.base.named_packages import named_packages
from dockerfix.plans.base.slim import exact_packages, installed_packages, needs_full_image
from dockerfix.plans.base.stated_releases import (
    ended,
    has_current_suite,
    has_image_on,
    stated_beside,
    stated_pythons,
    suggested_release,
    suite_of_tag,
    why_open,
)
from dockerfix.plans.base.written_reference import defaulted_reference, written_reference
from dockerfix.project.bases.images import base_image, is_floating_tag, python_releases, python_tag
from dockerfix.project.bases.tags import pinned_tag
from dockerfix.project.manifests.dependencies import Dependency
from dockerfix.project.releases.python_version import (
    PythonChoice,
    fitting_minors,
    minor_doubts,
    python_minor,
    run_doubts,
)
from dockerfix.project.releases.runtime_versions import StatedVersion, stated_versions
from dockerfix.project.releases.slim import slim_blockers
from dockerfix.project.releases.slim_packages import package_blockers
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, RuleOptions, by_flag
from dockerfix.syntax import Dockerfile
from dockerfix.syntax.references import ImageReference


@dataclass(frozen=True, slots=True)
class LatestTagOptions(RuleOptions):
    """`python`: the release line to pin where the project names none, such as "3.12".

    `online`: what uv's resolver is asked: nothing (""), about the "newest" release first, or about that of `python`.
    """

    python: str = "3.12"
    online: str = by_flag("")


class LatestTag(Rule):
    """The base image has no tag, or one that moves to the next release by itself.

    Why: `python:latest` is another Python every October; a build that worked yesterday installs other wheels,
    or none, and nobody changed a line.
    Fix: pin `python:X.Y-slim`. X.Y comes from the project (`requires-python`, `.python-version`, lock files, CI), from
    a path or another stage of the Dockerfile, or a build argument that compose passes; else from the option `python`,
    as far as the code's own syntax and imports allow it. What the tag says of a variant or a suite stays. The full
    image stays where something needs what slim lacks, or is not known to do without: each package that is installed,
    with all that it requires, is known to have a wheel or to be Python alone, and what runs in the container is read
    wherever it
    is written. Node, Go and Ruby are pinned to the release that the project names (`.nvmrc`, `engines`, the `go`
    directive, `.ruby-version` …), any image to the release that another stage starts from; for other images the newest
    release of the data file is suggested.
    Where an old pin speaks against that Python and the project names none, the newest that all pins fit is taken.
    With `--online`, uv's resolver says for which release wheels exist for all that is installed, the newest first.
    Safety: safe when the build context was read and nothing speaks against that Python; a suggestion that names it
    otherwise. Digests, stages, private images, and releases that nothing names, are left to you.
    """

    code = "DF101"
    name = "latest-tag"
    message = "floating tag: the next build may start from another release"
    sources = ("hadolint DL3006", "hadolint DL3007", "Docker documentation: Pin base image versions")
    may_change = frozenset({Aspect.BASE_IMAGE})
    options: LatestTagOptions
    options_type = LatestTagOptions
    examples = (
        Example(
            "no tag, latest, only a major version, only a variant",
            before="FROM python AS a\nFROM python:latest AS b\nFROM python:3 AS c\nFROM python:slim\n",
            after="FROM python:3.12-slim AS a\nFROM python:3.12-slim AS b\n"
            "FROM python:3.12-slim AS c\nFROM python:3.12-slim\n",
            files={},
        ),
        Example(
            "alpine stays alpine, a suite stays",
            before="FROM python:alpine AS a\nFROM python:3-alpine3.20 AS b\nFROM python:3-slim-bookworm\n",
            after="FROM python:3.12-alpine AS a\nFROM python:3.12-alpine3.20 AS b\nFROM python:3.12-slim-bookworm\n",
            files={},
        ),
        Example(
            "the project caps its Python",
            before="FROM python:latest\n",
            after="FROM python:3.11-slim\n",
            files={"pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.9,<3.12"\n'},
        ),
        Example(
            "a mere floor only raises the default where it must",
            before="FROM python:latest\n",
            after="FROM python:3.13-slim\n",
            files={"pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.13"\n'},
        ),
        Example(
            "an old pin has no wheel for the default: the newest Python that it fits",
            before="FROM python:latest\n",
            after="FROM python:3.11-slim\n",
            files={"requirements.txt": "numpy==1.23.2\n"},
        ),
        Example.suggested(
            "the project names a Python that an old pin does not fit",
            before="FROM python:latest\n",
            after="FROM python:3.12\n",
            files={"requirements.txt": "numpy==1.21.0\n", ".python-version": "3.12\n"},
        ),
        Example(
            "platform, stage name, case and the registry stay as they are",
            before="from --platform=$BUILDPLATFORM docker.io/library/python:latest as Build\r\nrun pip list\r\n",
            after="from --platform=$BUILDPLATFORM docker.io/library/python:3.12-slim as Build\r\nrun pip list\r\n",
            files={".python-version": "3.12\n"},
        ),
        Example(
            "a tag from an ARG is changed in its default",
            before='ARG TAG="3"\nFROM python:${TAG}-slim\nRUN pip list\n',
            after='ARG TAG="3.12"\nFROM python:${TAG}-slim\nRUN pip list\n',
            files={},
        ),
        Example(
            "a whole image from an ARG too",
            before="ARG BASE=python:latest\nFROM $BASE\n",
            after="ARG BASE=python:3.10-slim\nFROM $BASE\n",
            files={".python-version": "3.10.4\n"},
        ),
        Example(
            "slim has no compiler: the full image stays",
            before="FROM python:3\nRUN make && pip install .\n",
            after="FROM python:3.12\nRUN make && pip install .\n",
            files={},
        ),
        Example(
            "nor curl, which the health check calls",
            before="FROM python:latest\nHEALTHCHECK CMD curl -f http://localhost:8000/ || exit 1\n",
            after="FROM python:3.12\nHEALTHCHECK CMD curl -f http://localhost:8000/ || exit 1\n",
            files={},
        ),
        Example(
            "unless it is installed before",
            before="FROM python:latest\nRUN apt-get update && apt-get install -y curl\n"
            "HEALTHCHECK CMD curl -f localhost\n",
            after="FROM python:3.12-slim\nRUN apt-get update && apt-get install -y curl\n"
            "HEALTHCHECK CMD curl -f localhost\n",
            files={},
        ),
        Example(
            "the release of Node, Go or Ruby that the project names; the variant stays",
            before="FROM node:lts-alpine AS web\nRUN npm -v\nFROM golang AS tool\nRUN go version\n",
            after="FROM node:22-alpine AS web\nRUN npm -v\nFROM golang:1.24 AS tool\nRUN go version\n",
            files={".nvmrc": "v22.11.0\n", "go.mod": "module a\n\ngo 1.24.2\n"},
        ),
        Example.suggested(
            "two files that do not agree",
            before="FROM node:latest\n",
            after="FROM node:22\n",
            files={".nvmrc": "22\n", "package.json": '{"engines": {"node": "20.x"}}'},
        ),
        Example(
            "the release that another stage of the file starts from",
            before="FROM alpine:3.20 AS build\nRUN ls\nFROM alpine\nRUN ls\n",
            after="FROM alpine:3.20 AS build\nRUN ls\nFROM alpine:3.20\nRUN ls\n",
            files={},
        ),
        Example.suggested(
            "a floating stage says nothing: the newest release of the data file",
            before="FROM alpine:edge AS build\nRUN ls\nFROM alpine\nRUN ls\n",
            after="FROM alpine:edge AS build\nRUN ls\nFROM alpine:3.24\nRUN ls\n",
            files={},
        ),
        Example.suggested(
            "the newest stable release, where stable is asked for; the variant stays",
            before="FROM nginx:stable-alpine\n",
            after="FROM nginx:1.30-alpine\n",
            files={},
        ),
        Example(
            "a package that is not known may need a compiler",
            before="FROM python:latest\nRUN pip install fastapi annoy\n",
            after="FROM python:3.12\nRUN pip install fastapi annoy\n",
            files={},
        ),
        Example(
            "the variable supplies the registry, the tag stands there",
            before="ARG REGISTRY=docker.io\nFROM ${REGISTRY}/python:latest\n",
            after="ARG REGISTRY=docker.io\nFROM ${REGISTRY}/python:3.12-slim\n",
            files={},
        ),
        Example(
            "a default in place",
            before="ARG PY\nFROM python:${PY:-latest}\n",
            after="ARG PY\nFROM python:${PY:-3.12-slim}\n",
            files={},
        ),
        Example(
            "the Python that a path of the file names",
            before="FROM python AS b\nRUN pip install flask\nFROM python\n"
            "COPY --from=b /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages\n",
            after="FROM python:3.11-slim AS b\nRUN pip install flask\nFROM python:3.11-slim\n"
            "COPY --from=b /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages\n",
            files={},
        ),
        Example.unsafe("nothing is known of the project", "FROM python:latest\n", "FROM python:3.12-slim\n"),
        Example(
            "an old suite has no image of a newer Python",
            before="FROM python:3-slim-buster\n",
            after="FROM python:3.11-slim-buster\n",
            files={},
        ),
        Example.reported("nor is it known which release of another image it has", "FROM node:lts-buster\n", {}),
        Example.suggested("another family: the newest release", "FROM node:latest\n", "FROM node:26\n", {}),
        Example.reported("a moving tag is meant", "FROM alpine:edge\n", {}),
        Example.reported("a prerelease is meant", "FROM python:rc\n", {}),
        Example.unchanged("a release line", 'FROM python:3.12\nCMD ["python"]\n', {}),
        Example.unchanged("Python 2 does not move any more", "FROM python:2-slim\n", {}),
        Example.unchanged("a digest", "FROM python@sha256:" + "ab" * 32 + "\n", {}),
        Example.unchanged("an earlier stage", "FROM python:3.12-slim AS python\nFROM python\n", {}),
        Example.unchanged("a private image", "FROM registry.example.com/python:latest\n", {}),
        Example.unchanged("nothing", "FROM scratch\nCOPY a /a\n", {}),
        Example.unchanged("a tag that is only known at build time", "ARG TAG\nFROM python:$TAG\n", {}),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for stage in model.stages:
            reference = defaulted_reference(stage, model)
            if stage.base is not None or reference is None or not is_floating_tag(reference, context.base_images):
                continue
            if reference.familiar_name == "python":
                yield self._python(stage, reference, model)
            else:
                yield self._other_family(stage, reference, model)

    def _other_family(self, stage: StageImage, reference: ImageReference, model: Image) -> Finding:
        start, name = stage.stage.start, reference.familiar_name
        if base_image(reference, model.context.base_images) is None:
            return self.declined(start, f"{reference.name} is no image that is known here")
        stated = (*stated_beside(stage, reference, model), *stated_versions(model.context, name))
        suggested = () if stated else suggested_release(reference, model.context.base_images)
        written = written_reference(model.dockerfile, start, dict(model.global_args))
        version = next((one.version for one in (*stated, *suggested)), None)
        new = reference.with_tag(pinned_tag(reference.tag, version)) if version is not None else None
        edit = written.edit(new) if written is not None and new is not None else None
        if edit is None or version is None:
            return self.finding(start, because=why_open(reference))
        agreed = stated and len({one.version for one in stated}) == 1
        said = (
            *dict.fromkeys(one.because for one in (stated[:1] if agreed else (*stated, *suggested))),
            *ended(name, version),
        )
        is_there = has_current_suite(reference)
        said += () if is_there else (f"whether there is an image {new} is not known",)
        fix = Fix.safe if agreed and is_there else Fix.suggestion
        return self.finding(start, fix(f"Pin {new}", edit, because="; ".join(said)))

    def _python(self, stage: StageImage, reference: ImageReference, model: Image) -> Finding:
        start = stage.stage.start
        tag = python_tag(reference.tag)
        written = written_reference(model.dockerfile, start, dict(model.global_args))
        if tag.major == 2:
            return self.declined(start, "Python 2 gets no further release, so the tag does not move")
        if tag.prerelease or tag.variant not in ("", "slim", "alpine"):
            return self.finding(start, because="choose the release of a prerelease or a Windows image yourself")
        if written is None:
            return self.finding(start, because="the reference is put together from several variables")
        stated = stated_pythons(stage, reference, model, written.variables)
        choice = _decided(stage, model, self.options, stated, musl=tag.variant == "alpine")
        choice = _on_suite(choice, reference, model, is_stated=bool(stated))
        minor, doubts, because = choice.minor, choice.doubts, choice.because
        full = _why_full(stage, model, choice) if tag.variant == "" else None
        new = reference.with_tag(tag.render(minor, slim=None if tag.variant else full is None))
        edit = written.edit(new)
        if edit is None:
            return self.finding(start, because=f"{new} cannot be written into the ARG that supplies the tag")
        title = f"Pin {new}"
        if not model.context.known:
            return self.finding(start, Fix.unsafe(title, edit, because="the project around the file was not seen"))
        exact = [f"{package} exists in one release of the distribution only" for package in exact_packages(stage)]
        if exact or doubts:
            return self.finding(start, Fix.suggestion(title, edit, because="; ".join((*exact[:1], *doubts))))
        said = (because, *ended("python", minor), *((f"not slim: {full}",) if full else ()))
        return self.finding(start, Fix.safe(title, edit, because="; ".join(said)))


@frozen
class _Choice:
    """A Python: what speaks for it, and against it.

    `wheels` names all packages where each is known to have a wheel; `without` tells why they are known not to.
    """

    minor: str
    because: str
    doubts: tuple[str, ...] = ()
    wheels: tuple[str, ...] | None = None
    without: str | None = None


def _decided(
    stage: StageImage, model: Image, options: LatestTagOptions, stated: tuple[StatedVersion, ...], *, musl: bool
) -> _Choice:
    offline = python_minor(model.context, options.python)
    choice = _Choice(offline.minor, offline.because, offline.doubts)
    if stated:
        choice = _as_stated(stated, offline, model)
    elif offline.alternative is not None:
        choice = _Choice(offline.alternative, offline.doubts[0])
    if not options.online:
        return choice
    from dockerfix.plans.base.online import proof

    wished = choice.minor if stated else options.python if options.online == "python" else None
    found = proof(model, stage, wished, choice.minor, musl=musl)
    if found.minor is not None and (not stated or found.minor == choice.minor):
        decided = found.minor == choice.minor and (stated or offline.evidence or offline.alternative)
        said = f"{choice.because}; " if decided else ""
        doubts = choice.doubts if stated else run_doubts(model.context, found.minor)
        return _Choice(found.minor, said + found.because, doubts, wheels=found.names)
    because = f"no proof online: {found.because}"
    return replace(
        choice,
        because=f"{choice.because}; {because}",
        doubts=(*choice.doubts, because) if choice.doubts else (),
        without=_without_wheel(dict(found.refused), choice.minor),
    )


def _as_stated(stated: tuple[StatedVersion, ...], offline: PythonChoice, model: Image) -> _Choice:
    """The Python that the Dockerfile itself or whoever builds it names; doubtful where the project says another."""
    minor = stated[0].version
    if len({one.version for one in stated}) > 1:
        return _Choice(minor, stated[0].because, tuple(dict.fromkeys(one.because for one in stated)))
    other = offline.evidence is not None and minor not in fitting_minors(model.context)
    doubts = (f"{stated[0].because}, and {offline.because}",) if other else ()
    return _Choice(minor, stated[0].because, (*doubts, *minor_doubts(model.context, minor)))


def _on_suite(choice: _Choice, reference: ImageReference, model: Image, *, is_stated: bool) -> _Choice:
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
    return _Choice(newest, because, (*doubts, *minor_doubts(model.context, newest)))


def _without_wheel(refused: Mapping[str, str], minor: str) -> str | None:
    """Why something has to be compiled on this Python; None where that is not known.

    What has a wheel for no Python at all is published as source, which is Python alone more often than not: the data
    file knows those that need a compiler.
    """
    is_source = len(refused) > 1 and len(set(refused.values())) == 1
    return None if is_source else refused.get(minor)


def _why_full(stage: StageImage, model: Image, choice: _Choice) -> str | None:
    reason = needs_full_image(stage, model)
    if reason is not None:
        return reason
    there = installed_packages(stage)
    if choice.without is not None and "gcc" not in there:
        return f"{choice.without} (uv)"
    named = named_packages(model, choice.minor)
    if named is None:
        return "a pip install of the Dockerfile cannot be read in full"
    closure = (Dependency(name, "", "uv", extras=("binary",)) for name in choice.wheels or ())
    proven = (one for one in package_blockers(closure, choice.minor) if one.kind == "library")
    for one in (*slim_blockers(model.context, choice.minor), *named, *proven):
        has_wheel = choice.wheels is not None and one.kind in ("build", "unknown") and one.name != "setup.py"
        if not has_wheel and not (one.needs and there >= set(one.needs)):
            return one.because
    return None
