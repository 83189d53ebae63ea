"""`dockerfix serve`: a page on this machine to paste a Dockerfile into, or to drop a folder on."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

from dockerfix.cli.guard import guarded
from dockerfix.errors import UsageError

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """Only this machine can reach the page. Nothing is kept, and nothing is sent on."""
_NEEDED = ("starlette", "uvicorn", "jinja2")


@app.command(epilog=_EPILOG)
def serve(
    port: Annotated[int, typer.Option("--port", metavar="N", help="The port; 0 takes a free one.")] = 8765,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Try dockerfix on a page in your browser: paste a Dockerfile, or drop a folder."""
    raise typer.Exit(guarded(lambda: _serve(port, no_color), no_color=no_color))


def _serve(port: int, no_color: bool) -> int:
    from dockerfix.extras import install_line

    try:
        for name in _NEEDED:
            importlib.import_module(name)
    except ImportError:
        raise UsageError(f"the page needs Starlette, uvicorn and Jinja: {install_line('serve')}") from None
    from dockerfix.cli.playground.listening import listen
    from dockerfix.cli.terminal import Terminal

    return listen(port, Terminal(no_color=no_color))
