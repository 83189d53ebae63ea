"""`dockerfix debug tree FILE`: how dockerfix reads a file."""

from __future__ import annotations

from typing import Annotated

import typer

from dockerfix.cli.guard import guarded

__all__ = ["app"]

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help="Look inside dockerfix."
)


@app.callback()
def debug() -> None:
    """Look inside dockerfix."""


@app.command()
def tree(file: Annotated[str, typer.Argument(metavar="FILE", help="A Dockerfile, or - for standard input.")]) -> None:
    """Print the parsed tree of a file: each item with its bytes (start-end) and lines."""
    raise typer.Exit(guarded(lambda: _tree(file), no_color=False))


def _tree(name: str) -> int:
    import sys
    from pathlib import Path

    from dockerfix.api import read_dockerfile
    from dockerfix.cli.terminal import Terminal
    from dockerfix.errors import FileError
    from dockerfix.report.tree import tree_text
    from dockerfix.syntax import parse

    try:
        source = sys.stdin.buffer.read() if name == "-" else read_dockerfile(Path(name))
    except FileError as error:
        raise FileError(f"{name}: {error}") from None
    Terminal().write_text(tree_text(parse(source)))
    return 0
