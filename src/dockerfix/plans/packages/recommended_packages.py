"""What an `apt-get install` brings only because it is recommended, and which of it something asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.package_work import installed_by
from dockerfix.memo import memoised
from dockerfix.plans.base.slim import Unreadable, all_called, built_on
from dockerfix.plans.packages.idle_compilers import release_of
from dockerfix.plans.packages.loaded_packages import loaded_packages
from dockerfix.plans.serving.development import for_developers
from dockerfix.project.bases.images import missing_in_slim
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.known.debian_packages import DebianPackage, Recommended, recommended
from dockerfix.shell.apt import AptCommand

__all__ = ["RecommendedPackages", "other_archive", "programs_called", "recommended_packages"]

_ADDS_ARCHIVES = frozenset({"add-apt-repository", "apt-add-repository", "extrepo"})
_TEXTS = (
    ".txt .toml .json .lock .cfg .gitmodules .sh .py .js .ts .mjs .cjs .yml .yaml .mod .rb .gemspec Gemfile Makefile"
).split()
_OF_PYTHON = {"ca-certificates", "netbase", "tzdata"}  # docker-library/python, Dockerfile-linux.template
_SSH = ("git@", "ssh://", "git+ssh")


@frozen(eq=False)
class RecommendedPackages:
    """An install with its recommended packages.

    `leave` tells why nothing is changed; `keep` are those to be asked for by name; `unknown` tells, in words, what is
    not known of the others, and `unlisted` that this is most of it. `kilobytes` is what the flag saves at most.
    """

    step: Step
    apt: AptCommand
    leave: str | None = None
    keep: tuple[str, ...] = ()
    unknown: str | None = None
    unlisted: bool = False
    kilobytes: int = 0


def recommended_packages(model: Image, stage: StageImage) -> Iterator[RecommendedPackages]:
    """Each install of a stage that brings recommended packages along; none on releases that are not known."""
    for step in stage.steps:
        for apt in installed_by(step):
            if apt.recommends is True and apt.packages:
                yield _judged(model, stage, step, apt)


def _judged(model: Image, stage: StageImage, step: Step, apt: AptCommand) -> RecommendedPackages:
    release = release_of(stage)
    leave = _leave(model, stage, step, apt) if release is not None else "what its packages recommend is not known"
    if leave is not None or release is None:
        return RecommendedPackages(step, apt, leave)
    found = [release.packages.get(name or "") for name in apt.names]
    known = [one for one in found if one is not None]
    strange = next((word.raw for word, one in zip(apt.packages, found, strict=True) if one is None), None)
    many = next((one.name for one in known if one.recommended is None), None)
    if strange is not None or many is not None:
        said = f"what {strange} recommends is not known" if strange else f"{many} recommends a great deal"
        return RecommendedPackages(step, apt, unknown=said, unlisted=True)
    return _with_extras(model, stage, step, apt, known)


def _leave(model: Image, stage: StageImage, step: Step, apt: AptCommand) -> str | None:
    """Why the flag is not for this command."""
    meant = for_developers(model)
    if meant is not None:
        return meant
    decided = _settings(stage).decided
    if decided is not None and _stands(stage, decided, step):
        return "apt's settings decide about recommended packages"
    return other_archive(stage, step, apt)


def other_archive(stage: StageImage, step: Step, apt: AptCommand) -> str | None:
    """Why packages may come from another archive, or another release, than that of the base image."""
    settings = _settings(stage)
    if settings.added is not None and _stands(stage, settings.added, step):
        return settings.why
    options = {word.value for word in apt.options}
    return "it takes packages of another release" if options & {"-t", "--target-release"} else None


def _stands(stage: StageImage, first: Step, step: Step) -> bool:
    """Whether a step of the stage stands above another one, or is it."""
    here, there = stage.position(first), stage.position(step)
    return here is None or there is None or here <= there


@frozen(eq=False)
class _Settings:
    """The first step of a stage that decides over recommended packages; the first that may add an archive, and why."""

    decided: Step | None
    added: Step | None
    why: str


@memoised
def _settings(stage: StageImage) -> _Settings:
    decided = next((step for step in stage.all_steps if any(map(_decides, step.commands or ()))), None)
    added = ((step, why) for step in stage.all_steps if (why := _adds_archive(step)) is not None)
    return _Settings(decided, *next(added, (None, "")))


def _decides(item: RunCommand) -> bool:
    return any("Install-Recommends" in (value or "") for value in item.program.argv)


def _adds_archive(step: Step) -> str | None:
    items, transfer = step.commands or (), step.transfer
    words = [value or "" for item in items for value in (*item.program.argv, *item.program.outputs)]
    if any("/etc/apt" in word for word in words) or any(item.program.name in _ADDS_ARCHIVES for item in items):
        return "packages may come from another archive than Debian's"
    if transfer is not None and (transfer.destination or "/etc/apt").startswith("/etc/apt"):
        return "a COPY may bring settings of apt"
    if step.commands is None or any(item.command.opaque for item in items):
        return f"line {step.instruction.start_line} runs a script that is not known here, which may add an archive"
    return None


def _with_extras(
    model: Image, stage: StageImage, step: Step, apt: AptCommand, packages: list[DebianPackage]
) -> RecommendedPackages:
    names = {one.name for one in packages} | {
        n or "" for s in stage.all_steps for a in installed_by(s) for n in a.names
    }
    brought = {name for one in packages for name in one.brings}
    facts = stage.facts
    there = {name for name in ("ca-certificates",) if facts is not None and facts.has_tool(name)}
    there |= _OF_PYTHON if facts is not None and facts.family == "python" else set()
    there |= missing_in_slim().packages if facts is not None and facts.has_tool("gcc") else set()
    extras = sorted({e for one in packages for e in one.recommended or ()} - names - brought - there)
    if not extras:
        return RecommendedPackages(step, apt, "all that its packages recommend is installed anyway")
    called = programs_called(model, stage)
    records = [recommended().get(name) for name in extras]
    strange = [name for name, one in zip(extras, records, strict=True) if one is None]
    known = [one for one in records if one is not None]
    keep = [one.name for one in known if _is_wanted(one, {one.name for one in packages}, called or frozenset(), model)]
    unknown = f"{strange[0]} would no longer be installed, and may be wanted" if strange else None
    if called is None:
        unknown = unknown or "a script that is run cannot be read, and may call a recommended package"
    libraries = [one.name for one in known if one.is_library]
    if libraries:
        needs, doubt = loaded_packages(model, stage)
        keep += [name for name in libraries if name in needs]
        unknown = unknown or (doubt if stage is model.final else None)
    return RecommendedPackages(step, apt, None, tuple(keep), unknown, kilobytes=sum(one.kilobytes for one in packages))


def _is_wanted(one: Recommended, installed: set[str], called: frozenset[str], model: Image) -> bool:
    if one.needed_by & {"*", *installed} or called & {*one.commands}:
        return True
    return one.name == "openssh-client" and "git" in installed and _speaks_of_ssh(model)


def programs_called(model: Image, stage: StageImage) -> frozenset[str] | None:
    """The names of all programs that are called, None where a text cannot be read."""
    return _called(stage, model)


@memoised
def _called(stage: StageImage, model: Image) -> frozenset[str] | None:
    try:
        calls = [call for one in (stage, *built_on(stage, model)) for call in all_called(one, model)]
    except Unreadable:
        return None
    return frozenset(command.name or "" for command, _ in calls)


def _speaks_of_ssh(model: Image) -> bool:
    """Whether git may be asked to go by way of ssh; where the project is not known, it may."""
    context = model.context
    if not context.known or any(word in model.dockerfile.text for word in _SSH):
        return True
    texts = (context.text(path) or "" for path in _readable(own_paths(context)))
    return any(word in text for text in texts for word in _SSH)


def _readable(paths: Iterable[str]) -> Iterator[str]:
    return (path for path in paths if path.endswith(tuple(_TEXTS)))
