"""The report in reviewdog's diagnostic format, with the repairs as suggestions of whole lines.

Source: reviewdog, "Reviewdog Diagnostic Format" (`proto/rdf/README.md`): columns count bytes from 1, an end is
exclusive, and a range without columns holds whole lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dockerfix.report.model import Entry, Failure, FileReport, Report, Status
from dockerfix.report.replacement import LineReplacement, Replacement, line_replacement, replacement
from dockerfix.text import BOM, LineIndex

__all__ = ["rdjson_text"]


def rdjson_text(report: Report) -> str:
    """One `DiagnosticResult`: warnings for repairs, errors for what could not be worked on, the rest as information."""
    diagnostics = [_failure(failure) for failure in report.failures if failure.label]
    diagnostics += [diagnostic for file in report.files for diagnostic in _diagnostics(file)]
    content = {"source": {"name": "dockerfix"}, "severity": "WARNING", "diagnostics": diagnostics}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _diagnostics(file: FileReport) -> Iterator[dict[str, Any]]:
    for entry in file.entries:
        if entry.status is Status.DECLINED:
            continue
        repair = replacement(file, entry)
        diagnostic: dict[str, Any] = {
            "message": _message(entry, repair),
            "location": {"path": file.place.path, "range": _range(file, entry)},
            "severity": "WARNING" if entry.status is Status.REPAIRED else "INFO",
            "code": {"value": entry.code},
        }
        lines = line_replacement(file.before, repair.edits) if repair else None
        suggestion = _suggestion(lines) if lines else None
        if suggestion:
            diagnostic["suggestions"] = [suggestion]
        yield diagnostic


def _message(entry: Entry, repair: Replacement | None) -> str:
    told = ": ".join(text for text in (repair.title if repair else entry.title, entry.because) if text)
    others = ", ".join(change.path for change in repair.files) if repair else ""
    parts = (f"{entry.name}: {entry.message}", told, f"{others} changes too" if others else "")
    return ". ".join(part for part in parts if part)


def _range(file: FileReport, entry: Entry) -> dict[str, Any]:
    if entry.span is None:
        return {"start": {"line": entry.position.line}}
    index = LineIndex(file.before)
    return {"start": _position(file, index, entry.span.start), "end": _position(file, index, entry.span.end)}


def _position(file: FileReport, index: LineIndex, offset: int) -> dict[str, int]:
    before = file.before[index.line_start(offset) : offset]
    return {"line": index.line(offset), "column": len(before.removeprefix(BOM)) + 1}


def _suggestion(change: LineReplacement) -> dict[str, Any] | None:
    """None where the text is no UTF-8: the format knows only text."""
    try:
        text = (change.lines or b"").decode("utf-8")
    except UnicodeDecodeError:
        return None
    return {"range": {"start": {"line": change.first}, "end": {"line": change.last}}, "text": text}


def _failure(failure: Failure) -> dict[str, Any]:
    location: dict[str, Any] = {"path": failure.label}
    if failure.line:
        location["range"] = {"start": {"line": failure.line}}
    return {"message": failure.message, "location": location, "severity": "ERROR"}
