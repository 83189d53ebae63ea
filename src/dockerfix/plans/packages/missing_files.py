"""Files that a command of a RUN reads and that nothing has brought into the image by then."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.image.files import brought_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.stages import mount_fields
from dockerfix.image.transfers import placed_files
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.readers.mentions import who_names
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import Run

__all__ = ["is_missing", "why_produced"]

# Programs that leave no file in the folder of a project, whatever their words are.
_QUIET = frozenset(
    "apk apt apt-get cd chgrp chmod chown corepack dnf echo export groupadd useradd adduser addgroup ls mkdir "
    "printf pwd rm rmdir set sleep test true type umask unset which yum [ : pip pip3 easy_install".split()
)


def is_missing(model: Image, stage: StageImage, step: Step, item: RunCommand, name: str) -> bool:
    """Whether a file that a command names is known not to be there when it runs.

    False where that is not known: on a base image that is not, behind a script that may bring it, below a mount.
    """
    place = absolute_word(name, item.workdir)
    if place is None or stage.facts is None or not model.context.known or _is_mounted(step, place):
        return False
    if place in stage.initial.folders or any(trigger.transfer is not None for trigger in stage.triggered):
        return False
    for earlier in _up_to(stage, step):
        if earlier.transfer is not None and not _leaves_out(model, earlier, place):
            return False
        if isinstance(earlier.instruction, Run) and not _brings_nothing(earlier, item, posixpath.basename(place)):
            return False
    return True


def _up_to(stage: StageImage, step: Step) -> Iterator[Step]:
    for earlier in stage.all_steps:
        yield earlier
        if earlier is step:
            return


def _leaves_out(model: Image, step: Step, place: str) -> bool:
    """Whether a COPY is known not to bring a file."""
    item = step.transfer
    assert item is not None
    if placed_files(item, model.context) is None or place in brought_files(model, step):
        return False
    foreign = any(source.kind != "context" for source in item.sources)
    top = (item.destination or "/").rstrip("/")
    return not foreign or not (place == top or place.startswith(f"{top}/"))


def _brings_nothing(step: Step, last: RunCommand, name: str) -> bool:
    """Whether no command up to the last one can have made a file of this name."""
    for item in step.commands if step.commands is not None else (None,):
        if item is last:
            return True
        if item is None or item.program.name not in _QUIET or item.command.opaque or item.command.within:
            return False
        if any(name in text for text in item.command.redirects):
            return False
    return True


def _is_mounted(step: Step, place: str) -> bool:
    """Whether a mount of the RUN may bring a file."""
    fields = [mount_fields(flag.value) for flag in step.instruction.flags if flag.name == "mount"]
    targets = (one.get("target") or one.get("dst") or one.get("destination") or "/" for one in fields)
    return any(not target.startswith("/") or f"{place}/".startswith(target.rstrip("/") + "/") for target in targets)


# Texts that people write; what else is missing (`app.jar`, `server`, `dist`) may be what a build makes.
_WRITTEN = tuple(
    ".txt .toml .json .cfg .ini .conf .yml .yaml .py .js .mjs .cjs .ts .tsx .jsx .sh .rb .go .mod .php .css .html .xml "
    ".properties .gradle .kts .sql .template .prisma .gemspec .csproj .sln .lock .lockb .sum .in .tmpl .md".split()
)


def why_produced(context: BuildContext, path: str) -> str | None:
    """Why a file that the build context lacks may be there when the image is built; None where nothing makes it."""
    name = posixpath.basename(path)
    if is_git_ignored(context, path):
        return f"Git ignores {path}, which something may make before the build"
    if not name.endswith(_WRITTEN) or name.startswith(".env"):
        return f"{path} may be made before the build"
    speaker = who_names(context, (name,))
    return None if speaker is None else f"{speaker} speaks of {name}, and may make it before the build"
