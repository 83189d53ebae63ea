"""The commands that run where files of the build context are: in a RUN behind a COPY, at start, by a service."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage, Step, image, mount_fields
from dockerfix.image.steps import Source
from dockerfix.memo import memoised
from dockerfix.plans.ignore.shared_context import other_dockerfiles
from dockerfix.programs.starts import Program, Start, command_followed, start_of
from dockerfix.project.builds.reading import services_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Dockerfile, Run

__all__ = ["ContextCommands", "context_commands", "models_of_context"]


@frozen(eq=False)
class ContextCommands:
    """What runs with a context's files around it. `problems` say what could not be followed, with its place."""

    programs: tuple[Program, ...]
    problems: tuple[str, ...]


@memoised
def models_of_context(dockerfile: Dockerfile, context: BuildContext) -> tuple[tuple[str, Image], ...]:
    """The image models of all Dockerfiles of a context, each with its name for people; this one's is empty."""
    others = [(one.path, image(one.tree, one.context)) for one in other_dockerfiles(context) if one.tree is not None]
    return (("", image(dockerfile, context)), *others)


@memoised
def context_commands(dockerfile: Dockerfile, context: BuildContext) -> ContextCommands:
    """Every program that may look for files of the context, of each Dockerfile that is built from it."""
    programs: list[Program] = []
    problems = [f"{one.path} cannot be read" for one in other_dockerfiles(context) if one.tree is None]
    for name, model in models_of_context(dockerfile, context):
        for start in _of_model(name, model):
            programs += start.programs
            problems += start.problems
    return ContextCommands(tuple(programs), tuple(problems))


def _of_model(name: str, model: Image) -> Iterator[Start]:
    for stage in model.stages:
        for step in stage.steps:
            if isinstance(step.instruction, Run) and _sees_context(step, model.context):
                yield from _of_run(name, model, stage, step)
        for argv in (stage.start.argv, stage.start.argv or stage.start.entrypoint, stage.start.argv or stage.start.cmd):
            start = start_of(model, stage, argv, place=name) if argv else None
            if start is not None:
                yield start
                break
        if stage.healthcheck:
            yield from _started(model, stage, _healthcheck(stage.healthcheck), f"{name} HEALTHCHECK".strip())
    yield from _of_services(model)


def _healthcheck(words: tuple[str, ...]) -> tuple[str, ...]:
    """What a HEALTHCHECK runs: behind its flags and the word `CMD`, an argument list or a shell's text."""
    own = [word for number, word in enumerate(words) if not word.startswith("--") or "CMD" in words[:number]][1:]
    return ("/bin/sh", "-c", own[0]) if len(own) == 1 else tuple(own)


def _of_services(model: Image) -> Iterator[Start]:
    if model.final is None:
        return
    for service in services_of(model.context):
        if not service.is_built:
            continue  # of an image that may be another one: its words are searched with those of other files
        own = model.final.start.entrypoint if service.entrypoint is None else service.entrypoint
        words = (*(own or ()), *(service.command or ()))
        if words and not words[0].startswith("-"):
            yield from _started(model, model.final, words, f"{service.file}, {service.name}")


def _started(model: Image, stage: StageImage, argv: tuple[str, ...], place: str) -> Iterator[Start]:
    start = start_of(model, stage, argv, service=place, place=place) if argv else None
    if start is not None:
        yield start


def _of_run(name: str, model: Image, stage: StageImage, step: Step) -> Iterator[Start]:
    place = f"{name} line {step.instruction.start_line}".strip()
    if step.commands is None:
        yield Start((), (f"{place} cannot be read with certainty",))
        return
    for item in step.commands:
        if item.command.opaque:
            yield Start((), (f"{place} runs a script that is not known",))
        yield command_followed(model, stage, item.command, item.workdir, place)


def _sees_context(step: Step, context: BuildContext) -> bool:
    """Whether a RUN finds more than single files of the context, by a copy above it or by a mount."""
    flags = (mount_fields(flag.value) for flag in step.instruction.flags if flag.name == "mount")
    if any(fields.get("type", "bind") == "bind" for fields in flags):
        return True
    above = step.previous
    while above is not None:
        if above.transfer is not None and any(_is_many(source, context) for source in above.transfer.sources):
            return True
        above = above.previous
    return False


def _is_many(source: Source, context: BuildContext) -> bool:
    """Whether a source may bring a folder, or what an earlier stage made of one."""
    if source.kind != "context":
        return source.kind == "stage"
    return source.path is None or not context.is_file(source.path)
