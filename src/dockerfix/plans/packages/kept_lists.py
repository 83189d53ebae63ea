"""Package indexes that a RUN leaves in its layer, and what still needs them there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from dockerfix.frozen import frozen
from dockerfix.image.cache_cleaning import APT_LISTS, cleans, fills
from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.model import Image, StageImage, Step, mount_fields
from dockerfix.memo import memoised
from dockerfix.plans.base.slim import Unreadable, all_called
from dockerfix.syntax import Dockerfile, Instruction, Run
from dockerfix.text import Edit, Span, decode, encode

__all__ = ["CLEAN_UP", "KeptLists", "cleaned", "kept_lists"]

CLEAN_UP = {
    "apt-get": f"rm -rf {APT_LISTS}/*",
    "yum": "yum clean all",
    "dnf": "dnf clean all",
    "microdnf": "microdnf clean all",
}
_MANAGERS = frozenset({"apt-get", "apt", "aptitude", "apt-cache", "apt-file", "yum", "dnf", "microdnf"})
_FOLDERS = ("/var/lib/apt", "/var/cache")


@frozen(eq=False)
class KeptLists:
    """A RUN that keeps the index of a package manager; `wanted` is what needs it afterwards, or None."""

    step: Step
    manager: str
    wanted: str | None


def kept_lists(model: Image) -> Iterator[KeptLists]:
    """The RUNs of the final image, and of the stages that it starts from, that keep an index."""
    stage = model.final
    chain: list[StageImage] = []
    while stage is not None:
        chain.insert(0, stage)
        stage = stage.base
    for one in chain:
        for step in one.steps:
            manager = _manager(step)
            if manager is not None:
                yield KeptLists(step, manager, _wanted(model, step))


def _manager(step: Step) -> str | None:
    """The package manager whose index is there when the RUN ends."""
    mounts = (mount_fields(flag.value).get("target", "") for flag in step.instruction.flags if flag.name == "mount")
    if any(target.startswith(_FOLDERS) for target in mounts):
        return None
    found: str | None = None
    for item in step.commands or ():
        filled = fills(item)
        if filled is not None:
            found = filled
        elif found is not None and _removes(item, found):
            found = None
    return found


def _removes(item: RunCommand, manager: str) -> bool:
    argv = item.program.argv
    if item.program.name in ("rm", "find"):
        return any(_reaches(value) for value in argv[1:])
    return "dist-clean" in argv or (cleans(item) and manager != "apt-get")


def _reaches(value: str | None) -> bool:
    """Whether a word of `rm` names the folder of an index, or one above it; a variable may."""
    if value is None:
        return True
    place = posixpath.normpath(value.rstrip("*") or "/")
    above = any(f"{folder}/".startswith(f"{place.rstrip('/')}/") for folder in _FOLDERS)
    return value.startswith("/") and (place.startswith(_FOLDERS) or above)


def _wanted(model: Image, step: Step) -> str | None:
    """What calls a package manager that finds an index, or its absence, behind this step."""
    stage = model.final
    assert stage is not None
    here = stage.position(step)
    assert here is not None
    return next((reason for place, reason in _wanting(stage) if place > here), None) or _called_later(stage, model)


@memoised
def _wanting(stage: StageImage) -> tuple[tuple[int, str], ...]:
    """The steps that find an index, or its absence: where they stand, and what they do."""
    found: list[tuple[int, str]] = []
    for place, step in enumerate(stage.all_steps):
        reason = "cannot be read" if step.commands is None else _wants(step.commands)
        if reason is not None:
            found.append((place, f"line {step.instruction.start_line} {reason}"))
    return tuple(found)


@memoised
def _called_later(stage: StageImage, model: Image) -> str | None:
    """What a container calls of them."""
    try:
        called = [(command, place) for command, place in all_called(stage, model) if not place.startswith("line ")]
    except Unreadable as unreadable:
        return f"{unreadable} cannot be read"
    return next((f"{place} calls {command.name}" for command, place in called if command.name in _MANAGERS), None)


def _wants(items: Sequence[RunCommand]) -> str | None:
    """What a later RUN does with the index, as the rest of a sentence."""
    is_fresh = False
    for item in items:
        program = item.program
        is_fresh = is_fresh or fills(item) is not None
        if item.command.opaque or (program.name in _MANAGERS and not is_fresh and not cleans(item)):
            return "may need it"
        if program.name == "rm" and not _is_forced(program.argv) and any(map(_reaches, program.argv[1:])):
            return "removes it, and fails where there is none"
    return None


def _is_forced(argv: tuple[str | None, ...]) -> bool:
    return any(value is not None and value.startswith("-") and "f" in value for value in argv[1:])


def cleaned(dockerfile: Dockerfile, step: Step, command: str) -> Edit | None:
    """Put a command behind the last one of a RUN, on a line of its own where the others have one.

    None where the commands are joined by more than `&&`, or something stands behind the last one.
    """
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    if script is None or not script.is_and_list or run.heredocs or script.comments:
        return None
    text = script.source.stripped()
    end = text.whole.end
    spans = [item.command.span for item in step.commands or () if not item.command.is_nested]
    if len(spans) != len(script.own_commands) or text.raw.endswith(b"\\"):
        return None
    joint = _joint(dockerfile, run, spans[-2].end, spans[-1].start) if len(spans) > 1 else " && "
    # With its last byte, as an insertion at the end of a file touches no instruction.
    return Edit(Span(end - 1, end), dockerfile.source[end - 1 : end] + encode(joint + command))


def _joint(dockerfile: Dockerfile, run: Instruction, before: int, last: int) -> str:
    """What parts the last two commands; in the file's own manner where comments or redirections stand there."""
    between = decode(dockerfile.source[before:last])
    if between.replace(run.escape, "").strip() == "&&":
        return between
    return f" && {run.escape}{dockerfile.style.newline}{dockerfile.style.indent}" if "\n" in between else " && "
