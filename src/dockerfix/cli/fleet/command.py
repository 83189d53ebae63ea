"""`dockerfix fleet`: repair many repositories, a pull request each, on this machine or on several."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dockerfix.cli.guard import guarded
from dockerfix.cli.options import proposed_repairs

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """The token is read from DOCKERFIX_TOKEN, or from GITHUB_TOKEN, GITLAB_TOKEN, FORGEJO_TOKEN.

A run that was interrupted or killed is continued by the same command; no pull request is opened twice. When it is done,
the same command begins a new run, which updates the pull requests that are there.

Exit code: 0 every repository came to an end, 1 some failed (the report says why), 2 an error, 130 interrupted."""


@app.command(epilog=_EPILOG)
def fleet(
    repositories: Annotated[
        list[str] | None, typer.Argument(metavar="REPOSITORY", help="owner/name, or an address.", show_default=False)
    ] = None,
    org: Annotated[
        str | None, typer.Option("--org", metavar="NAME", help="All of an organisation, group or person.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="A list, one a line; - for standard input.")
    ] = None,
    forks: Annotated[bool, typer.Option("--forks", help="With --org: forks too.")] = False,
    forge: Annotated[str, typer.Option(metavar="KIND", help="github, gitlab or forgejo.")] = "github",
    server: Annotated[
        str | None, typer.Option(metavar="HOST", help="Your own server.  [default: the public one]")
    ] = None,
    work: Annotated[
        bool, typer.Option("--work", help="Only help with runs that others began; needs --database postgresql://…")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Only write the report of the last run.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Begin a new run, though one is unfinished.")] = False,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="DOCKERFIX_DATABASE",
            help="postgresql://… for several machines.  [default: a file of yours]",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Repositories at once.")] = 4,
    max_prs: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Pull requests that this run opens.  [default: any number]")
    ] = None,
    max_prs_per_hour: Annotated[
        int, typer.Option(min=1, metavar="N", help="Pull requests opened within an hour, by all runs together.")
    ] = 100,
    write_gap: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Between two requests that write, of all workers together.")
    ] = 1.0,
    report: Annotated[
        Path, typer.Option(metavar="FILE", help="The report: an HTML page; JSON is written beside it.")
    ] = Path("dockerfix-fleet.html"),
    branch: Annotated[str, typer.Option(metavar="NAME", help="Where pull requests come from.")] = "dockerfix/fixes",
    fork: Annotated[bool, typer.Option("--fork", help="Push to forks in the token's account.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Open drafts.")] = False,
    label: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A label; may be repeated.")] = None,
    reviewer: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Whom to ask for a review.")] = None,
    assignee: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Whom to assign.")] = None,
    commit_per_rule: Annotated[bool, typer.Option("--commit-per-rule", help="One commit for each rule.")] = False,
    rebase: Annotated[
        str, typer.Option(metavar="WHEN", help="Follow a base that moves: conflict (only then) or always.")
    ] = "conflict",
    commit_type: Annotated[
        str, typer.Option(metavar="TEXT", help="A prefix for titles, as in conventional commits.")
    ] = "fix(docker)",
    verified: Annotated[
        bool,
        typer.Option("--verified", help="Build and start before and after; propose what is proven, with the table."),
    ] = False,
    rule_page: Annotated[
        str, typer.Option(metavar="URL", help="The page of a rule, with {code} and {name} in it.")
    ] = "",
    select: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Only these rules.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these rules.")] = None,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Also make repairs that may change behaviour.")
    ] = False,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Ask no package index and no registry; where uv is installed, they are."),
    ] = False,
    pin_digests: Annotated[
        bool, typer.Option("--pin-digests", help="Put digests behind the tags of base images.")
    ] = False,
    registry: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="A registry inside of this network that repositories may name."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Open and update a pull request in each of many repositories."""

    def action() -> int:
        from dockerfix.cli.fleet.session import FleetOptions, run
        from dockerfix.cli.forge.requests import RequestOptions, policy_of

        request = RequestOptions(
            forge=forge,
            server=server,
            branch=branch,
            is_fork=fork,
            policy=policy_of(label, reviewer, assignee, rebase, is_draft=draft),
            commit_per_rule=commit_per_rule,
            commit_type=commit_type,
            rule_page=rule_page,
            is_verified=verified,
            repair=proposed_repairs(
                select, ignore, registry, unsafe_fixes=unsafe_fixes, offline=offline, pin_digests=pin_digests
            ),
        )
        options = FleetOptions(
            repositories=tuple(repositories or ()),
            org=org,
            file=file,
            forks=forks,
            task="work" if work else "status" if status else "run",
            new=new,
            database=database,
            jobs=jobs,
            max_prs=max_prs,
            max_prs_per_hour=max_prs_per_hour,
            write_gap=write_gap,
            report=report,
            request=request,
            quiet=quiet,
        )
        return run(options.checked())

    raise typer.Exit(guarded(action, no_color=no_color))
