"""What the process that looks at one buffer of an editor does: nothing but reading, and saying what it found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dockerfix.cli.files.targets import Target, target_in_search
from dockerfix.cli.files.work import Task, prepared, report_of, told
from dockerfix.config import Settings
from dockerfix.errors import DockerfixError
from dockerfix.fix.gate import pass_gate
from dockerfix.report.model import Entry, Failure, FileReport, Place, Status
from dockerfix.rule import Fix
from dockerfix.run import OnDisk
from dockerfix.syntax import parse
from dockerfix.text import apply_edits

__all__ = ["Result", "look"]

Result = FileReport | Failure | None


def look(path: str | None, source: bytes) -> Result:
    """What there is to say of a buffer, with the files on disk around it; None where the configuration leaves it out.

    The repairs of the report are the safe ones, whatever the configuration says: an editor makes them when a file is
    saved. Each repair that is told with edits is one that the gate lets through alone.

    Args:
        path: where the buffer will be saved; None for one that has no place yet.
    """
    try:
        target = _nowhere() if path is None else target_in_search(Path(path))
    except DockerfixError as error:
        return Failure("", str(error))
    if target is None:
        return None
    target = replace(target, settings=replace(target.settings, unsafe_fixes=False))
    return told(Task(target, source, spans=True, is_file=path is not None), _report)


def _nowhere() -> Target:
    return Target(Path("Dockerfile"), Place("Dockerfile", "Dockerfile"), None, None, Settings())


def _report(task: Task) -> FileReport:
    report, found = report_of(task), prepared(task)
    fixes: dict[tuple[object, ...], Fix | None] = {
        (one.code, one.span, one.message): one.fix for one in found.findings()
    }
    entries = (_alone(entry, fixes.get((entry.code, entry.span, entry.message)), found) for entry in report.entries)
    return replace(report, entries=tuple(entries))


def _alone(entry: Entry, fix: Fix | None, found: OnDisk) -> Entry:
    """An entry whose edits are right without any other repair; without edits where they are not."""
    if fix is None or entry.edits is None:
        return entry
    refused = _refusal(entry.code, fix, found)
    if refused is None:
        return entry
    if entry.status is Status.REPAIRED:
        return replace(entry, edits=None)
    return replace(entry, status=Status.HELD_BACK, because=refused)


def _refusal(code: str, fix: Fix, found: OnDisk) -> str | None:
    """What the gate has against one fix alone."""
    may_change = frozenset(next(rule.may_change for rule in found.rules if rule.code == code))
    files = {change.path: change.after for change in fix.files}
    try:
        after = parse(apply_edits(found.dockerfile.source, fix.edits))
        context = found.context.with_files(files) if files else found.context
        pass_gate(found.dockerfile, after, fix.edits, (found.context, context), may_change, files)
    except DockerfixError as error:
        return str(error)
    return None
