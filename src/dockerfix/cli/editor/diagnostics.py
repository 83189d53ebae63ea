"""Findings as an editor underlines them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from lsprotocol import types

from dockerfix.cli.editor.seen import Seen
from dockerfix.report.model import Entry, Failure, FileReport, Status
from dockerfix.rule import Applicability

__all__ = ["SOURCE", "diagnostics"]

SOURCE = "dockerfix"


def diagnostics(seen: Seen) -> list[types.Diagnostic]:
    """What to show of a buffer: warnings for what can be repaired, information for what a person decides."""
    if isinstance(seen.result, Failure):
        return [_failure(seen, seen.result)]
    return list(_of_report(seen, seen.result)) if seen.result is not None else []


def diagnostic(seen: Seen, report: FileReport, entry: Entry) -> types.Diagnostic:
    """One finding."""
    page = report.rule_page.replace("{code}", quote(entry.code)).replace("{name}", quote(entry.name))
    return types.Diagnostic(
        range=seen.buffer.places.range(seen.span(entry)),
        message=f"{entry.message}\n{entry.because}" if entry.because else entry.message,
        severity=_severity(entry),
        code=entry.code,
        code_description=types.CodeDescription(page) if page else None,
        source=SOURCE,
    )


def _of_report(seen: Seen, report: FileReport) -> Iterator[types.Diagnostic]:
    for entry in report.entries:
        if entry.status is not Status.DECLINED:
            yield diagnostic(seen, report, entry)
    for warning in report.warnings:
        yield _at_line(seen, warning.line, f"this comment {warning.message}", types.DiagnosticSeverity.Warning)
    for silence in report.silenced.unused if report.silenced else ():
        unused = _at_line(seen, silence.line, "this comment silences nothing", types.DiagnosticSeverity.Hint)
        unused.tags = [types.DiagnosticTag.Unnecessary]
        yield unused


def _severity(entry: Entry) -> types.DiagnosticSeverity:
    if entry.applicability in (Applicability.SAFE, Applicability.UNSAFE):
        return types.DiagnosticSeverity.Warning
    return types.DiagnosticSeverity.Information


def _failure(seen: Seen, failure: Failure) -> types.Diagnostic:
    return _at_line(seen, failure.line or 1, failure.message, types.DiagnosticSeverity.Error)


def _at_line(seen: Seen, line: int, message: str, severity: types.DiagnosticSeverity) -> types.Diagnostic:
    places = seen.buffer.places
    return types.Diagnostic(places.range(places.line(line)), message, severity=severity, source=SOURCE)
