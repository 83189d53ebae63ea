"""Files of the build context that a build or the running program needs, so that an ignore file must not hide them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.image.commands import script_of
from dockerfix.image.model import Image, image
from dockerfix.image.transfers import placed_files
from dockerfix.memo import memoised
from dockerfix.project.context import BuildContext
from dockerfix.project.manifest_needs import manifest_needs
from dockerfix.shell import parse_script
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Run, parse
from dockerfix.text import MappedText, Span, encode

__all__ = ["needed_paths", "other_dockerfiles", "speaks_of"]

_SOURCES = (".py", ".sh", ".toml", ".cfg", ".ini", ".js", ".ts", ".json", ".yml", ".yaml", ".conf", ".in")


@memoised
def needed_paths(dockerfile: Dockerfile, context: BuildContext) -> dict[str, str]:
    """Files and folders that something needs, each with the reason.

    What COPY and ADD name (in the other Dockerfiles of the folder too), what manifests need, and files that
    RUN, CMD and ENTRYPOINT name.
    """
    model = image(dockerfile, context)
    needed = {need.path: need.because for need in manifest_needs(context)}
    needed |= dict.fromkeys(_named_in_commands(model), "a command of the Dockerfile names it")
    for other in other_dockerfiles(context):
        text = context.read(other)
        tree = parse(text) if text is not None else None
        if tree is not None and not tree.problems:
            needed |= dict.fromkeys(_copied(image(tree, context)), f"{other} copies it")
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
            sources = step.transfer.sources if step.transfer else ()
            for source in sources:
                if source.kind == "context" and source.path not in (None, "."):
                    assert source.path is not None
                    yield from model.context.match(source.path) if source.has_wildcard else (source.path,)


def _named_in_commands(model: Image) -> Iterator[str]:
    for stage in model.stages:
        placed: dict[str, str] = {}
        for step in stage.all_steps:
            if step.transfer is not None:
                files = placed_files(step.transfer, model.context) or {}
                placed.update({place: origin[2] for place, origin in files.items() if origin[0] == "context"})
        folders = _folders(placed)
        for step in stage.steps:
            if isinstance(step.instruction, Run | Cmd | Entrypoint) and step.before.workdir is not None:
                for word in _words(step.instruction):
                    place = posixpath.normpath(posixpath.join(step.before.workdir, word))
                    found = placed.get(place) or folders.get(place)
                    if found:
                        yield found


def _folders(placed: dict[str, str]) -> dict[str, str]:
    """The folders that copies make, each with the context folder it stands for; the root of the context is none."""
    found: dict[str, str] = {}
    for place, path in placed.items():
        target, folder = place.rpartition("/")[0], path.rpartition("/")[0]
        while folder and target.rpartition("/")[2] == folder.rpartition("/")[2]:
            found[target] = folder
            target, folder = target.rpartition("/")[0], folder.rpartition("/")[0]
    return found


def _words(instruction: Run | Cmd | Entrypoint) -> Iterator[str]:
    if instruction.form == "json":
        values = list(instruction.values)
        if len(values) == 3 and values[1] == "-c":
            raw = encode(values[2])
            script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
            values = [value for command in script.commands for value in command.argv if value is not None]
        yield from values
        return
    read = script_of(instruction)
    for command in read.commands if read is not None else ():
        yield from (value for value in command.argv if value is not None)


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
