"""Programs that only start another one: `sudo`, `exec`, `env X=1`, `time`, `nice` …"""

from __future__ import annotations

from dockerfix.shell.script import Command

__all__ = ["unwrapped"]

# Options of each wrapper that take a value as the next word.
_WRAPPERS: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-r", "-t", "--user", "--group"}),
    "exec": frozenset({"-a"}),
    "command": frozenset(),
    "time": frozenset({"-f", "-o"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "nohup": frozenset(),
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "eatmydata": frozenset(),
    "setarch": frozenset(),
}


def unwrapped(command: Command) -> Command:
    """The command without the wrappers in front of it; itself where there are none.

    A wrapper with options that cannot be read (`env -S`) is left in place.
    """
    while command.name in _WRAPPERS:
        count = _wrapper_words(command)
        if count is None or count >= len(command.words):
            return command
        command = command.without_first(count)
    return command


def _wrapper_words(command: Command) -> int | None:
    name = command.name or ""
    takes_value = _WRAPPERS[name]
    at = 1
    while at < len(command.words):
        value = command.words[at].value
        if value is None or value.startswith(("-S", "--split-string")):
            return None
        if value in takes_value:
            at += 2
        elif value == "--":
            return at + 1
        elif value.startswith("-") or (name in ("env", "sudo") and "=" in value.partition("/")[0]):
            at += 1
        else:
            return at
    return None
