"""`dockerfix lsp`: a language server on standard input and output."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from dockerfix.cli.guard import guarded
from dockerfix.errors import UsageError

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """An editor starts it; docs/editors.md says how."""


@app.command(epilog=_EPILOG)
def lsp(
    stdio: Annotated[bool, typer.Option("--stdio", help="Accepted, as some editors add it; changes nothing.")] = False,
) -> None:
    """Show findings and repairs in an editor: a language server on standard input and output."""
    raise typer.Exit(guarded(_serve, no_color=False))


def _serve() -> int:
    from dockerfix.extras import install_line

    try:
        import pygls  # noqa: F401
    except ImportError:
        raise UsageError(f"the language server needs pygls: {install_line('lsp')}") from None
    if sys.stdin.isatty():
        raise UsageError("an editor starts `dockerfix lsp` and talks to it on standard input; see docs/editors.md")
    from dockerfix.cli.editor.server import serve

    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # No other process, and nothing that prints, may reach what belongs to the editor.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    serve(stdin, stdout)
    return 0
