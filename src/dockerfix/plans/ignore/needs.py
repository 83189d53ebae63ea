"""Files of the build context that a build or the running program needs, so that an ignore file must not hide them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from dockerfix.image.model import Image, StageImage, Step, mount_fields
from dockerfix.image.state import DEFAULT_SHELL, absolute
from dockerfix.image.steps import Source
from dockerfix.image.transfers import placed_files
from dockerfix.memo import memoised
from dockerfix.plans.ignore.context_commands import models_of_context
from dockerfix.plans.ignore.git_history import git_reader
from dockerfix.programs.entry import start_words
from dockerfix.project.builds.container_runs import container_runs
from dockerfix.project.context.build_context import BuildContext, normal_path
from dockerfix.project.context.wildcards import has_wildcard
from dockerfix.project.manifests.needs import manifest_needs
from dockerfix.regexes import regex
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Run

__all__ = ["OF_VARIABLE", "needed_paths"]

OF_VARIABLE = "a variable of"  # how such a reason begins

_SEPARATORS = regex(r"[\s,:;=]+")
_VARIABLE = regex(r"\$(?:\{[^}]*\}|\w+)")


@memoised
def needed_paths(dockerfile: Dockerfile, context: BuildContext) -> dict[str, str]:
    """Files and folders that something needs, each with the reason.

    What COPY and ADD name, from the context or from a stage that has it from there, files that RUN, CMD and ENTRYPOINT
    name, in all Dockerfiles of the context; what variables of the image, or of a container that is started of it, hold;
    what manifests need; and `.git` where something asks Git.
    """
    needed = {need.path: need.because for need in manifest_needs(context)}
    models = models_of_context(dockerfile, context)
    for name, model in reversed(models):
        of_command = f"a command of {name or 'the Dockerfile'} names it"
        needed |= dict.fromkeys(_placed(model, _words), of_command)
        for where, words in _values(model):
            of_variable = f"{OF_VARIABLE} {where or name or 'the Dockerfile'} names it"
            needed |= dict.fromkeys(_placed(model, words), of_variable)
        of_copy = f"{name or 'the Dockerfile'} copies it"
        needed |= dict.fromkeys((*_copied_from_stages(model), *_mounted(model), *_copied(model)), of_copy)
    reader = git_reader(dockerfile, context)
    return needed | ({".git": reader} if reader is not None else {})


def _mounted(model: Image) -> Iterator[str]:
    """What `RUN --mount=type=bind` lays over a folder: BuildKit takes it from the context without what is ignored."""
    for stage in model.stages:
        for step in stage.steps:
            for flag in step.instruction.flags if isinstance(step.instruction, Run) else ():
                fields = mount_fields(flag.value) if flag.name == "mount" else {"type": "-"}
                path = fields.get("source", fields.get("src", "."))
                if fields.get("type", "bind") == "bind" and "from" not in fields and path.strip("./"):
                    yield normal_path(path.lstrip("/")) or path


def _copied_from_stages(model: Image) -> Iterator[str]:
    """What a later stage takes out of a folder that an earlier one copied: `COPY --from=build /app/.env`."""
    for stage in model.stages:
        for step in stage.steps:
            for source in step.transfer.sources if step.transfer else ():
                if source.kind == "stage" and source.path not in (None, "."):
                    origins = [one for one in model.stages if source.origin in (one.name.lower(), str(one.stage.index))]
                    for origin in origins[-1:]:
                        yield from _behind_copies(f"/{source.path}", origin, model)


def _behind_copies(place: str, stage: StageImage, model: Image) -> Iterator[str]:
    """The paths of the context that a place of a stage may come from."""
    for step in stage.all_steps:
        for source in step.transfer.sources if step.transfer else ():
            target = step.transfer.destination if step.transfer else None
            if source.kind != "context" or source.path is None:
                continue
            inside = place.strip("/") if target is None else _below_place(place, target)
            if inside is None or model.context.is_file(source.path) or "node_modules" in inside.split("/"):
                continue  # a file holds nothing, and a build that installs packages takes none from the context
            folder = "" if source.path == "." else source.path
            path = normal_path(f"{folder}/{inside}".lstrip("/"))
            if path and has_wildcard(path):
                yield from model.context.match(path)
                yield path.replace("*", "").rstrip("/") or path
            elif path:
                yield path


def _below_place(place: str, target: str) -> str | None:
    """A place in the image as seen from a folder above it; None where it is the folder itself or lies elsewhere."""
    top = target.rstrip("/") + "/"
    return place.removeprefix(top) or None if place.startswith(top) else None


def _copied(model: Image) -> Iterator[str]:
    for stage in model.stages:
        for step in stage.steps:
            if step.transfer is not None:
                words = (word.value for word in step.transfer.instruction.sources)
                for source, word in zip(step.transfer.sources, words, strict=True):
                    yield from _named(source, word, model.context)


def _named(source: Source, written: str, context: BuildContext) -> Iterator[str]:
    """What a source names. An unknown variable may stand for any part of a path; a lone `*` is as good as `.`."""
    if source.kind != "context" or source.path == ".":
        return
    path = source.path if source.path is not None else _VARIABLE.sub("*", written.strip("\"'"))
    if not has_wildcard(path):
        yield path
    elif path.strip("*./") or source.path is None:
        yield from context.match(path)
        if path.endswith("*") and "." in path.rpartition("/")[2] and not has_wildcard(path[:-1]):
            yield from (path[:-1], f"{path[:-1]}.local")  # what `.env*` means in a folder that has more than this one


_Words = Callable[[StageImage], Iterable[tuple[str, str | None]]]


def _placed(model: Image, words_of: _Words) -> Iterator[str]:
    """The paths of the context that words of a stage name, each word seen from its folder in the image."""
    for stage in model.stages:
        placed: dict[str, str] = {}
        certain = True
        for step in stage.all_steps:
            if step.transfer is not None:
                files = placed_files(step.transfer, model.context)
                certain = certain and files is not None
                placed.update({place: origin[2] for place, origin in (files or {}).items() if origin[0] == "context"})
        folders = _folders(placed)
        for word, folder in words_of(stage):
            place = absolute(word, folder)
            found = (placed.get(place) or folders.get(place)) if place is not None else None
            if found is None and (place is None or not certain) and model.context.exists(word.lstrip("/")):
                found = normal_path(word.lstrip("/"))
            if found:
                yield found


def _folders(placed: dict[str, str]) -> dict[str, str]:
    """The folders that copies make, each with the context folder it stands for; the root of the context is none."""
    found: dict[str, str] = {}
    pairs = ((place.rpartition("/")[0], path.rpartition("/")[0]) for place, path in placed.items())
    for target, folder in dict.fromkeys(pairs):
        while folder and target.rpartition("/")[2] == folder.rpartition("/")[2]:
            found[target] = folder
            target, folder = target.rpartition("/")[0], folder.rpartition("/")[0]
    return found


def _words(stage: StageImage) -> Iterator[tuple[str, str | None]]:
    """What commands at build and start may name, each with the folder that it is seen from."""
    found: list[tuple[tuple[str | None, ...], str | None]] = []
    for step in stage.steps:
        if isinstance(step.instruction, Run):
            found += [(item.command.argv, item.workdir) for item in step.commands or ()]
        elif isinstance(step.instruction, Cmd | Entrypoint):
            found += start_words(_argv(step), stage.final.workdir)
    for argv, folder in found:
        for value in argv:
            yield from ((part, folder) for part in (value or "").split("=") if part and not part.startswith("-"))


def _values(model: Image) -> Iterator[tuple[str, _Words]]:
    """What variables hold that the image sets ("") or a file starts it with, as paths from the working folder."""
    yield "", lambda stage: _parts(stage, stage.final.env.values())
    for run in container_runs(model.context):
        values = [value for _, value in run.environment]
        if values:
            yield run.source, partial(_parts, values=values)


def _parts(stage: StageImage, values: Iterable[str | None]) -> Iterator[tuple[str, str | None]]:
    for value in values:
        if value and "://" not in value:
            yield from ((part, stage.final.workdir) for part in _SEPARATORS.split(value) if part.strip("./"))


def _argv(step: Step) -> tuple[str, ...]:
    instruction = step.instruction
    if instruction.form == "json":
        return instruction.values
    return (*(step.before.shell or DEFAULT_SHELL), instruction.arguments.text)
