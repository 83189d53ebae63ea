"""`dockerfix verify [PATH…]`: build the image before and after the repairs, and tell what changed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dockerfix.cli.guard import guarded

if TYPE_CHECKING:
    pass

__all__ = ["ENGINE_VARIABLE", "NETWORK_VARIABLE", "app"]

ENGINE_VARIABLE = "DOCKERFIX_VERIFY_ENGINE"
NETWORK_VARIABLE = "DOCKERFIX_VERIFY_NETWORK"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


class Form(StrEnum):
    """How the proof is written."""

    text = "text"
    json = "json"
    markdown = "markdown"


class NetworkName(StrEnum):
    """The network of builds."""

    default = "default"
    host = "host"
    none = "none"


_EPILOG = """Everything that is built is private to the run and removed, at the latest by the next run. Base images that
had to be pulled stay. Nothing of the repository runs outside a container, and its files are not changed.

Exit code: 0 the repairs do no harm (or there are none), 1 a repair harms or was dropped, 2 an error, 130
interrupted."""


@app.command(epilog=_EPILOG)
def verify(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Dockerfiles or folders.  [default: .]")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            envvar=ENGINE_VARIABLE,
            show_envvar=False,
            help="docker, podman or buildah.  [default: the first that answers]",
        ),
    ] = None,
    smoke: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="Your own check: a line for sh, run inside both containers."),
    ] = None,
    bisect: Annotated[
        bool, typer.Option("--bisect", help="Find the repair that broke something, and leave it out.")
    ] = False,
    observe: Annotated[
        bool,
        typer.Option("--observe", help="Start the image as it is, and note what it does in dockerfix.observed.toml."),
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Also time builds alone, and rebuilds to their end; three times as long."),
    ] = False,
    network: Annotated[
        NetworkName,
        typer.Option(
            envvar=NETWORK_VARIABLE,
            show_envvar=False,
            help="Network of builds; with host and none the started container has none.",
        ),
    ] = NetworkName.default,
    output: Annotated[Form, typer.Option("--format", help="Form of the proof.")] = Form.text,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write one HTML page with charts.")] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable for the containers; repeatable.")
    ] = None,
    build_arg: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A build argument; repeatable.")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="STAGE", help="The stage to build.")] = None,
    time_limit: Annotated[int, typer.Option(min=10, metavar="SECONDS", help="For one build.")] = 900,
    size_limit: Annotated[
        int, typer.Option(min=1, metavar="MB", help="For the build context, and for an image.")
    ] = 8000,
    select: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Only these rules.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these rules.")] = None,
    unsafe_fixes: Annotated[bool, typer.Option("--unsafe-fixes", help="Also those that may change behaviour.")] = False,
    context: Annotated[Path | None, typer.Option(metavar="DIR", help="The build context.")] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Prove the repairs: build the image before and after, measure both, and tell what changed."""

    def action() -> int:
        from dockerfix.cli.options import Options, names
        from dockerfix.cli.terminal import Terminal
        from dockerfix.cli.verify.proving import pairs, run, run_observing
        from dockerfix.verify import Plan

        options = Options(
            paths=tuple(paths or ["."]),
            select=names(select) if select else None,
            ignore=names(ignore),
            unsafe_fixes=unsafe_fixes,
            context=context,
            on_trial=True,
        ).checked()
        plan = Plan(
            network=network.value,
            smoke=smoke,
            bisect=bisect,
            full=full,
            build_seconds=time_limit,
            bytes_limit=size_limit * 10**6,
            environment=pairs(env, "--env"),
            args=pairs(build_arg, "--build-arg"),
            target=target,
        )
        if observe:
            return run_observing(options, plan, engine, Terminal(no_color=no_color))
        return run(options, plan, engine, output.value, html, Terminal(no_color=no_color))

    raise typer.Exit(guarded(action, no_color=no_color))
