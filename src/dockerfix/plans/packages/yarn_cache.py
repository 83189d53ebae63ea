"""What becomes of the cache of Yarn 1 behind an install: where it lies, who cleans it, who wants it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.stages import mount_fields
from dockerfix.programs.installers.javascript.yarn_calls import yarn_call, yarn_fetches
from dockerfix.programs.starts import start_of
from dockerfix.project.manifests.node_locks import yarn_lock_is_classic
from dockerfix.project.manifests.package_json import package_json

__all__ = ["is_yarn_1", "why_no_yarn_cache", "why_yarn_cache_wanted"]

_SETTING = "yarn_cache_folder"


def is_yarn_1(model: Image, stage: StageImage) -> bool | None:
    """Whether the Yarn of a stage is release 1, as its lock file and its image say; None where that is not known.

    Source: docker-node: the official image of Node brings Yarn 1, up to and including Node 24.
    """
    files = context_files(model, stage)
    locks = [path for place, path in files.items() if posixpath.basename(place) == "yarn.lock"]
    settings = any(posixpath.basename(place) == ".yarnrc.yml" for place in files)
    said = [
        package_json(model.context, path).package_manager for path in files.values() if path.endswith("package.json")
    ]
    if settings or any(one.startswith("yarn@") and not one.startswith("yarn@1") for one in said):
        return False
    words = {word or "" for step in stage.all_steps for item in step.commands or () for word in item.program.argv}
    if any(word.startswith("yarn@") and not word.startswith("yarn@1") for word in words) or {"berry", "stable"} & words:
        return False
    if locks:
        return all(yarn_lock_is_classic(model.context.text(path) or "") for path in locks)
    return True if stage.facts is not None and stage.facts.family == "node" and "corepack" not in words else None


def why_no_yarn_cache(model: Image, stage: StageImage, step: Step) -> str | None:
    """Why a RUN that installs with Yarn leaves no cache in its layer, or one in a place of its own; None if it does."""
    mounts = [mount_fields(flag.value).get("type") for flag in step.instruction.flags if flag.name == "mount"]
    if any(kind in ("cache", "tmpfs") for kind in mounts):
        return "a mount keeps the cache out of the layer"
    commands = step.commands or ()
    last = max((number for number, item in enumerate(commands) if yarn_fetches(item)), default=-1)
    if any(_removes(item) for item in commands[last + 1 :]):
        return "the same RUN removes the cache"
    names = {name.lower() for name in (*step.before.env, *step.before.args)}
    if _SETTING in names or any(_places(item) for item in commands):
        return "a setting says where the cache lies, or how it is used"
    for place, path in context_files(model, stage).items():
        if place.endswith("/.yarnrc") and any(
            word in (model.context.text(path) or "") for word in ("cache-folder", "offline")
        ):
            return f"{path} says where the cache lies, or how it is used"
    return None


def why_yarn_cache_wanted(model: Image, stage: StageImage, step: Step) -> str | None:
    """Who may want the cache that a RUN leaves behind; None where nothing in sight does."""
    final = model.final or stage
    steps = final.all_steps
    for later in steps[steps.index(step) + 1 :] if step in steps else ():
        if any(yarn_fetches(item) and _is_project(item) for item in later.commands or ()):
            return f"line {later.instruction.start_line} installs the same packages again, from the cache"
    line = next(_naming(model), None)
    if line is not None:
        return f"line {line} names Yarn's cache"
    start = start_of(model, final)
    programs = start.programs if start is not None else ()
    if any(yarn_fetches(RunCommand(program.command, program.command, None)) for program in programs):
        return "the container installs with Yarn when it starts"
    return None


def _is_project(item: RunCommand) -> bool:
    given = yarn_call(item.program)
    return given is None or given.verb in (None, "install") or given.has("--offline", "--prefer-offline")


def _removes(item: RunCommand) -> bool:
    given = yarn_call(item.program)
    if given is not None and given.operands[:1] == ("cache",):
        return True
    return item.program.name in ("rm", "find") and any(
        "yarn" in word.raw or ".cache" in word.raw for word in item.program.words[1:]
    )


def _places(item: RunCommand) -> bool:
    names = {name.lower() for name, _ in item.command.assignments}
    given = yarn_call(item.program)
    if names & {"home", _SETTING} or (given is not None and given.operands[:1] == ("config",)):
        return True
    return given is not None and given.has("--cache-folder", "--offline", "--prefer-offline")


def _naming(model: Image) -> Iterator[int]:
    """The lines that take the cache along."""
    for stage in model.stages:
        for step in (*stage.triggered, *stage.steps):
            sources = [source.path or "" for source in step.transfer.sources] if step.transfer is not None else []
            if any(".cache" in source for source in sources):
                yield step.instruction.start_line
