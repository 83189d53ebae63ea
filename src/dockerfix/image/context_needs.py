"""Files of the build context that a build or the running program needs, so that an ignore file must not hide them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image.entry import start_words
from dockerfix.image.git_history import git_reader
from dockerfix.image.model import Image, StageImage, Step, image
from dockerfix.image.state import DEFAULT_SHELL, absolute
from dockerfix.image.transfers import Source, placed_files
from dockerfix.memo import memoised
from dockerfix.project.context import BuildContext, normal_path
from dockerfix.project.manifest_needs import manifest_needs
from dockerfix.project.wildcards import has_wildcard
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Run, parse

__all__ = ["needed_paths", "other_dockerfiles", "speaks_of"]

_SOURCES = (".py", ".sh", ".toml", ".cfg", ".ini", ".js", ".ts", ".json", ".yml", ".yaml", ".conf", ".in")
_VARIABLE = re.compile(r"\$(?:\{[^}]*\}|\w+)")


@memoised
def needed_paths(dockerfile: Dockerfile, context: BuildContext) -> dict[str, str]:
    """Files and folders that something needs, each with the reason.

    What COPY and ADD name (in the other Dockerfiles of the folder too), what manifests need, files that RUN, CMD and
    ENTRYPOINT name, and `.git` where a build asks Git.
    """
    model = image(dockerfile, context)
    needed = {need.path: need.because for need in manifest_needs(context)}
    needed |= dict.fromkeys(_named_in_commands(model), "a command of the Dockerfile names it")
    for other in other_dockerfiles(context):
        needed |= dict.fromkeys(_copied_by(context.without_dockerfile, other), f"{other} copies it")
    reader = git_reader(model)
    needed |= {".git": reader} if reader is not None else {}
    return needed | dict.fromkeys(_copied(model), "the Dockerfile copies it")


@memoised
def _copied_by(context: BuildContext, name: str) -> tuple[str, ...]:
    """What another Dockerfile of the context copies by name; nothing where it cannot be read."""
    text = context.read(name)
    tree = parse(text) if text is not None else None
    return tuple(_copied(image(tree, context))) if tree is not None and not tree.problems else ()


@memoised
def other_dockerfiles(context: BuildContext) -> tuple[str, ...]:
    """The other Dockerfiles at the root of the context; their builds read the same ignore file."""
    entries = context.entries("") or {}
    return tuple(
        name
        for name in sorted(entries)
        if name != context.dockerfile
        and (name.startswith(("Dockerfile", "Containerfile")) or name.lower().endswith(".dockerfile"))
        and not name.endswith(".dockerignore")
    )


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


def _named_in_commands(model: Image) -> Iterator[str]:
    for stage in model.stages:
        placed: dict[str, str] = {}
        certain = True
        for step in stage.all_steps:
            if step.transfer is not None:
                files = placed_files(step.transfer, model.context)
                certain = certain and files is not None
                placed.update({place: origin[2] for place, origin in (files or {}).items() if origin[0] == "context"})
        folders = _folders(placed)
        for word, folder in _words(stage):
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


def _argv(step: Step) -> tuple[str, ...]:
    instruction = step.instruction
    if instruction.form == "json":
        return instruction.values
    return (*(step.before.shell or DEFAULT_SHELL), instruction.arguments.text)


def speaks_of(context: BuildContext, folder: str) -> bool:
    """Whether a source or setting outside a folder names it in a way that may be a path.

    Text is searched, not understood: a mention that means nothing only keeps the folder.
    """
    name = re.escape(folder)
    as_path = rf"""["'/]{name}["'/]"""
    as_module = rf"\b(?:from|import)\s+{name}\b"
    as_data = rf"^\s*(?:graft|recursive-include)\s+{name}\b"
    mention = re.compile("|".join((as_path, as_module, as_data)), re.MULTILINE)
    for path in context.paths():
        if path.endswith(_SOURCES) and not path.startswith((folder + "/", ".git/", ".github/")):
            text = context.text(path)
            if text is None or mention.search(text):
                return True
    return False
