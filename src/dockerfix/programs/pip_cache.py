"""What becomes of pip's cache behind an install: removed at once, taken along by another stage, named by a command."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.stages import mount_fields
from dockerfix.image.state import absolute
from dockerfix.memo import memoised
from dockerfix.programs.cache_words import SPEAKS, names_cache
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.package_calls import package_call
from dockerfix.project.readers.project_texts import project_texts
from dockerfix.shell import pip_command

__all__ = ["CacheUse", "cache_use"]

_CACHE = ".cache"
_TASKS = frozenset("make gmake just task invoke inv nox tox rake ninja".split())
_TAKES_FOLDERS = frozenset({"cp", "mv", "tar", "rsync", "zip", "ln"})


@frozen
class CacheUse:
    """`removed` by the same RUN, so that nothing is kept; `brought` by a copy or mount; `taken` along; or `named`."""

    kind: Literal["removed", "brought", "taken", "named"]
    line: int


def cache_use(model: Image, step: Step, item: RunCommand) -> CacheUse | None:
    """What else of the Dockerfile has to do with the cache that one pip command leaves; None where nothing has.

    Where something has, the cache is there for a reason, or it is dealt with: `rm -r` of a folder that is not there
    fails, and a COPY of it stops the build.
    """
    own = step.commands or ()
    behind = own[own.index(item) + 1 :]
    line = step.instruction.start_line
    if any(_removes(one, step) and not one.command.within for one in behind):
        return CacheUse("removed", line)
    stages = [(stage, look.places[id(step)]) for stage, look in _looks(model.context, model) if id(step) in look.places]
    brought = next((line for stage, at in stages for n, line in _look(model, stage).brought if n < at), None)
    if brought is None and _brings(step, is_own=True):
        brought = line
    if brought is not None:
        return CacheUse("brought", brought)
    taken = _taken_from(model.context, model, ",".join(stage.name for stage, _ in stages))
    if taken is not None:
        return CacheUse("taken", taken)
    if any(_wants(model, stage, one, step) for stage, _ in stages[:1] for one in behind):
        return CacheUse("named", line)
    named = next((n for stage, at in stages for place, n in _look(model, stage).named if place > at), None)
    return None if named is None else CacheUse("named", named)


@frozen(eq=False)
class _Look:
    """The steps of a stage: the place of each by its id; place and line of those that bring or name a cache."""

    places: Mapping[int, int]
    brought: tuple[tuple[int, int], ...]
    named: tuple[tuple[int, int], ...]


@memoised
def _looks(_: BuildContext, model: Image) -> tuple[tuple[StageImage, _Look], ...]:
    return tuple((stage, _looked(model, stage)) for stage in model.stages)


def _look(model: Image, stage: StageImage) -> _Look:
    return dict(_looks(model.context, model))[stage]


def _looked(model: Image, stage: StageImage) -> _Look:
    steps = [(number, step.instruction.start_line, step) for number, step in enumerate(stage.all_steps)]
    named = ((n, line) for n, line, one in steps if any(_wants(model, stage, item, one) for item in one.commands or ()))
    brought = ((n, line) for n, line, one in steps if _brings(one, is_own=False))
    return _Look({id(step): n for n, _, step in steps}, tuple(brought), tuple(named))


def _wants(model: Image, stage: StageImage, item: RunCommand, step: Step) -> bool:
    return _names(item, step) or _in_script(model, stage, item) or _in_task(model, item)


@memoised
def _taken_from(_: BuildContext, model: Image, names: str) -> int | None:
    """The first line that takes the cache out of one of the stages of these names, which stand for what they hold."""
    return next(_taken(model, [stage for stage in model.stages if stage.name in names.split(",")]), None)


def _brings(one: Step, *, is_own: bool) -> bool:
    """Whether a step lays a cache down for pip to use; by a mount only for its own commands."""
    mounts = [mount_fields(flag.value) for flag in one.instruction.flags if flag.name == "mount" and is_own]
    places = [fields.get("target") or fields.get("dst") or fields.get("destination") or "" for fields in mounts]
    if one.transfer is not None and one.transfer.destination is not None:
        places.append(one.transfer.destination)
    return any(_CACHE in place.split("/") and _holds_cache(place) for place in places)


def _taken(model: Image, users: list[StageImage]) -> Iterator[int]:
    """The lines that take the cache folder, or a home folder with it, out of one of these stages."""
    names = {name.lower() for stage in users for name in (stage.name, str(stage.stage.index))}
    for stage in model.stages:
        for step in (*stage.triggered, *stage.steps):
            sources = step.transfer.sources if step.transfer is not None else ()
            found = [s.path for s in sources if s.kind == "stage" and s.origin.lower() in names]
            for flag in step.instruction.flags:
                fields = mount_fields(flag.value) if flag.name == "mount" else {}
                if fields.get("from", "").lower() in names:
                    found.append(fields.get("source", fields.get("src", "")))
            if any(path is None or _holds_cache(path) or _is_all(path, step, stage) for path in found):
                yield step.instruction.start_line


def _is_all(path: str, step: Step, stage: StageImage) -> bool:
    """Whether a step takes the whole image to a place where pip installs again."""
    later = stage.all_steps[stage.all_steps.index(step) :] if step in stage.all_steps else ()
    return not path.strip("/") and any(pip_command(one.program) for s in later for one in s.commands or ())


def _holds_cache(path: str) -> bool:
    """Whether a path, patterns allowed, is a cache folder of some home, in one, or a home."""
    parts = [part for part in posixpath.normpath("/" + path).split("/") if part]
    if not parts:
        return False
    home = 1 if fnmatchcase("root", parts[0]) else 2
    if home == 2 and parts[0] != "home":
        return _CACHE in parts or any("pip" in part and "cache" in part for part in parts)
    wanted = [_CACHE, "pip"]
    return all(w is None or p is None or fnmatchcase(w, p) for w, p in zip_longest(wanted, parts[home:][:2]))


def _removes(item: RunCommand, step: Step) -> bool:
    """Whether a command deletes the whole cache."""
    pip = pip_command(item.program)
    if pip is not None:
        return pip.verb == "cache" and "purge" in item.program.argv
    if item.program.name == "rm":
        return any(names_cache(word.raw, step, item.workdir) for word in item.program.words[1:])
    return item.program.name == "find" and "-delete" in item.program.argv and _names(item, step)


def _names(item: RunCommand, step: Step) -> bool:
    """Whether a command has to do with the cache folder, whatever it does to it; one that makes it does not count."""
    pip = pip_command(item.program)
    if pip is not None and pip.verb == "cache":
        return True
    words = [word.raw for word in item.program.words[1:]]
    if item.program.name == "mkdir" and any(word.startswith("-") and "p" in word for word in words):
        return False
    if item.program.name in _TAKES_FOLDERS and any(_is_home(raw, item) for raw in words):
        return True
    given = [f"{name}={word.raw}" for name, word in item.command.assignments]
    return any(names_cache(text, step, item.workdir) for text in (*words, *given))


def _is_home(raw: str, item: RunCommand) -> bool:
    text = raw.strip("\"'").rstrip("/")
    return text in ("~", "$HOME", "${HOME}") or absolute(text, item.workdir) == "/root"


def _in_script(model: Image, stage: StageImage, item: RunCommand) -> bool:
    """Whether a script of the project that a command runs speaks of a cache."""
    files = context_files(model, stage)
    places = {absolute(word, item.workdir) for word in item.program.argv[:2] if word}
    texts = (model.context.text(path) or "" for place, path in files.items() if place in places)
    return any(_CACHE in text or "pip cache" in text for text in texts)


def _in_task(model: Image, item: RunCommand) -> bool:
    """Whether a command runs a task of the project, and a text of the project speaks of the cache of a home."""
    if item.program.name not in _TASKS and package_call(item.program.argv) is None:
        return False
    return any(SPEAKS.search(model.context.text(path) or "") for path in project_texts(model.context))
