"""The command line: `dockerfix [PATH…]`, `dockerfix rule [ID]` and the other commands."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

__all__ = ["COMMANDS", "DEFAULT", "main"]

COMMANDS = {
    "rule": "dockerfix.cli.rule",
    "completion": "dockerfix.cli.completion",
    "debug": "dockerfix.cli.debug",
    "fleet": "dockerfix.cli.fleet.command",
    "init": "dockerfix.cli.setup.command",
    "lsp": "dockerfix.cli.editor.command",
    "pr": "dockerfix.cli.forge.pr",
    "review": "dockerfix.cli.forge.review",
    "serve": "dockerfix.cli.playground.command",
    "verify": "dockerfix.cli.verify.command",
}
DEFAULT = "dockerfix.cli.repair.command"
_INTERRUPTED = 130  # 128 + SIGINT, as shells count
_GARBAGE_AFTER = 50_000  # new objects; Python's 700 look through fresh modules a hundred times for one file


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code.

    The first word chooses the command; any other word is an option or a path of the default one. A file that is
    named like a command is reached as `./rule`.

    Args:
        arguments: the words behind the program's name; None for those of this process.
    """
    gc.set_threshold(_GARBAGE_AFTER)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.exit(_done(words))
    except KeyboardInterrupt:  # before the command could take care of it, or a second one while it did
        sys.stderr.write("error: interrupted\n")
        sys.exit(_INTERRUPTED)


def _done(words: list[str]) -> int:
    if words and words[0] not in COMMANDS and not words[0].startswith("-"):
        from dockerfix.cli.meant import meant

        found = meant(words, COMMANDS)
        if isinstance(found, str):
            sys.stderr.write(f"error: {found}\n")
            return 2
        words = found
    if not words or words[0] not in COMMANDS:
        code = _plain(words)
        if code is not None:
            return code
    name = words.pop(0) if words and words[0] in COMMANDS else ""
    command = import_module(COMMANDS.get(name, DEFAULT))
    from dockerfix.cli.calling import call

    return call(command.app, words, f"dockerfix {name}".strip())


def _plain(words: list[str]) -> int | None:
    """The exit code of the default command where an answer is kept, or no parser is needed; None for other words."""
    from dockerfix.cli.answers import kept_answer, run_kept

    try:
        code = kept_answer(words)
    except BrokenPipeError:
        from dockerfix.cli.guard import closed_pipe

        return closed_pipe()
    if code is not None:
        return code
    from dockerfix.cli.repair.plain_words import plainly_said

    plain = plainly_said(words)
    if plain is None:
        return None
    from dockerfix.cli.repair.perform import perform

    options, no_color = plain
    return run_kept(words, lambda written: perform(options, no_color=no_color, written=written))
