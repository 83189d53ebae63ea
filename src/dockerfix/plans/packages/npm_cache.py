"""What becomes of npm's download cache behind an install: where it lies, who cleans it, who wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.image.cache_cleaning import cleans_npm_cache
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.stages import mount_fields
from dockerfix.memo import memoised
from dockerfix.programs.installers.javascript.npm_calls import fetches, npm_call
from dockerfix.programs.starts import start_of
from dockerfix.project.context.build_context import BuildContext

__all__ = ["why_no_cache", "why_wanted"]

_PARTS = frozenset({".npm", "_cacache"})
_SETTINGS = ("npm_config_cache", "npm_config_offline", "npm_config_prefer_offline")
_OFFLINE = frozenset({"--offline", "--prefer-offline"})


def why_no_cache(model: Image, stage: StageImage, step: Step) -> str | None:
    """Why a RUN that installs with npm leaves no cache in its layer, or one in a place of its own; None if it does."""
    mounts = [mount_fields(flag.value).get("type") for flag in step.instruction.flags if flag.name == "mount"]
    if any(kind in ("cache", "tmpfs") for kind in mounts):
        return "a mount keeps the cache out of the layer"
    commands = step.commands or ()
    last = max((number for number, item in enumerate(commands) if fetches(item)), default=-1)
    if any(_removes(item) for item in commands[last + 1 :]):
        return "the same RUN removes the cache"
    if any(_places(item) for item in commands) or _is_set(step.before.env) or _is_set(step.before.args):
        return "a setting says where the cache lies, or how it is used"
    return _npmrc(model, stage)


def why_wanted(model: Image, stage: StageImage, step: Step) -> str | None:
    """Who may want the cache that a RUN leaves behind; None where nothing in sight does."""
    final = model.final
    steps = (final or stage).all_steps
    for later in steps[steps.index(step) + 1 :] if step in steps else ():
        if any(fetches(item) and _wants(item) for item in later.commands or ()):
            return f"line {later.instruction.start_line} installs the same packages again, from the cache"
    line = _named(model.context, model)
    if line is not None:
        return f"line {line} names npm's cache"
    start = start_of(model, final) if final is not None else None
    programs = start.programs if start is not None else ()
    if any(fetches(RunCommand(program.command, program.command, None)) for program in programs):
        return "the container installs with npm when it starts"
    return None


def _wants(item: RunCommand) -> bool:
    """Whether an install fetches what an earlier one did: the project's dependencies, or what it is told offline."""
    given = npm_call(item.program)
    return given is None or len(given.operands) == 1 or given.has(*_OFFLINE)


def _removes(item: RunCommand) -> bool:
    given = npm_call(item.program)
    if cleans_npm_cache(item.program) or (given is not None and given.verb == "cache"):
        return True
    return item.program.name in ("rm", "find") and any(_names(word.raw) for word in item.program.words[1:])


def _names(raw: str) -> bool:
    """Whether a word, as it is written, means npm's cache; a home taken whole (`~/*`, `/root/.*`) too."""
    parts = raw.strip("\"'").split("/")
    return not _PARTS.isdisjoint(parts) or any(part in (".*", ".n*", ".np*") for part in parts)


def _places(item: RunCommand) -> bool:
    """Whether a command says itself where the cache lies, or takes packages from it."""
    names = {name.lower() for name, _ in item.command.assignments}
    argv = item.command.argv
    if names & {"home", *_SETTINGS} or not _OFFLINE.isdisjoint(argv):
        return True
    if any((word or "").lower().startswith(("npm_config_cache=", "home=", "--cache")) for word in argv):
        return True
    given = npm_call(item.program)
    sets = given is not None and given.verb in ("config", "c", "set")
    return sets and any("cache" in (word or "cache") for word in argv[1:])


def _is_set(values: Mapping[str, str | None]) -> bool:
    return any(name.lower() in _SETTINGS and value != "" for name, value in values.items())


def _npmrc(model: Image, stage: StageImage) -> str | None:
    for place, path in context_files(model, stage).items():
        if place.endswith("/.npmrc"):
            keys = (line.partition("=")[0].strip() for line in (model.context.text(path) or "").splitlines())
            if any(key in ("cache", "offline", "prefer-offline") for key in keys):
                return f"{path} says where the cache lies, or how it is used"
    return None


@memoised
def _named(_: BuildContext, model: Image) -> int | None:
    """The first line that takes the cache along, or names it in a command that does not just delete it."""
    return next(_naming(model), None)


def _naming(model: Image) -> Iterator[int]:
    for stage in model.stages:
        for step in (*stage.triggered, *stage.steps):
            places = [source.path or "" for source in step.transfer.sources] if step.transfer is not None else []
            places += [source for flag in step.instruction.flags if flag.name == "mount"
                       for source in _sources(mount_fields(flag.value))]  # fmt: skip
            words = [word.raw for item in step.commands or () if item.program.name != "rm"
                     for word in item.program.words[1:]]  # fmt: skip
            if any(_names(place) for place in (*places, *words)):
                yield step.instruction.start_line


def _sources(fields: Mapping[str, str]) -> Iterator[str]:
    if fields.get("type") != "cache":
        yield from (fields.get(name, "") for name in ("source", "src"))
