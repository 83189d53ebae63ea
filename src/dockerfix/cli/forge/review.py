"""`dockerfix review [URL]`: comments at the lines of a pull request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, cast

import typer

from dockerfix.cli.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from dockerfix.bot.address import PullRequestAddress
    from dockerfix.bot.forge import PullRequest
    from dockerfix.bot.review import ReviewingForge
    from dockerfix.bot.secret import Secret
    from dockerfix.cli.options import Options
    from dockerfix.report.model import Report

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """The token is read from DOCKERFIX_TOKEN, or from GITHUB_TOKEN, GITLAB_TOKEN, FORGEJO_TOKEN. Comments stand
only at lines that the diff of the pull request shows; they are updated in place, and resolved once the mistake is
repaired.

Exit code: 0 done, 2 an error, 130 interrupted."""


@app.command(epilog=_EPILOG)
def review(
    url: Annotated[
        str | None,
        typer.Argument(metavar="URL", help="Of the pull request.  [default: the one that this CI job runs for]"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="How many comments may be open at once.")] = 20,
    select: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Only these rules.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these rules.")] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Comment on the Dockerfiles that a pull request touches."""

    def action() -> int:
        from dockerfix.cli.ending import ended_in_order
        from dockerfix.cli.options import Options, names

        options = Options(select=names(select) if select else None, ignore=names(ignore)).checked()
        with ended_in_order():
            return _reviewed(_address(url), options, limit, dry_run=dry_run)

    raise typer.Exit(guarded(action, no_color=no_color))


def _address(url: str | None) -> PullRequestAddress:
    from dockerfix.bot.address import address_of, address_of_job
    from dockerfix.errors import UsageError

    found = address_of(url) if url else address_of_job(os.environ)
    if found is None:
        raise UsageError("no pull request: give its address, or run this in a job for one")
    return found


def _reviewed(address: PullRequestAddress, options: Options, limit: int, *, dry_run: bool) -> int:
    from dockerfix.bot.forge import State
    from dockerfix.bot.review import carry_out, described, plan
    from dockerfix.bot.review_comments import wanted_comments
    from dockerfix.cli.forge.connection import connect
    from dockerfix.report.printed import one_line, several_lines

    connection = connect(address.forge, _server(address), os.environ)
    forge = cast("ReviewingForge", connection.forge)  # each forge has both protocols
    pull = forge.pull_request(address.path, address.number)
    if pull.state is not State.OPEN:
        typer.echo(f"{pull.url} is {pull.state.value}: nothing to do", err=True)
        return 0
    touched = forge.touched_files(address.path, address.number)
    report = _report(forge, pull, options, connection.token)
    for failure in report.failures:
        typer.echo(one_line(failure.sentence), err=True)
    wanted = wanted_comments(report.files, touched, forge)
    steps = plan(wanted, forge.review_comments(address.path, address.number), limit=limit)
    if dry_run:
        typer.echo(several_lines("\n\n".join(described(steps))) or "nothing to send")
        return 0
    left = carry_out(forge, address.path, address.number, pull.head_id, steps)
    typer.echo(f"{pull.url}: {_counted(len(wanted), 'thing')} to tell, {_counted(len(steps), 'change')} sent", err=True)
    if left:
        typer.echo(f"the token may not resolve conversations: {left} repaired ones stay open", err=True)
    return 0


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _server(address: PullRequestAddress) -> str | None:
    """The server to name; None for that of this CI job, whose interface may lie elsewhere."""
    return None if os.environ.get("GITHUB_SERVER_URL") == address.server else address.server


def _report(forge: ReviewingForge, pull: PullRequest, options: Options, token: Callable[[str], Secret]) -> Report:
    """The repairs of the commit that the pull request stands at, in a checkout of its own."""
    from dockerfix.bot.checkout import Credentials, clone
    from dockerfix.bot.forge_errors import NotFoundError, StaleHeadError
    from dockerfix.bot.scratch import held, scratch
    from dockerfix.cli.forge.foreign import repairs_apart

    if pull.head is None:
        raise NotFoundError(f"{pull.url}: the repository that it came from is gone")
    source = forge.repository(pull.head.repository)
    credentials = Credentials(token(source.path), forge.host)
    with scratch() as place, held(place) as folder:
        home = folder / "checkout"
        checkout = clone(source.clone_url, home, branch=pull.head.branch, credentials=credentials)
        if checkout.head != pull.head_id:
            raise StaleHeadError(f"{pull.url}: somebody has just pushed to it; run again")
        return repairs_apart(os.fspath(home), options, spans=True)
