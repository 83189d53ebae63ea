"""Calls of npm, read: the verb, and whether it fetches packages."""

from __future__ import annotations

from dockerfix.image.commands import RunCommand
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.javascript.npm import FROM_LOCK, VALUED
from dockerfix.shell import Command

__all__ = ["INSTALLS", "fetches", "npm_call", "replaces_npm"]

# The verbs, with every alias. Source: npm 11.19, lib/utils/cmd-list.js; npm takes `in`, `ins` … for `install`.
INSTALLS = frozenset("install i in ins inst insta instal isnt isnta isntal isntall add".split())
_FETCH = (
    FROM_LOCK
    | INSTALLS
    | frozenset("update up upgrade udpate install-test it install-ci-test cit clean-install-test sit".split())
    | frozenset("dedupe ddp find-dupes".split())
)


def npm_call(command: Command) -> Arguments | None:
    """The words behind `npm`; None for another program, and without a verb."""
    if command.name != "npm":
        return None
    given = arguments(command.words[1:], VALUED)
    return given if given.verb is not None else None


def fetches(item: RunCommand) -> bool:
    """Whether a command fetches packages with npm, which keeps what it fetched."""
    given = npm_call(item.program)
    return given is not None and given.verb in _FETCH and not given.has("--dry-run", "--package-lock-only")


def replaces_npm(item: RunCommand) -> bool:
    """`npm install -g npm@…`: what `npm` is behind it is another program."""
    given = npm_call(item.program)
    if given is None or not given.has("-g", "--global"):
        return False
    return any(word is None or word.partition("@")[0] == "npm" for word in given.operands[1:])
