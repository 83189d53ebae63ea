"""Command lines of the default command that leave nothing to ask: read here, without loading typer.

typer, with the pydantic that it checks values with, takes as long to load as half of dockerfix. Whatever is not plainly
said (`--help`, an abbreviation, two letters behind one dash, an option that does not exist or that is there twice) is
left to it, so that there is one voice for what is wrong. A test holds the two against each other.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dockerfix.cli.options import STDIN, Format, Options, mode_of, names

__all__ = ["FLAGS", "VALUES", "plainly_said"]

FLAGS = {
    **{
        f"--{name}": name for name in ("check", "diff", "write", "interactive", "watch", "verified", "strict", "online")
    },
    **{f"--{name}": name for name in ("statistics", "quiet", "verbose")},
    "--add-ignore": "add_ignore",
    "--exit-zero": "exit_zero",
    "--force-exclude": "force_exclude",
    "--no-cache": "no_cache",
    "--no-color": "no_color",
    "--unsafe-fixes": "unsafe_fixes",
    "-i": "interactive",
    "-q": "quiet",
    "-v": "verbose",
}
VALUES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "--select": ("select", lambda value: names([value])),
    "--ignore": ("ignore", lambda value: names([value])),
    "--context": ("context", Path),
    "--python": ("python", str),
    "--config": ("config", Path),
    "--stdin-filename": ("stdin_name", str),
    "--format": ("format", Format),
    "--jobs": ("jobs", lambda value: _count(value)),
    "-j": ("jobs", lambda value: _count(value)),
}


def plainly_said(words: list[str]) -> tuple[Callable[[], Options], bool] | None:
    """What makes the options, and whether there are to be no colours; None where typer has to look at the words."""
    if any(name.startswith("_DOCKERFIX") for name in os.environ):  # a shell asks for completions
        return None
    try:
        said = _read(words)
    except ValueError:
        return None
    no_color = bool(said.pop("no_color", False))

    def options() -> Options:
        modes = {name: bool(said.pop(name, False)) for name in ("check", "diff", "write")}
        return Options(mode=mode_of(**modes), **said)

    return options, no_color


def _read(words: list[str]) -> dict[str, Any]:
    """The fields of the options.

    Raises:
        ValueError: something is not plainly said.
    """
    said: dict[str, Any] = {}
    paths: list[str] = []
    waiting = iter(words)
    for word in waiting:
        if word == STDIN or not word.startswith("-"):
            paths.append(word)
        elif word in FLAGS:
            said[FLAGS[word]] = True
        else:
            option, equals, value = word.partition("=")
            name, read = VALUES.get(option, ("", str))
            value = value if equals else next(waiting, "")
            if not name or name in said or not value or value.startswith("-") or (equals and option == "-j"):
                raise ValueError(word)
            said[name] = read(value)
    return {**said, "paths": tuple(paths or ["."])}


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value)):
        raise ValueError(value)
    return int(value)
