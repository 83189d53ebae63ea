"""Where `exec` may stand in a script, so that its last program takes the place of the shell."""

from __future__ import annotations

from dockerfix.regexes import regex
from dockerfix.shell.script import Command, Script

__all__ = ["handed_over", "is_builtin", "why_not_handed_over"]

_BUILTINS = frozenset(
    ". : [ alias bg break cd command continue echo eval exec exit export false fg getopts hash jobs kill local printf "
    "pwd read readonly return set shift source test times trap true type ulimit umask unalias unset wait".split()
)
_PROGRAMS_TOO = frozenset("[ echo false kill printf pwd test true".split())
_SUBSTITUTIONS = frozenset({"command_substitution", "process_substitution"})
_IN_ORDER = frozenset({"&&", "||", ";", "\n"})
# What a shell keeps for itself once it has read on: code for later, and names of its own.
_STAYS_FOR = frozenset({"trap", "alias"})
_FUNCTION = regex(rb"[\w.-]+\s*\(\s*\)|\bfunction\s")


def is_builtin(name: str) -> bool:
    """Whether a name is part of the shell and no program: what it does ends with the shell."""
    return name in _BUILTINS - _PROGRAMS_TOO


def handed_over(script: Script) -> Command | None:
    """The command that `exec` may stand before, nothing else changed; None where there is none.

    It is the last one, it stands by itself, and what runs before it may be a list, a loop or a condition: it runs as
    before. Commands in a substitution run before the command whose words they are.
    """
    return None if why_not_handed_over(script) is not None else _last(script)


def why_not_handed_over(script: Script) -> str | None:
    """Why the shell has to stay, in words for people; None where it has not."""
    last = _last(script)
    if not script.readable or last is None:
        return "the command cannot be read with certainty"
    if "&" in script.operators:
        return "work in the background needs a process manager; a person must decide"
    if "pipeline" in last.within:
        return "a pipe needs a shell; start the program itself and leave the rest to the log driver"
    if _is_held(script, last):
        return "only a shell can run this; a script with `exec` at its end would make the program process 1"
    return None


def _is_held(script: Script, last: Command) -> bool:
    before = [command for command in script.own_commands if command is not last]
    if last.within or last.operator == "||":
        return True
    if not set(script.operators) <= _IN_ORDER | {"|", "|&"}:
        return True
    return any(c.name in _STAYS_FOR or c.name == "exec" for c in before) or bool(_FUNCTION.search(script.source.raw))


def _last(script: Script) -> Command | None:
    outer = [command for command in script.own_commands if not _SUBSTITUTIONS & set(command.within)]
    return outer[-1] if outer else None
