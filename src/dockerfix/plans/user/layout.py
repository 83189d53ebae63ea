"""Where the instructions of a new user go: its RUN above the first COPY, what changes hands behind the last, USER."""

from __future__ import annotations

from dockerfix.image.model import StageImage, Step
from dockerfix.plans.user.accounts import Account
from dockerfix.plans.user.ownership import Ownership
from dockerfix.shell import quoted
from dockerfix.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    Instruction,
    Label,
    Run,
    Trivia,
    User,
    Workdir,
    add_flag,
    insert_after,
)
from dockerfix.syntax.paragraphs import insert_block, insert_paragraph
from dockerfix.text import Edit, encode

__all__ = ["UserLayout"]

_WIDTH = 100  # columns up to which a RUN stays on one line
_PASSED = (Workdir, Env, Arg, Label, Expose)  # what may stand between the new user and the first COPY


class UserLayout:
    """The edits of one stage.

    `first` is the copy above which the account is made, None where it is there already or only the end of the stage
    will do; `above` is the step that its RUN is put in front of.
    """

    def __init__(self, stage: StageImage, account: Account, dockerfile: Dockerfile) -> None:
        self.dockerfile = dockerfile
        self.stage = stage
        self.account = account
        self.first = _first_copy(stage) if account.creation else None
        self.above = self._place_of_user(self.first) if self.first is not None else None

    def edits(self, owned: Ownership) -> tuple[Edit, ...]:
        """The user, `--chown`, what changes hands after the copies, USER."""
        edits = [add_flag(copy, f"--chown={self._owner(copy)}") for copy in owned.copies]
        late = [*owned.late]
        if self.first is not None:
            edits.append(self._user_made(self.first, owned))
        else:
            late = [*self.account.creation, *late]
        return (*edits, *self._user_set(late))

    def _owner(self, copy: Copy | Add) -> str:
        """By number where `--link` leaves no /etc/passwd to look a name up in."""
        step = self.stage.step(copy)
        is_linked = step.transfer is not None and step.transfer.is_linked
        return self.account.number if is_linked and self.account.number else self.account.owner

    def _place_of_user(self, first: Step) -> Step:
        """The step above which the user is made: the first COPY, or what introduces it."""
        return self.stage.step(insert_paragraph(self.dockerfile, first.instruction, "", _PASSED)[1])

    def _user_made(self, first: Step, owned: Ownership) -> Edit:
        """The RUN above the first COPY."""
        commands = [*self.account.creation, *self._given(owned)]
        return insert_paragraph(self.dockerfile, first.instruction, self._run(commands), _PASSED)[0]

    def _given(self, owned: Ownership) -> list[str]:
        folders, missing = owned.folders, owned.absent
        parts = ["mkdir -p " + " ".join(map(quoted, missing))] if missing else []
        parts += [f"chown {self.account.owner} " + " ".join(map(quoted, folders))] if folders else []
        line = " && ".join(parts)
        return parts if len(line) > _WIDTH else [line] if line else []

    def _run(self, commands: list[str]) -> str:
        style = self.dockerfile.style
        keyword = style.keyword("RUN")
        line = f"{keyword} {' && '.join(commands)}"
        if len(line) <= _WIDTH:
            return line
        glue = f" \\\n{style.indent}&& " if _leads_with_and(self.dockerfile) else f" && \\\n{style.indent}"
        return f"{keyword} {glue.join(commands)}"

    def _user_set(self, late: list[str]) -> list[Edit]:
        """What changes hands right after the last step that needs root; USER there, or above a later start command."""
        steps = self.stage.stage.instructions
        last = next((i for i in reversed(steps) if isinstance(i, Run | Copy | Add | Workdir)), steps[0])
        run = self._run(late) if late else ""
        user = f"{self.dockerfile.style.keyword('USER')} {self.account.name}"
        given = [insert_after(self.dockerfile, last, run)] if run else []
        root = next((i for i in reversed(steps) if isinstance(i, User)), None)
        if root is not None and root.index > last.index:
            return [*given, Edit(root.arguments.whole, encode(self.account.name))]
        start = next((i for i in steps if isinstance(i, Cmd | Entrypoint) and i.index > last.index), None)
        if start is None:
            return self._user_last(last, steps[-1], run, user)
        edit = insert_block(self.dockerfile, start, user)
        if given and given[0].span == edit.span:
            return [insert_block(self.dockerfile, start, f"{run}\n{user}")]
        return [*given, edit]

    def _user_last(self, last: Instruction, end: Instruction, run: str, user: str) -> list[Edit]:
        """USER as the end of a stage that leaves its start to others; a paragraph where the stage has some."""
        items = self.dockerfile.items
        first = self.stage.stage.instructions[0]
        between = items[items.index(first) : items.index(end)]
        user = f"\n{user}" if any(isinstance(item, Trivia) and not item.text.strip() for item in between) else user
        if end is last:
            return [insert_after(self.dockerfile, last, f"{run}\n{user}" if run else user)]
        return [*([insert_after(self.dockerfile, last, run)] if run else []), insert_after(self.dockerfile, end, user)]


def _first_copy(stage: StageImage) -> Step | None:
    """The first step that a source edit runs again, where root may make a user."""
    for step in stage.steps:
        mounts = [flag.value for flag in step.instruction.flags if flag.name == "mount"]
        if isinstance(step.instruction, Copy | Add) or any("type=bind" in mount for mount in mounts):
            return step if step.before.is_root and step.before.is_posix else None
    return None


def _leads_with_and(dockerfile: Dockerfile) -> bool:
    """Whether the file puts `&&` at the start of a line."""
    spans = [line.content for run in dockerfile.find(Run) for line in run.lines]
    lines = [dockerfile.source[span.start : span.end].strip() for span in spans]
    return sum(line.startswith(b"&&") for line in lines) > sum(line.endswith(b"&&") for line in lines)
