"""One run of `dockerfix verify`: find the Dockerfiles, prove their repairs, show the proofs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dockerfix.cli.activity import Activity
from dockerfix.cli.files.targets import Target, find_targets
from dockerfix.cli.files.work import Task, prepared
from dockerfix.cli.options import Options
from dockerfix.cli.terminal import Terminal
from dockerfix.cli.verify.noting import note
from dockerfix.errors import DockerfixError, FileError, UsageError
from dockerfix.fix import Outcome
from dockerfix.project.builds.compose_given import compose_given
from dockerfix.project.context.told import Missing, Seen
from dockerfix.report.model import Failure
from dockerfix.report.printed import several_lines
from dockerfix.report.text import failure_blocks
from dockerfix.run import shown
from dockerfix.verify import Plan, Proof, Subject, html, json_text, markdown, session, text
from dockerfix.verify.report.story import headline

__all__ = ["pairs", "run", "run_observing", "subject_of"]

_PAGE_WIDTH = 120  # columns


def run(options: Options, plan: Plan, engine: str | None, form: str, page: Path | None, terminal: Terminal) -> int:
    """Everything `dockerfix verify` does; returns the exit code.

    Args:
        form: "text", "json" or "markdown", for standard output.
        page: where the HTML page goes; None for nowhere.
    """
    targets, failures = find_targets(options)
    proofs: list[Proof] = []
    with Activity(terminal) as activity, session(engine, tell=activity.tell) as opened:
        for target in targets:
            activity.about(target.place.label)
            try:
                proofs.append(opened.verify(subject_of(target), plan, activity.tell, activity.say).proof)
            except DockerfixError as error:  # the others may do
                failures.append(Failure(target.place.label, str(error).removeprefix(f"{target.place.label}: ")))
    failures += [Failure(proof.label, headline(proof)) for proof in proofs if proof.is_unbuilt]
    terminal.show(failure_blocks(tuple(failures)), "stderr")
    _show(proofs, form, terminal)
    if page is not None:
        _write_page(page, proofs)
    if failures:
        return 2
    return 1 if any(proof.harms or proof.dropped for proof in proofs) else 0


def run_observing(options: Options, plan: Plan, engine: str | None, terminal: Terminal) -> int:
    """Everything `dockerfix verify --observe` does; returns the exit code."""
    targets, failures = find_targets(options)
    with Activity(terminal) as activity, session(engine, tell=activity.tell) as opened:
        for target in targets:
            activity.about(target.place.label)
            try:
                seen = opened.observe(subject_of(target), plan, activity.tell)
                terminal.write_text(
                    several_lines(f"{target.place.label}: {_words(seen)}; {shown(note(target.path, seen))}\n")
                )
            except DockerfixError as error:  # the others may do
                failures.append(Failure(target.place.label, str(error).removeprefix(f"{target.place.label}: ")))
    terminal.show(failure_blocks(tuple(failures)), "stderr")
    return 2 if failures else 0


def _words(seen: Seen) -> str:
    parts = [
        f"writes {', '.join(seen.writes[:3])}" + (" …" if len(seen.writes) > 3 else "")
        if seen.writes
        else "writes nothing"
    ]
    parts += [f"listens on {', '.join(map(str, seen.ports))}"] if seen.ports else []
    parts += [f"opens {', '.join(seen.env_files)}"] if seen.env_files else []
    return "; ".join(parts)


def _show(proofs: list[Proof], form: str, terminal: Terminal) -> None:
    if form == "json":
        from dockerfix import __version__

        terminal.write_text(json_text(proofs, __version__))
    elif form == "markdown":
        terminal.write_text("\n".join(markdown(proof) for proof in proofs))
    else:
        width = min(shutil.get_terminal_size((_PAGE_WIDTH, 24)).columns, _PAGE_WIDTH)
        terminal.write_text(text(proofs, width=width, coloured=terminal.is_coloured("stdout")))


def _write_page(page: Path, proofs: list[Proof]) -> None:
    try:
        page.write_text(html(proofs), encoding="utf-8")
    except OSError as error:
        raise FileError(f"--html {page}: cannot be written ({error.strerror})") from error


def subject_of(target: Target) -> Subject:
    """What is verified of one target.

    Raises:
        FileError: it cannot be read, or which folder it is built from is not known.
        ParseError: it is no Dockerfile.
    """
    found = prepared(Task(target))
    if found.root is None:
        raise FileError(f"{target.place.label}: which folder it is built from is not known; name it with --context")
    may_change = {rule.code: frozenset(rule.may_change) for rule in found.rules}

    def mended(left_out: frozenset[str], missing: Missing) -> Outcome:
        known = replace(target, settings=replace(target.settings, missing=missing))
        return prepared(Task(known)).repaired(left_out)

    given = compose_given(found.context)
    return Subject(target.place.label, target.path, found.root, found.repaired, may_change, given, mended)


def pairs(values: Iterable[str] | None, option: str) -> tuple[tuple[str, str], ...]:
    """`NAME=VALUE` texts of an option.

    Raises:
        UsageError: one has no name or no `=`.
    """
    found: list[tuple[str, str]] = []
    for given in values or ():
        name, equals, value = given.partition("=")
        if not name or not equals:
            raise UsageError(f"{option} {given}: NAME=VALUE is needed")
        found.append((name, value))
    return tuple(found)
