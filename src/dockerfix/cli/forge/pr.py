"""`dockerfix pr [PATH]`: one pull request with the repairs of a repository, opened and kept up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dockerfix.cli.guard import guarded
from dockerfix.cli.options import proposed_repairs

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """The token is read from DOCKERFIX_TOKEN, or from GITHUB_TOKEN, GITLAB_TOKEN, FORGEJO_TOKEN; a GitHub App is
named by DOCKERFIX_APP_ID and DOCKERFIX_APP_KEY, the text of its private key. Running again updates the same pull
request.

Exit code: 0 done, left alone or nothing to do, 2 an error, 130 interrupted."""


@app.command(epilog=_EPILOG)
def pr(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="The root of a checkout.  [default: . ; with --repo, the repository is fetched]",
            show_default=False,
        ),
    ] = None,
    repo: Annotated[
        str | None,
        typer.Option("--repo", metavar="OWNER/NAME", help="The repository.  [default: that of this CI job]"),
    ] = None,
    forge: Annotated[str, typer.Option(metavar="KIND", help="github, gitlab or forgejo.")] = "github",
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="The server.  [default: that of this CI job, else the public one]")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="BRANCH", help="Where the pull request goes.  [default: the default branch]")
    ] = None,
    branch: Annotated[
        str,
        typer.Option(metavar="NAME", help="The branch it comes from; with {rule} in it, one request for each rule."),
    ] = "dockerfix/fixes",
    fork: Annotated[bool, typer.Option("--fork", help="Push to a fork in the token's account.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Open it as a draft.")] = False,
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
    max_prs: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Pull requests that this run opens.  [default: any number]")
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `dockerfix verify --format markdown` printed.")
    ] = None,
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    local: Annotated[
        bool, typer.Option("--local", help="Only make the branch and its commit in the checkout.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
) -> None:
    """Open a pull request with the repairs, or update the one that is open."""

    def action() -> int:
        from dockerfix.cli.forge.requests import RequestOptions, policy_of, run

        options = RequestOptions(
            folder=path,
            repository=repo,
            forge=forge,
            server=server,
            base=base,
            branch=branch,
            is_fork=fork,
            policy=policy_of(label, reviewer, assignee, rebase, is_draft=draft),
            commit_per_rule=commit_per_rule,
            commit_type=commit_type,
            max_prs=max_prs,
            evidence=evidence,
            rule_page=rule_page,
            repair=proposed_repairs(
                select, ignore, registry, unsafe_fixes=unsafe_fixes, offline=offline, pin_digests=pin_digests
            ),
            is_rehearsal=dry_run,
            is_local=local,
            is_verified=verified,
        )
        return run(options.checked())

    raise typer.Exit(guarded(action, no_color=no_color))
