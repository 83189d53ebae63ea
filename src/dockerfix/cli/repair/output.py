"""Which stream gets what: the report, the diff, the repaired file, the errors."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.cli.options import Format, Mode, Options
from dockerfix.cli.terminal import Stream, Terminal
from dockerfix.report.diff import diff_bytes, diff_folder
from dockerfix.report.model import Report, Status
from dockerfix.report.styled import Line, Part
from dockerfix.report.text import Manner, NextStep, failure_blocks, text_blocks
from dockerfix.rule import Applicability

__all__ = ["show"]


def show(report: Report, options: Options, terminal: Terminal, *, exit_code: int, configs: tuple[str, ...]) -> None:
    """Write everything that one run has to tell.

    A diff and a repaired file have standard output for themselves; what is said about them goes to standard error,
    and so do errors.

    Args:
        configs: the configuration files that were read.
    """
    if options.format is Format.text:
        _show_text(report, options, terminal, configs)
    else:
        terminal.write_text(_document(report, options, exit_code))
    if options.format is not Format.github:
        terminal.show(failure_blocks(report.failures), "stderr")


def _show_text(report: Report, options: Options, terminal: Terminal, configs: tuple[str, ...]) -> None:
    stream: Stream = "stdout" if options.mode == "check" else "stderr"
    if options.mode == "diff":
        terminal.show_diff(diff_bytes(report))
        if terminal.is_terminal("stdout") and terminal.is_terminal("stderr"):
            terminal.show((Line(),), "stderr")
    elif options.mode == "write" and options.from_stdin:
        for file in report.files:
            terminal.write(file.after)
    if options.verbose:
        terminal.show([Line((Part(f"configuration: {config}", "why"),)) for config in configs], stream)
    manner = Manner(
        options.mode, options.quiet, options.verbose, options.statistics, tuple(_next_steps(report, options))
    )
    terminal.show(text_blocks(report, manner), stream)


def _next_steps(report: Report, options: Options) -> Iterator[NextStep]:
    if options.from_stdin:
        yield from _unwritten(report, options)
        return
    changed = any(file.changed for file in report.files)
    offered = [entry for file in report.files for entry in file.having(Status.OFFERED)]
    if changed and options.mode == "check":
        yield NextStep(options.command("diff"), "shows them" + (", and what else is offered" if offered else ""))
    if changed and options.mode != "write":
        yield NextStep(options.command("write"), "makes them")
    folder = diff_folder(report) if options.mode == "diff" else ""
    if folder:
        yield NextStep(f"git -C {folder} apply", "applies the diff: its paths start there")
    if any(entry.applicability is Applicability.UNSAFE for entry in offered):
        shown: Mode = "write" if options.mode == "write" else "diff"
        yield NextStep(
            options.command(shown, unsafe=True),
            "also makes repairs that may change behaviour"
            if shown == "write"
            else "also shows repairs that may change behaviour",
        )
    if offered and options.mode != "diff" and not (options.verbose or (changed and options.mode == "check")):
        yield NextStep(options.command("diff"), "shows what is offered")


def _unwritten(report: Report, options: Options) -> Iterator[NextStep]:
    names = [change.path for file in report.files for change in file.named_files]
    if names and options.mode == "write":
        yield NextStep(", ".join(names), "would change too, but is not written from standard input; --diff shows it")


def _document(report: Report, options: Options, exit_code: int) -> str:
    from dockerfix import __version__

    if options.format is Format.json:
        from dockerfix.report.json import json_text

        return json_text(report, mode=options.mode, version=__version__)
    if options.format is Format.sarif:
        from dockerfix.report.sarif import sarif_text
        from dockerfix.rules import all_rules

        return sarif_text(report, all_rules(), version=__version__, exit_code=exit_code)
    if options.format is Format.gitlab:
        from dockerfix.report.gitlab import gitlab_text

        return gitlab_text(report)
    if options.format is Format.rdjson:
        from dockerfix.report.rdjson import rdjson_text

        return rdjson_text(report)
    from dockerfix.report.github import github_text

    return github_text(report)
