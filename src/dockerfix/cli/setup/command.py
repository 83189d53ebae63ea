"""`dockerfix init`: configuration, ignore file, commit hook, CI job, after questions; nothing is ever overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dockerfix.cli.guard import guarded

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """Existing files are left as they are; the lines to add to them are printed instead."""


@app.command(epilog=_EPILOG)
def init(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The root of a repository.  [default: .]", show_default=False)
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the default answers; ask nothing.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Set dockerfix up in a repository: configuration, ignore file, commit hook, CI."""

    def action() -> int:
        from dockerfix.cli.setup.questions import set_up
        from dockerfix.cli.terminal import Terminal

        return set_up(folder or Path(), Terminal(no_color=no_color), asks=not yes)

    raise typer.Exit(guarded(action, no_color=no_color))
