"""Whether what a repair adds can run: each user, path and program in it is there at its step, by the image model."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.errors import GateError
from dockerfix.frozen import frozen
from dockerfix.image import Image, StageImage, Step
from dockerfix.image.account_work import owner_change
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import brought_files
from dockerfix.image.made_folders import after_run
from dockerfix.image.made_users import made_groups, users_made
from dockerfix.image.state import folders_above
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import User

__all__ = ["check_added"]

# Users and groups that each distribution has. Source: base-passwd (Debian), alpine-baselayout, setup (Fedora).
_EVERYWHERE = frozenset(
    "root daemon bin sys sync games man lp mail news uucp nobody nogroup users www-data adm".split()
)
_MAKERS = frozenset({"useradd", "groupadd", "adduser", "addgroup"})


def check_added(before: Image, after: Image) -> None:
    """Nothing, when what is new can run.

    Only what is known counts: a user of an unknown base image may be there. What stood there before is left to those
    who wrote it.

    Raises:
        GateError: something new would stop the build, or leave root's files behind; the message says what.
    """
    old = frozenset(_said(before))
    for stage in after.stages:
        for step in stage.steps:
            for problem in _problems(_At(after, stage, step), old):
                raise GateError(f"line {step.instruction.start_line} would not work: {problem}")


def _said(model: Image) -> Iterator[tuple[str | None, ...]]:
    """What a file says of users already: its commands, and the names after USER and `--chown`."""
    for stage in model.stages:
        for step in stage.steps:
            yield from (item.program.argv for item in step.commands or ())
            if isinstance(step.instruction, User):
                yield "USER", step.after.user
            if step.transfer is not None and step.transfer.owner is not None:
                yield "--chown", step.transfer.owner


@frozen
class _At:
    model: Image
    stage: StageImage
    step: Step

    def steps(self) -> Iterator[Step]:
        """The steps up to this one, itself included."""
        for step in self.stage.all_steps:
            yield step
            if step is self.step:
                return

    def lacks_user(self, name: str) -> bool:
        """Whether a user is known to be missing here."""
        facts = self.stage.facts
        if not name or name.isdigit() or name in _EVERYWHERE or facts is None or name in facts.existing_users:
            return False
        above = [*self.steps()]
        return not any(user.name == name and user.step in above for user in users_made(self.stage))

    def lacks_group(self, name: str) -> bool:
        facts = self.stage.facts
        if not name or name.isdigit() or name in _EVERYWHERE or facts is None or name in facts.existing_users:
            return False
        above = [*self.steps()]
        own = (user for user in users_made(self.stage) if user.step in above and user.has_group)
        return name not in {user.name for user in own} | {group for step in above for group in made_groups(step)}

    def lacks_path(self, path: str, number: int) -> bool:
        """Whether nothing is known to stand at a path when a command of this RUN runs."""
        commands = self.step.commands or ()
        if path in after_run(commands[:number], self.step.before.folders):
            return False
        placed = {place for step in self.steps() for place in brought_files(self.model, step)}
        if path in placed or any(path in folders_above(place) for place in placed):
            return False
        items = (item for step in self.steps() for item in step.commands or () if item.program.name == "touch")
        return not any(
            path == absolute_word(value or "~", item.workdir) for item in items for value in item.program.argv
        )


def _problems(at: _At, old: frozenset[tuple[str | None, ...]]) -> Iterator[str]:
    step = at.step
    if isinstance(step.instruction, User) and ("USER", step.after.user) not in old:
        yield from _of_owner(at, step.after.user or "")
    item = step.transfer
    if item is not None and item.owner is not None and ("--chown", item.owner) not in old:
        if item.is_linked and not item.owner.replace(":", "").isdigit():
            yield "--link looks the name of a user up where there is none"
        yield from _of_owner(at, item.owner)
    for number, command in enumerate(step.commands or ()):
        if command.program.argv not in old:
            yield from _of_command(at, command, number)


def _of_owner(at: _At, owner: str) -> Iterator[str]:
    if "$" in owner:
        return
    user, _, group = owner.partition(":")
    if at.lacks_user(user):
        yield f"no line above it makes the user {user}"
    elif at.lacks_group(group):
        yield f"no line above it makes the group {group}"


def _of_command(at: _At, command: RunCommand, number: int) -> Iterator[str]:
    name, facts = command.program.name, at.stage.facts
    if name in _MAKERS and facts is not None and facts.user_commands and name not in facts.user_commands:
        yield f"the base image has no {name}"
    changed = owner_change(command.program.argv) if name in ("chown", "find") else None
    if changed is None or command.command.within:
        return
    owner, paths = changed
    yield from _of_owner(at, owner or "")
    for path in paths:
        place = absolute_word(path, command.workdir) if path is not None else None
        if place is not None and not any(char in place for char in "*?[") and at.lacks_path(place, number):
            yield f"nothing is known to stand at {place} by then"
