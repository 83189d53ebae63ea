"""Packages that the release behind the base image's tag does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, StageImage, Step, image
from dockerfix.image.commands import script_of
from dockerfix.image.package_work import installed_by
from dockerfix.plans.packages.idle_compilers import release_of
from dockerfix.plans.packages.recommended_packages import other_archive, programs_called
from dockerfix.project.known.debian_packages import Gone, gone
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell import ShellWord, remove_word, replace_word
from dockerfix.shell.apt import AptCommand
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_SLIM = "FROM python:3.12-slim\n"
_APT = "RUN apt-get update && apt-get install -y --no-install-recommends "
_END = " && rm -rf /var/lib/apt/lists/*\n"


class PackageGone(Rule):
    """`apt-get install` names a package that this release of Debian does not have: the build stops there.

    Why: a tag such as `python:3.12-slim` moved on to Debian 13, which dropped `libgl1-mesa-glx` and
    `software-properties-common`. `E: Unable to locate package` ends the build.
    Fix: the package that does the same now; one of which nothing is used goes.
    Safety: safe, as nothing can be built the way it stands. Where it is not known what took its place, it is reported.
    Left alone where packages may come from another archive, and where the build goes on without them.
    """

    code = "DF316"
    name = "package-gone"
    message = "this release of Debian has no such package"
    sources = ("Debian's package index, releases 11, 12 and 13",)
    may_change = frozenset({Aspect.SYSTEM_PACKAGES})
    worth = Worth.stops()
    examples = (
        Example("libgl1", _SLIM + _APT + "libgl1-mesa-glx" + _END, _SLIM + _APT + "libgl1" + _END, {}),
        Example(
            "among others, with a comment",
            _SLIM + _APT + "\\\n    libglib2.0-0 \\\n    # for opencv\n    libgl1-mesa-glx" + _END,
            _SLIM + _APT + "\\\n    libglib2.0-0 \\\n    # for opencv\n    libgl1" + _END,
            {},
        ),
        Example(
            "the new name is there already",
            _SLIM + _APT + "libgl1 libgl1-mesa-glx curl" + _END,
            _SLIM + _APT + "libgl1 curl" + _END,
            {},
        ),
        Example(
            "a helper that nothing calls",
            _SLIM + _APT + "build-essential software-properties-common git" + _END,
            _SLIM + _APT + "build-essential git" + _END,
            {},
        ),
        Example(
            "a release named in the tag",
            "FROM python:3.12-slim-trixie\n" + _APT + "libgl1-mesa-glx" + _END,
            "FROM python:3.12-slim-trixie\n" + _APT + "libgl1" + _END,
            {},
        ),
        Example(
            "netcat",
            "FROM debian:12\n" + _APT + "netcat" + _END,
            "FROM debian:12\n" + _APT + "netcat-openbsd" + _END,
            {},
        ),
        Example(
            "two in one install, lower case, CRLF",
            "from debian:13\r\nrun apt-get install -y mime-support libgl1-mesa-glx\r\n",
            "from debian:13\r\nrun apt-get install -y media-types libgl1\r\n",
            {},
        ),
        Example(
            "the full image too",
            "FROM python:3.13\nRUN apt update && apt install -y libgl1-mesa-glx\n",
            "FROM python:3.13\nRUN apt update && apt install -y libgl1\n",
            {},
        ),
        Example.reported("one without a successor that is known", _SLIM + _APT + "wkhtmltopdf" + _END, {}),
        Example.reported(
            "a helper that is called",
            _SLIM
            + "RUN apt-get update && apt-get install -y software-properties-common && add-apt-repository ppa:x/y\n",
            {},
        ),
        Example.reported("in an exact version", _SLIM + _APT + "libgl1-mesa-glx=22.3.6-1" + _END, {}),
        Example.unchanged(
            "the release before has it", "FROM python:3.12-slim-bookworm\n" + _APT + "libgl1-mesa-glx" + _END, {}
        ),
        Example.unchanged(
            "a name that one package provides", _SLIM + _APT + "libglib2.0-0 libssl3 libz-dev" + _END, {}
        ),
        Example.unchanged("a package that nobody looked up", _SLIM + _APT + "acme-agent" + _END, {}),
        Example.unchanged("a release that is not known", "FROM ubuntu:24.04\n" + _APT + "libgl1-mesa-glx" + _END, {}),
        Example.unchanged(
            "another archive",
            _SLIM + "RUN echo deb x > /etc/apt/sources.list.d/x.list\n" + _APT + "libgl1-mesa-glx" + _END,
            {},
        ),
        Example.unchanged("the build goes on without", _SLIM + "RUN apt-get install -y libgl1-mesa-glx || true\n", {}),
        Example.unchanged("text", _SLIM + 'RUN echo "apt-get install libgl1-mesa-glx"\n', {}),
        Example.unchanged("another verb", _SLIM + "RUN apt-get purge -y libgl1-mesa-glx\n", {}),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for stage in model.stages:
            release = release_of(stage)
            for step in stage.steps if release is not None else ():
                for apt in installed_by(step):
                    for word, name in zip(apt.packages, apt.names, strict=True):
                        if release is not None and name in release.missing and not _may_miss(step):
                            yield self._judged(_Place(model, stage, step, apt, word), release.name)

    def _judged(self, place: _Place, suite: str) -> Finding:
        name = place.word.value or ""
        message = f"Debian's {suite} has no package {name}, so the build stops here"
        leave = other_archive(place.stage, place.step, place.apt)
        if leave is not None and not _is_own_archive(place):
            return self.declined(place.word.span, leave)
        known = gone().get(name, Gone())
        edit, title = place.edit(known)
        if edit is None:
            return self.finding(place.word.span, message=message, because=place.why_not(known))
        because = "nothing can be built as it stands"
        return self.finding(place.word.span, Fix.safe(title, edit, because=because), message=message)


class _Place:
    """A word of an install that names a package which is gone."""

    def __init__(self, model: Image, stage: StageImage, step: Step, apt: AptCommand, word: ShellWord) -> None:
        self.model, self.stage, self.step, self.apt, self.word = model, stage, step, apt, word

    def edit(self, known: Gone) -> tuple[Edit | None, str]:
        """What to do, and what it is called; None where nothing is known to be right."""
        command, source = self.apt.command, self.model.dockerfile.source
        if known.to and known.to in self.apt.names:
            return remove_word(command, self.word, source), f"Drop {self.word.value}, {known.to} is there"
        if known.to:
            return replace_word(command, self.word, known.to), f"Install {known.to}"
        called = programs_called(self.model, self.stage)
        if known.unused and called is not None and not called & {*known.unused} and len(self.apt.packages) > 1:
            return remove_word(command, self.word, source), f"Drop {self.word.value}, which nothing calls"
        return None, ""

    def why_not(self, known: Gone) -> str:
        """Why no repair is offered."""
        if known.unused:
            return f"{known.unused[0]} came with it, and something may call that"
        return "what took its place is not known: choose another package, or a tag of the release that has it"


def _is_own_archive(place: _Place) -> bool:
    """Whether what adds an archive came with the very package that is gone."""
    names = {item.program.name or "" for item in place.step.commands or ()}
    return bool(names & {*gone().get(place.word.value or "", Gone()).unused})


def _may_miss(step: Step) -> bool:
    """Whether the build goes on where the install fails."""
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    return script is not None and "||" in script.operators
