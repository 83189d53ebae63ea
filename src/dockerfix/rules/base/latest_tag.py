"""A floating tag: the next build may start from another Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockerfix.image import Image, StageImage, image
from dockerfix.plans.base.python_choice import decided, fitting_slim, on_suite, why_full
from dockerfix.plans.base.registry_pins import RegistryPin, digest_pin, is_absent, is_present, todays_pin
from dockerfix.plans.base.slim import exact_packages
from dockerfix.plans.base.stated_releases import (
    ended,
    has_current_suite,
    newest_of_minimum,
    stated_beside,
    stated_pythons,
    suggested_release,
    why_open,
)
from dockerfix.plans.base.written_reference import WrittenReference, defaulted_reference, written_reference
from dockerfix.project.bases.images import base_image, is_floating_tag, python_tag
from dockerfix.project.bases.tags import is_early, pinned_tag
from dockerfix.project.releases.runtime_versions import StatedVersion, stated_versions
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, RuleOptions, by_flag
from dockerfix.syntax import Dockerfile
from dockerfix.syntax.references import ImageReference
from dockerfix.text import Edit


@dataclass(frozen=True, slots=True)
class LatestTagOptions(RuleOptions):
    """`python`: the release line to pin where the project names none, such as "3.12".

    `needs`: all programs that the image has to have besides Python: `needs = ["curl"]` keeps the full image.
    `online`: what uv's resolver is asked: nothing (""), about the "newest" release first, or about that of `python`;
    registries are asked where it is asked anything. `pin_digests`: "yes" puts digests behind the tags.
    """

    python: str = "3.12"
    needs: tuple[str, ...] | None = None
    online: str = by_flag("")
    pin_digests: str = by_flag("")


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
    directive, `.ruby-version` …; the newest Go where go.mod asks for one that gets no fixes), any image to the release
    that another stage starts from; for other images the newest release of the data file is suggested.
    Where an old pin speaks against that Python and the project names none, the newest that all pins fit is taken.
    With `--online`, uv's resolver says for which release wheels exist for all that is installed, the newest first, and
    the registry says which release the tag of any other image means today: the same digest, so the same image.
    `--pin-digests` puts the digest behind the tag.
    Safety: safe when the build context was read and nothing speaks against that Python, and where the registry has the
    release with the same digest; a suggestion that names it otherwise. Digests, stages, private images, and releases
    that nothing names, are left to you.
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
            after="FROM node:22-alpine AS web\nRUN npm -v\nFROM golang:1.26 AS tool\nRUN go version\n",
            files={".nvmrc": "v22.11.0\n", "go.mod": "module a\n\ngo 1.26.2\n"},
        ),
        Example.suggested(
            "two files that do not agree",
            before="FROM node:latest\n",
            after="FROM node:22\n",
            files={".nvmrc": "22\n", "package.json": '{"engines": {"node": "20.x"}}'},
        ),
        Example(
            "a go directive is a minimum: where that gets no fixes any more, the newest release",
            before="FROM golang:latest\n",
            after="FROM golang:1.27\n",
            files={"go.mod": "module a\n\ngo 1.21\n"},
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
        Example.reported(
            "what is not released yet is meant, whatever the project names",
            "FROM golang:tip-bookworm\n",
            {"go.mod": "module a\n\ngo 1.24\n"},
        ),
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
            if stage.base is not None or reference is None:
                continue
            if not is_floating_tag(reference, context.base_images):
                yield from self._pinned(stage, reference, model)
            elif reference.familiar_name == "python":
                yield self._python(stage, reference, model)
            else:
                yield self._other_family(stage, reference, model)

    def _pinned(self, stage: StageImage, reference: ImageReference, model: Image) -> Iterator[Finding]:
        """A tag that stays on its release line: its digest is all that can be said more precisely."""
        written = written_reference(model.dockerfile, stage.stage.start, dict(model.global_args))
        if not self.options.pin_digests or written is None or reference.digest is not None or reference.is_scratch:
            return
        pin = digest_pin(str(reference), written)
        if pin is not None and pin.edit is not None and pin.has_digest:
            yield self.finding(stage.stage.start, _fix(pin), message="tag without a digest: the image may be replaced")

    def _today(self, reference: ImageReference, written: WrittenReference | None) -> RegistryPin | None:
        """What the registry says that a tag means today; None where it is not to be asked."""
        if not self.options.online or written is None or is_early(reference.tag):
            return None
        return todays_pin(reference, written, with_digest=bool(self.options.pin_digests))

    def _other_family(self, stage: StageImage, reference: ImageReference, model: Image) -> Finding:
        start, name = stage.stage.start, reference.familiar_name
        is_known = base_image(reference, model.context.base_images) is not None
        if is_known and is_early(reference.tag):
            return self.finding(start, because=why_open(reference))
        stated = (*stated_beside(stage, reference, model), *stated_versions(model.context, name))
        stated = newest_of_minimum(stated, reference, model.context.base_images) or stated
        written = written_reference(model.dockerfile, start, dict(model.global_args))
        agreed = stated and len({one.version for one in stated}) == 1
        today = None if agreed else self._today(reference, written)
        if today is not None and today.edit is not None:
            return self.finding(start, _fix(today, *_other_words(stated)))
        unasked = (today.because,) if today is not None else ()
        if not is_known:
            return self.declined(start, "; ".join((f"{reference.name} is no image that is known here", *unasked)))
        suggested = () if stated else suggested_release(reference, model.context.base_images)
        version = next((one.version for one in (*stated, *suggested)), None)
        new = reference.with_tag(pinned_tag(reference.tag, version)) if version is not None else None
        edit = written.edit(new) if written is not None and new is not None else None
        if edit is None or version is None or new is None or written is None:
            return self.finding(start, because="; ".join((why_open(reference), *unasked)))
        said = (
            *dict.fromkeys(one.because for one in (stated[:1] if agreed else (*stated, *suggested))),
            *ended(name, version),
        )
        doubt = self._doubt(reference, new, is_there=has_current_suite(reference))
        said += (doubt,) if doubt is not None else unasked
        fix = Fix.safe if agreed and doubt is None else Fix.suggestion
        return self.finding(start, fix(*self._digested(f"Pin {new}", new, edit, written), because="; ".join(said)))

    def _doubt(self, reference: ImageReference, new: str, *, is_there: bool) -> str | None:
        """Why there may be no such image, as the registry says or, where it is not asked, as far as is known."""
        absent = is_absent(new) if self.options.online else None
        if absent is not None or is_there or (self.options.online and is_present(new)):
            return absent
        return f"whether there is an image {new} is not known"

    def _digested(self, title: str, new: str, edit: Edit, written: WrittenReference) -> tuple[str, Edit]:
        """A pin with the digest behind it where that is wished for."""
        pin = digest_pin(new, written) if self.options.pin_digests else None
        return (pin.title, pin.edit) if pin is not None and pin.edit is not None else (title, edit)

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
        choice = decided(stage, model, stated, self.options.python, self.options.online, musl=tag.variant == "alpine")
        choice = on_suite(choice, reference, model, is_stated=bool(stated))
        minor, doubts, because = choice.minor, choice.doubts, choice.because
        full = why_full(stage, model, choice) if tag.variant == "" else None
        facts = (*choice.facts, *((full,) if full is not None else fitting_slim(model, tag.variant)))
        new = reference.with_tag(tag.render(minor, slim=None if tag.variant else full is None))
        edit = written.edit(new)
        if edit is None:
            return self.finding(start, because=f"{new} cannot be written into the ARG that supplies the tag")
        title = f"Pin {new}"
        if not model.context.known:
            return self.finding(start, Fix.unsafe(title, edit, because="the files around the Dockerfile are not known"))
        exact = [f"{package} exists in one release of the distribution only" for package in exact_packages(stage)]
        absent = is_absent(new) if self.options.online else None
        doubts = (*exact[:1], *doubts, *((absent,) if absent is not None else ()))
        if doubts:
            today = self._today(reference, written)
            if today is not None and today.edit is not None:
                return self.finding(start, _fix(today, *doubts))
            return self.finding(start, Fix.suggestion(title, edit, because="; ".join(doubts)), facts=facts)
        said = (because, *ended("python", minor), *((f"not slim: {full.text}",) if full else ()))
        fix = Fix.safe(*self._digested(title, new, edit, written), because="; ".join(said))
        return self.finding(start, fix, facts=facts)


def _fix(pin: RegistryPin, *said: str) -> Fix:
    """A repair by what the registry says, and what else is said of the release."""
    assert pin.edit is not None
    if pin.doubt is not None:
        return Fix.unsafe(pin.title, pin.edit, because=f"{pin.because}, but {pin.doubt}")
    return Fix.safe(pin.title, pin.edit, because="; ".join((pin.because, *said)))


def _other_words(stated: Iterable[StatedVersion]) -> tuple[str, ...]:
    """Which releases the project names, where it names several."""
    return tuple(dict.fromkeys(one.because for one in stated))
