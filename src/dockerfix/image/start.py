"""What the container starts: ENTRYPOINT × CMD × SHELL, and which program becomes process 1."""

from __future__ import annotations

from dataclasses import dataclass

from dockerfix.image.state import POSIX_SHELLS
from dockerfix.shell import Command, parse_script, unwrapped
from dockerfix.text import MappedText, Span, encode

__all__ = ["Process1", "StartCommand", "process_1", "shell_text"]


@dataclass(frozen=True, slots=True)
class StartCommand:
    """Entrypoint and command as `docker inspect` shows them; None for what the base image decides unseen."""

    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None

    @property
    def argv(self) -> tuple[str, ...] | None:
        """The whole argument list of the container's first process; None when it is unknown."""
        if self.entrypoint is None or self.cmd is None:
            return None
        return self.entrypoint + self.cmd


@dataclass(frozen=True, slots=True)
class Process1:
    """`program` is what serves; `waits_behind_shell` tells that a shell stays process 1 above it."""

    program: str
    waits_behind_shell: bool

    def __str__(self) -> str:
        return "sh" if self.waits_behind_shell else self.program


def shell_text(argv: tuple[str, ...]) -> str | None:
    """The script of `sh -c SCRIPT`; None when the argv is something else."""
    if len(argv) >= 3 and argv[0].rsplit("/", 1)[-1] in POSIX_SHELLS and argv[1] in ("-c", "-lc", "-ec", "-euc"):
        return argv[2]
    return None


def process_1(argv: tuple[str, ...] | None) -> Process1 | None:
    """The program behind an argv; None when that cannot be told."""
    if not argv:
        return None
    text = shell_text(argv)
    if text is None:
        return Process1(argv[0].rsplit("/", 1)[-1], False)
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    if not script.readable or not script.commands:
        return None
    last = script.commands[-1]
    program = unwrapped(last)
    if program.name is None:
        return None
    return Process1(program.name, not _replaces_shell(last))


def _replaces_shell(command: Command) -> bool:
    return command.name == "exec" and not command.within
