"""Programs that only start another one: `sudo`, `exec`, `env X=1`, `time`, `timeout 60` …"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dockerfix.frozen import frozen
from dockerfix.shell.script import Command
from dockerfix.shell.words import ShellWord

__all__ = ["unwrapped"]

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


@frozen
class _Wrapper:
    """How a program takes the command that it starts.

    `valued` are its options that take the next word as their value, `operands` counts the words of its own in
    front of the command, `assigns` tells that `NAME=value` may stand there, and with one of `lookups` it starts
    nothing (`command -v`).
    """

    valued: frozenset[str] = frozenset()
    operands: int = 0
    assigns: bool = False
    lookups: frozenset[str] = frozenset()


def _valued(options: str, operands: int = 0, *, assigns: bool = False, lookups: str = "") -> _Wrapper:
    return _Wrapper(frozenset(options.split()), operands, assigns, frozenset(lookups.split()))


_SUDO = "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --chroot --role --type --close-from"
_WRAPPERS: dict[str, _Wrapper] = {
    "sudo": _valued(_SUDO, assigns=True, lookups="-l --list -v --validate -e --edit -K"),
    "doas": _valued("-u -C"),
    "exec": _valued("-a"),
    "command": _valued("", lookups="-v -V"),
    "time": _valued("-f -o --format --output"),
    "timeout": _valued("-s -k --signal --kill-after", 1),
    "nice": _valued("-n --adjustment"),
    "ionice": _valued("-c -n --class --classdata", lookups="-p --pid"),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "stdbuf": _valued("-i -o -e --input --output --error"),
    "unbuffer": _Wrapper(),
    "chronic": _Wrapper(),
    "env": _valued("-u -C --unset --chdir", assigns=True, lookups="-S --split-string"),
    "gosu": _Wrapper(operands=1),
    "su-exec": _Wrapper(operands=1),
    "tini": _valued("-p -e"),
    "dumb-init": _valued("-r --rewrite"),
    "catatonit": _Wrapper(),
    "eatmydata": _Wrapper(),
    "setarch": _Wrapper(operands=1),
}


def unwrapped(command: Command, is_other: Callable[[Command], bool] = lambda _: False) -> Command:
    """The command without the wrappers in front of it; itself where there are none.

    A wrapper whose words cannot be told apart (`env -S`, an unknown variable), or that starts nothing here
    (`command -v pip`), is left in place.

    Args:
        is_other: whether what a command starts only has the name of a wrapper, and is left in place too.
    """
    while (name := command.name) in _WRAPPERS and not is_other(command):
        count = _own_words(_WRAPPERS[name], command.words)
        if count is None or count >= len(command.words):
            return command
        command = command.without_first(count)
    return command


def _own_words(wrapper: _Wrapper, words: Sequence[ShellWord]) -> int | None:
    """How many words are the wrapper's own; None where that is unknown or it starts nothing."""
    at = _behind_options(wrapper, words)
    if at is None:
        return None
    at += wrapper.operands
    while wrapper.assigns and at < len(words) and _ASSIGNMENT.match(words[at].raw):
        at += 1
    return at


def _behind_options(wrapper: _Wrapper, words: Sequence[ShellWord]) -> int | None:
    at = 1
    while at < len(words):
        value = words[at].value
        if wrapper.assigns and (value == "-" or _ASSIGNMENT.match(words[at].raw)):
            at += 1
        elif value is None or _is_one_of(value, wrapper.lookups):
            return None
        elif value == "--":
            return at + 1
        elif value.startswith("-") and value != "-":
            at += 2 if value in wrapper.valued or _bundle_takes_value(value, wrapper.valued) else 1
        else:
            return at
    return at


def _is_one_of(value: str, options: frozenset[str]) -> bool:
    """Whether a word is one of the options, its value glued on or not (`-S'a b'`, `--split-string=a`)."""
    return any(value == o or value.startswith(o + "=" if o.startswith("--") else o) for o in options)


def _bundle_takes_value(value: str, valued: frozenset[str]) -> bool:
    """Whether short options in one word (`-Hu`) end in one that takes the next word."""
    if value.startswith("--") or len(value) < 3:
        return False
    first = next((n for n, letter in enumerate(value[1:], 1) if f"-{letter}" in valued), None)
    return first == len(value) - 1
