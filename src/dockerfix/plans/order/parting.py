"""A RUN that installs dependencies and needs the source, parted in two: what can go above the source, and the rest."""

from __future__ import annotations

from collections.abc import Sequence

from dockerfix.frozen import frozen
from dockerfix.image.commands import script_of
from dockerfix.image.model import Step
from dockerfix.programs.installers.contract import Split
from dockerfix.shell import Command, Script, insert_words
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit, apply_edits, decode

__all__ = ["Parting", "parted", "parted_by"]

# What it says holds for the commands behind it, in the same shell only; `set` changes nothing in a list of `&&`.
_STATE = frozenset("cd pushd popd export . source alias eval umask ulimit shopt trap exec unset".split())
_REMOVES = {
    "rm": (),
    "apk": ("del",),
    "apt-get": ("purge", "remove", "autoremove", "clean"),
    "apt": ("purge", "remove", "autoremove", "clean"),
    "yum": ("clean", "remove", "erase"),
    "dnf": ("clean", "remove", "erase"),
    "npm": ("prune", "cache", "uninstall"),
    "yarn": ("cache",),
    "pnpm": ("prune", "store"),
    "pip": ("cache", "uninstall"),
    # What they change of files in a layer below is stored once more.
    **dict.fromkeys(("chown", "chmod", "chgrp"), ("-R", "--recursive")),
    "find": ("-delete", "-exec"),
    "strip": (),
}


@frozen
class Parting:
    """The two instructions that a RUN becomes, as text with `\\n`, without the last one.

    `count` is the number of commands that the first one runs, as they are or in another form. `doubt` says why it may
    not do what is hoped for; `by_person` that only a person can tell whether it is wanted.
    """

    first: str
    second: str
    count: int
    doubt: str = ""
    by_person: bool = False


def parted(dockerfile: Dockerfile, step: Step, number: int) -> Parting | str:
    """A RUN cut in front of a command; why it cannot be, where it cannot.

    Args:
        number: the command that needs the source, 1 or more.
    """
    commands = _list_of(step)
    if isinstance(commands, str):
        return commands
    reason = _remarks(step, commands) or _bound(commands[:number]) or _tidies(commands[number:])
    if reason is not None:
        return reason
    run = _Text(dockerfile, step, commands)
    return Parting(run.of(0, number), run.of(number, len(commands)), number)


def parted_by(dockerfile: Dockerfile, step: Step, split: Split, at: int, need: int | None) -> Parting | str:
    """A RUN with the dependencies installed by a command of their own; why it cannot be, where it cannot.

    Args:
        at: the command that `split` parts.
        need: the next command behind it that needs the source; None where none does.
    """
    commands = _list_of(step)
    if isinstance(commands, str):
        return commands
    end = need if need is not None else len(commands)
    behind = commands[at + 1 :] if split.instead else commands[end:]
    reason = _remarks(step, commands) or _bound(commands[:at]) or _tidies(behind)
    if reason is not None:
        return reason
    run = _Text(dockerfile, step, commands)
    halves = run.with_another(split.instead, at) if split.instead else run.with_options(split, at, end)
    if halves is None:
        return "the command cannot be edited where it stands"
    return Parting(*halves, at + 1 if split.instead else end, split.doubt, split.by_person)


def _list_of(step: Step) -> Sequence[Command] | str:
    """The commands of a RUN that is a list of `&&`; why it is none that can be parted."""
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    if script is None or run.heredocs or not (script.is_and_list or _is_one_command(script)):
        return "its RUN is not a plain list of commands"
    if script.comments or any(command.is_nested or command.redirects for command in script.commands):
        return "its RUN holds redirections or a shell of its own"
    return script.commands


def _is_one_command(script: Script) -> bool:
    """Whether a text is one command with a `;` behind it."""
    return (
        script.readable and len(script.commands) == 1 and not script.commands[0].within and script.operators == (";",)
    )


def _remarks(step: Step, commands: Sequence[Command]) -> str | None:
    """Why comments would be lost; a single command is written twice, with its own."""
    return "its RUN holds comments" if len(commands) > 1 and step.instruction.comments else None


def _bound(commands: Sequence[Command]) -> str | None:
    """Why the commands behind these cannot run in another RUN."""
    for command in commands:
        if not command.words or command.name in _STATE or command.name is None:
            return f"{command.name or 'a variable'} in the same RUN holds for what follows it"
    return None


def _tidies(commands: Sequence[Command]) -> str | None:
    """Why the commands in front of these would leave something behind in their layer."""
    for command in commands:
        verbs = _REMOVES.get((command.name or "").rstrip("0123456789."))
        if verbs is not None and (not verbs or any(word in verbs for word in command.argv[1:])):
            return f"{command.name} tidies up in the same RUN"
    return None


class _Text:
    """The text of a RUN and of its commands."""

    def __init__(self, dockerfile: Dockerfile, step: Step, commands: Sequence[Command]) -> None:
        self.source = dockerfile.source
        self.run = step.instruction
        self.commands = commands

    @property
    def whole(self) -> str:
        """The instruction as it stands."""
        return self._text(self.run.span.start, self.run.span.end)

    @property
    def head(self) -> str:
        """The keyword and the flags, with the blanks behind them."""
        return self._text(self.run.span.start, self.commands[0].span.start)

    def text(self, start: int, end: int) -> str:
        """The commands with these numbers."""
        return self._text(self.commands[start].span.start, self.commands[end - 1].span.end)

    def of(self, start: int, end: int) -> str:
        """An instruction with some of the commands."""
        return self.head + self.text(start, end)

    def with_another(self, instead: str, at: int) -> tuple[str, str]:
        """What stands in front of a command and another one instead of it; then the command and what follows."""
        if not at:
            return self.head + instead, self.whole
        start, stop = self.run.span.start, self.commands[at].span.start
        return self._text(start, stop) + instead, self.of(at, len(self.commands))

    def with_options(self, split: Split, at: int, end: int) -> tuple[str, str] | None:
        """The commands up to `end`, one with the options of a split; then that one again, and those from `end` on."""
        behind = split.behind
        edit = insert_words(self.commands[at], behind, split.options) if behind is not None else None
        if edit is None:
            return None
        start, stop = self.run.span.start, self.commands[end - 1].span.end
        moved = Edit.insert(edit.span.start - start, edit.text)
        first = decode(apply_edits(self.source[start:stop], [moved])).replace("\r\n", "\n")
        return first, self._again(at, end)

    def _again(self, at: int, end: int) -> str:
        """A command as it is, and those from `end` on."""
        count = len(self.commands)
        if count == 1:
            return self.whole
        if end == at + 1 and end < count:
            return self.of(at, count)
        return self.of(at, at + 1) + (f" && {self.text(end, count)}" if end < count else "")

    def _text(self, start: int, end: int) -> str:
        return decode(self.source[start:end]).replace("\r\n", "\n")
