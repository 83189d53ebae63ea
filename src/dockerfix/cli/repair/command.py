"""`dockerfix [PATH…]`: check, show or write the repairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dockerfix.cli.options import Format, Options, mode_of, names
from dockerfix.cli.repair.perform import perform

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

_EPILOG = """\b
Commands:
  rule [RULE]    explain the rules
  verify [PATH]  build the image before and after the repairs, and compare
  pr             open a pull request with the repairs, and keep it up to date
  review         comment on a pull request, with repairs to apply
  fleet          do that for many repositories
  init           set dockerfix up in a repository: configuration, ignore file, hook, CI
  lsp            show findings and repairs in an editor
  serve          try it on a page in your browser
  completion     print a script that completes commands in your shell
  debug tree     print how a file is read
`dockerfix COMMAND --help` explains each.

Exit code: 0 nothing to repair, or --write is done; 1 something to repair; 2 an error; 130 interrupted. With --strict,
1 also for what only a person can decide."""


def _version(wanted: bool) -> None:
    if wanted:
        from dockerfix import __version__

        typer.echo(f"dockerfix {__version__}")
        raise typer.Exit


@app.command(epilog=_EPILOG)
def repair(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Dockerfiles, folders to search, or - for standard input.  [default: .]",
            show_default=False,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what can be repaired (the default).")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print the repairs as one unified diff.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Make the repairs.")] = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="With --write: ask about each repair, as git add -p does.")
    ] = False,
    add_ignore: Annotated[
        bool, typer.Option("--add-ignore", help="Silence everything that is found, by comments in the files.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again whenever a file changes.")] = False,
    verified: Annotated[
        bool, typer.Option("--verified", help="With --write: only what `dockerfix verify` proves by builds.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Only these rules: codes, prefixes (DF4) or names, comma-separated."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Not these rules.")] = None,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Also make repairs that may change behaviour.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on what remains, suggestions included.")] = False,
    context: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The build context.  [default: what compose files, CI and scripts name]"),
    ] = None,
    python: Annotated[
        str | None, typer.Option(metavar="X.Y", help="Python version where nothing in the project decides it.")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask the package index (uv) for wheels, and registries for releases.")
    ] = False,
    pin_digests: Annotated[
        bool, typer.Option("--pin-digests", help="With --online: put digests behind the tags of base images.")
    ] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="This configuration file, and no other.")] = None,
    stdin_filename: Annotated[
        str | None, typer.Option(metavar="FILE", help="With -: where the text on standard input belongs.")
    ] = None,
    force_exclude: Annotated[
        bool, typer.Option("--force-exclude", help="Treat the files that are named as a search would.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="Form of the report.")] = Format.text,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count the findings of each rule.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever is found.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes to use.  [default: all cores for many files]"),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Look at everything again, and keep no answer for the next run.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Findings only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also what is left alone, and why.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (as NO_COLOR).")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    """Repair Dockerfiles the way a careful reviewer would merge.

    Without --diff or --write it says what it can repair, and changes nothing.
    """

    def said() -> Options:
        return Options(
            paths=tuple(paths or ["."]),
            mode=mode_of(check=check, diff=diff, write=write),
            select=names(select) if select else None,
            ignore=names(ignore),
            unsafe_fixes=unsafe_fixes,
            strict=strict,
            context=context,
            python=python,
            online=online,
            pin_digests=pin_digests,
            format=output,
            quiet=quiet,
            verbose=verbose,
            verified=verified,
            force_exclude=force_exclude,
            interactive=interactive,
            statistics=statistics,
            exit_zero=exit_zero,
            add_ignore=add_ignore,
            watch=watch,
            config=config,
            stdin_name=stdin_filename,
            jobs=jobs,
            no_cache=no_cache,
        )

    raise typer.Exit(perform(said, no_color=no_color))
