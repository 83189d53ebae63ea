"""Calls of Yarn, read: whether it fetches packages, and where it keeps them."""

from __future__ import annotations

from dockerfix.image.commands import RunCommand
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.shell import Command

__all__ = ["yarn_call", "yarn_fetches"]

_VALUED = frozenset("--cwd --registry --network-timeout --modules-folder --cache-folder --mutex".split())
_FETCH = frozenset({None, "install", "add", "upgrade", "upgrade-interactive", "import"})


def yarn_call(command: Command) -> Arguments | None:
    """The words behind `yarn`; None for another program."""
    return arguments(command.words[1:], _VALUED) if command.name in ("yarn", "yarnpkg") else None


def yarn_fetches(item: RunCommand) -> bool:
    """Whether a command fetches packages with Yarn, which keeps what it fetched."""
    given = yarn_call(item.program)
    if given is None or given.has("--version", "-v", "--help", "-h"):
        return False
    return given.verb in _FETCH or given.operands[:2] == ("global", "add")
