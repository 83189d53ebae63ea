"""What the container starts: ENTRYPOINT × CMD × SHELL, and which program becomes process 1."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.shell import Command, Script, parse_script, runner, unwrapped
from dockerfix.shell.nested import script_place
from dockerfix.text import MappedText, Span, encode

__all__ = ["Process1", "StartCommand", "process_1", "shell_text"]

# What /bin/sh is. Measured: on Debian 12 and 13 dash waits for the last command of `sh -c`, busybox 1.35 becomes it;
# bash 5.2 becomes a lone command, and a last one only from 5.1 on.
_DEFAULT_SHELLS = {
    "debian": "dash",
    "ubuntu": "dash",
    "alpine": "ash",
    "busybox": "ash",
    "rhel": "bash",
    "amazon": "bash",
    "azurelinux": "bash",
    "suse": "bash",
    "archlinux": "bash",
}
_IN_ORDER = {"&&", ";", "\n"}
_OF_THE_SHELL = frozenset("cd echo exit export false printf read return set test trap true umask wait [ : .".split())


@frozen
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


@frozen
class Process1:
    """`program` is what serves; `waits_behind_shell` tells that a shell, named `shell`, stays process 1 above it."""

    program: str
    waits_behind_shell: bool
    shell: str = "sh"

    def __str__(self) -> str:
        return self.shell if self.waits_behind_shell else self.program


def shell_text(argv: tuple[str, ...]) -> str | None:
    """The script of `sh -c SCRIPT`, options in front allowed; None when the argv is something else."""
    if not argv or _base_name(argv[0]) not in POSIX_SHELLS:
        return None
    place = script_place(argv)
    return (argv[place] or None) if isinstance(place, int) else None


def process_1(argv: tuple[str, ...] | None, distribution: str | None = None) -> Process1 | None:
    """The program that an argv leaves as process 1; None when that cannot be told.

    Args:
        distribution: of the image ("debian", "alpine", …), which decides what `sh` is; None when it is unknown.
    """
    if not argv:
        return None
    name = _base_name(argv[0])
    text = shell_text(argv)
    if text is None:
        hands_over = _hands_over(name) or name in POSIX_SHELLS or name.endswith(".sh") or "entrypoint" in name
        return None if hands_over or not name else Process1(name, False)
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    shell = _DEFAULT_SHELLS.get(distribution or "") if name == "sh" else name
    return _of_script(script, shell, name)


def _of_script(script: Script, shell: str | None, name: str) -> Process1 | None:
    commands = script.own_commands
    if not commands or any(command.name == "exec" for command in commands[:-1]):
        return None
    last = commands[-1]
    program = unwrapped(last)
    if program.name is None or script.operators[-1:] == ("&",):
        return None
    in_order = not last.within and all(operator in _IN_ORDER for operator in script.operators)
    if last.name == "exec":
        return Process1(program.name, False) if in_order and len(last.words) > 1 else None
    if shell == "dash":
        return Process1(program.name, True, name)
    if program.name in _OF_THE_SHELL or any(command.name == "trap" for command in commands) or not in_order:
        return None
    becomes = shell == "ash" or (shell == "bash" and _is_alone(script, last))
    return Process1(program.name, False) if becomes and not _hands_over(program.name) else None


def _hands_over(name: str) -> bool:
    """Whether a program becomes the one that it starts, so that process 1 is another one than the first word says."""
    found = runner(name)
    return found is not None and found.becomes


def _is_alone(script: Script, command: Command) -> bool:
    return script.is_simple and not command.redirects


def _base_name(word: str) -> str:
    return word.rsplit("/", 1)[-1]
