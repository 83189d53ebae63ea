"""`apt-get install` in its spellings, read into what it takes."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.shell.script import Command
from dockerfix.shell.words import ShellWord

__all__ = ["AptCommand", "apt_command"]

_PROGRAMS = frozenset({"apt-get", "apt"})
# Options that take the next word as their value. Source: apt-get(8), apt(8).
_VALUED = frozenset({"-o", "--option", "-c", "--config-file", "-t", "--target-release", "--default-release", "-a",
                     "--host-architecture", "-P", "--build-profiles", "-S", "--snapshot"})  # fmt: skip
_NO_RECOMMENDS = "--no-install-recommends"
_SETTING = "install-recommends"


@frozen(eq=False)
class AptCommand:
    """A call of apt-get or apt; `packages` are the words behind its verb that are no options."""

    command: Command
    verb_word: ShellWord
    options: tuple[ShellWord, ...]
    packages: tuple[ShellWord, ...]

    @property
    def verb(self) -> str:
        """`install`, `update`, `purge` …"""
        return self.verb_word.value or ""

    @property
    def names(self) -> tuple[str | None, ...]:
        """The packages without version and architecture; None where one is known only at run time, or a pattern."""
        return tuple(_name(word) for word in self.packages)

    @property
    def recommends(self) -> bool | None:
        """Whether recommended packages come along: True where no option says otherwise, None where one is unclear."""
        said = True if not any(word.value is None for word in self.options) else None
        for word in self.options:
            text = (word.value or "").lower()
            if text == _NO_RECOMMENDS:
                return False
            if _SETTING in text:
                return False if text.endswith(("=false", "=0", "=no")) else None
        return said


def apt_command(command: Command) -> AptCommand | None:
    """What a command asks of apt; None where it is no call of apt. Wrappers (`sudo`) should have been taken off."""
    if command.name not in _PROGRAMS:
        return None
    options: list[ShellWord] = []
    others: list[ShellWord] = []
    is_value = False
    for word in command.words[1:]:
        value = word.value or ""
        if is_value or value.startswith("-"):
            options.append(word)
            is_value = not is_value and value in _VALUED
        else:
            others.append(word)
    if not others or others[0].value is None:
        return None
    return AptCommand(command, others[0], tuple(options), tuple(others[1:]))


def _name(word: ShellWord) -> str | None:
    if word.value is None or word.expands or word.value.endswith(("-", "^")) or "/" in word.value:
        return None
    return word.value.partition("=")[0].partition(":")[0]
