"""A `chown -R` behind the copies that brought the files: what lies below the path, and who made it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dockerfix.frozen import frozen
from dockerfix.image.account_work import is_account_work, is_system_place
from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.files import context_files
from dockerfix.image.made_folders import after_run
from dockerfix.image.made_users import made_groups
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.plans.user.accounts import made_by
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import Run

__all__ = ["RecursiveChown", "recursive_chowns"]

_RECURSIVE = frozenset({"-R", "--recursive"})
# Commands that write where the system has its files, and nowhere else, unless an option or operand names a place.
_ELSEWHERE = frozenset(
    "apt-get apt apk dnf microdnf yum tdnf groupadd useradd addgroup adduser usermod echo true".split()
)
_SAFE_INSTALL = frozenset(
    "-r --requirement --no-cache-dir --upgrade -U -q --quiet --no-deps --disable-pip-version-check".split()
)


@frozen(eq=False)
class RecursiveChown:
    """One `chown -R owner path` of a RUN.

    `copies` are the steps that bring what lies below the path; `folders` those of the path's folders, itself left out,
    that no copy made; `maker` is the RUN that makes the user below the first copy, None where it is there by then.
    `problem` says why the copies cannot give the files to the owner themselves.
    """

    step: Step
    item: RunCommand
    owner: str
    path: str
    copies: tuple[Step, ...]
    folders: tuple[str, ...]
    maker: Step | None
    problem: str | None


def recursive_chowns(model: Image, stage: StageImage) -> Iterator[RecursiveChown]:
    """Those that follow a copy below their path, in a stage that starts from an image."""
    above: list[tuple[str | None, Step]] = []
    for step in stage.steps if stage.base is None else ():
        if step.transfer is not None:
            above.append((step.transfer.destination, step))
        for item in step.commands or ():
            owner, path = _asked(item)
            if owner is None or path is None or is_system_place(path):
                continue
            copies = tuple(one for place, one in above if _below(place, path))
            if copies:
                folders = _made_otherwise(stage, step, item, path)
                maker = _late_maker(stage, owner, copies[0])
                problem = _problem(_Below(model, stage, path), step, item, owner, copies) or _late_problem(
                    stage, owner, maker, copies[0]
                )
                yield RecursiveChown(step, item, owner, path, copies, folders, maker, problem)


def _asked(item: RunCommand) -> tuple[str | None, str | None]:
    """Owner and path of a plain `chown -R owner path`."""
    words = item.command.words
    if item.command.name != "chown" or any(word.value is None or word.expands for word in words):
        return None, None
    options = [word.value for word in words[1:] if (word.value or "").startswith("-")]
    operands = [word.value or "" for word in words[1:] if not (word.value or "").startswith("-")]
    if len(options) != 1 or options[0] not in _RECURSIVE or len(operands) != 2:
        return None, None
    return operands[0], absolute_word(operands[1], item.workdir)


def _below(place: str | None, path: str) -> bool:
    return place is not None and (place == path or place.startswith(f"{path}/"))


@frozen(eq=False)
class _Below:
    """A path of a stage, and what is known of the files that installs read."""

    model: Image
    stage: StageImage
    path: str

    def reads_local(self, item: RunCommand) -> bool:
        """Whether a requirements file of pip names the project itself (`-e .`), where pip would write; or may."""
        names = [word or "" for word in item.program.argv]
        given = [value for option, value in pairwise(names) if option in ("-r", "--requirement")]
        given += [name.partition("=")[2] for name in names if name.startswith("--requirement=")]
        files = context_files(self.model, self.stage)
        paths = [files.get(absolute_word(name, item.workdir) or "") for name in given]
        texts = [self.model.context.text(path) if path is not None else None for path in paths]
        return any(text is None or _is_local(text) for text in texts)


def _is_local(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    return any(line.startswith(("-e", "--editable", "-r", "--requirement", ".", "/", "file:")) for line in lines)


def _problem(below: _Below, step: Step, item: RunCommand, owner: str, copies: tuple[Step, ...]) -> str | None:
    stage, path = below.stage, below.path
    script = script_of(step.instruction) if isinstance(step.instruction, Run) else None
    if script is None or not script.is_and_list or item.command.redirects or not item.command.editable:
        return "the RUN is no plain list of commands"
    if path in stage.initial.folders:
        return f"the base image has files of its own in {path}"
    if owner.endswith(":") or owner.startswith(":"):
        return "the owner is not written out"
    above = stage.steps[: stage.steps.index(step)]
    for one in above:
        place = one.transfer.destination if one.transfer is not None else "/"
        if one.transfer is not None and (place is None or path.startswith(f"{place.rstrip('/')}/")):
            return f"line {one.instruction.start_line} may bring more of {path} from above it"
        if isinstance(one.instruction, Run) and not _leaves_alone(one, one.commands, below):
            return f"line {one.instruction.start_line} may make files below {path}, which would stay root's"
    own = tuple(step.commands or ())
    if not _leaves_alone(step, own[: own.index(item)], below):
        return f"the same RUN may make files below {path}, which would stay root's"
    return next((problem for one in copies if (problem := _of_copy(one, owner))), None)


def _of_copy(step: Step, owner: str) -> str | None:
    assert step.transfer is not None  # it is a copy
    line = step.instruction.start_line
    if step.transfer.owner not in (None, owner):
        return f"line {line} names another owner"
    return f"line {line} has --link, which looks names up where there are none" if step.transfer.is_linked else None


def _leaves_alone(step: Step, commands: tuple[RunCommand, ...] | None, below: _Below) -> bool:
    """Whether commands make no file below a path, folders by `mkdir` aside."""
    path = below.path
    if commands is None:
        return False
    if path not in step.before.folders and not any(path in word.raw for one in commands for word in one.command.words):
        return not any(_below(one.workdir or path, path) for one in commands)
    return all(_is_quiet(one, below) for one in commands)


def _is_quiet(item: RunCommand, below: _Below) -> bool:
    name, argv = item.program.name, item.program.argv
    if None in argv or any(output is None or not output.startswith("/dev/") for output in item.command.outputs):
        return False
    if name == "mkdir":
        return not any(word.expands for word in item.program.words)
    if name == "rm":
        return all((word or "").startswith(("-", "/var/", "/tmp/", "/root/")) for word in argv[1:])
    if name in ("pip", "pip3"):
        words = [word or "" for word in argv[2:]]
        options = [word.partition("=")[0] for word in words if word.startswith("-")]
        local = any(word.startswith((".", "/", "file:")) or "://" in word for word in words)
        return argv[1:2] == ("install",) and set(options) <= _SAFE_INSTALL and not local and not below.reads_local(item)
    return name in _ELSEWHERE or name in ("chmod", "chown")


def _made_otherwise(stage: StageImage, step: Step, item: RunCommand, path: str) -> tuple[str, ...]:
    """The folders below the path that WORKDIR or `mkdir` made, which belong to root."""
    brought = {folder for one in stage.steps if one.transfer for folder in one.after.folders - one.before.folders}
    own = tuple(step.commands or ())
    there = after_run(own[: own.index(item)], step.before.folders)
    return tuple(sorted(folder for folder in there - brought if folder.startswith(f"{path}/")))


def _late_maker(stage: StageImage, owner: str, first: Step) -> Step | None:
    """The RUN below the first copy that makes the user."""
    maker = made_by(stage, owner.partition(":")[0])
    if maker is None or maker not in stage.steps or stage.steps.index(maker) < stage.steps.index(first):
        return None
    return maker


def _late_problem(stage: StageImage, owner: str, maker: Step | None, first: Step) -> str | None:
    """Why the name of the owner cannot be had above the copies, or None."""
    user, _, group = owner.partition(":")
    known = set(stage.facts.existing_users) | {"root", "nobody", "www-data"} if stage.facts is not None else set()
    if maker is None:
        above = made_by(stage, user) is not None or user in known or user.isdigit()
        groups = {name for step in stage.steps[: stage.steps.index(first)] for name in made_groups(step)}
        if not above:
            return f"no line above the copies is known to make {user}"
        is_there = not group or group in (user, *groups) or group in known or group.isdigit()
        return None if is_there else f"no line above the copies is known to make the group {group}"
    if not all(is_account_work(item) for item in maker.commands or ()):
        return f"line {maker.instruction.start_line} makes the user, and does more than that"
    others = [step for step in stage.steps if step is not maker and group in made_groups(step)]
    if any(stage.steps.index(step) > stage.steps.index(first) for step in others):
        return "user and group are made by RUNs of their own"
    own = [absolute_word(word or "~", item.workdir) for item in maker.commands or () for word in item.program.argv[1:]
           if item.program.name in ("chown", "chgrp", "mkdir")]  # fmt: skip
    late = [place for place in own if place and "/" in place[1:] and first.before.workdir is None]
    return f"what {late[0]} is above the copies is not known" if late else None
