"""The report as JSON; its form is docs/schema/report-v1.json, and versioned."""

from __future__ import annotations

import base64
import json
from typing import Any

from dockerfix.report.model import Entry, Failure, FileReport, Report, Status
from dockerfix.rule import FileChange, Finding
from dockerfix.text import Edit, LineIndex, Position

__all__ = ["JSON_VERSION", "json_text"]

JSON_VERSION = 1  # grows when something is renamed, removed or means something else; additions leave it


def json_text(report: Report, *, mode: str, version: str) -> str:
    """The whole report, one JSON object, indented.

    Args:
        mode: "check", "diff" or "write".
        version: of dockerfix.
    """
    content = {
        "version": JSON_VERSION,
        "tool": {"name": "dockerfix", "version": version},
        "mode": mode,
        "summary": _summary(report),
        "files": [_file(file) for file in report.files],
        "errors": [_failure(failure) for failure in report.failures],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _summary(report: Report) -> dict[str, int]:
    counts = {status.value.replace(" ", "_"): report.count(status) for status in Status}
    return {
        "files": len(report.files),
        "changed_files": sum(file.changed for file in report.files),
        "errors": len(report.failures),
        **counts,
    }


def _file(file: FileReport) -> dict[str, Any]:
    index = LineIndex(file.before)
    return {
        "path": file.place.label,
        "changed": file.changed,
        "findings": [_entry(entry, index) for entry in file.entries],
        "image_changes": list(file.image_changes),
        "notes": list(file.notes),
        "warnings": [{"line": one.line, "message": one.message} for one in file.warnings],
        "silenced": [_silenced(finding, line, index) for finding, line in _silences(file)],
        "unused_ignores": [{"line": one.line, "comment": one.text} for one in file.silenced.unused]
        if file.silenced is not None
        else [],
        "other_files": [_other_file(change) for change in file.named_files],
        "diff": _content(file.diff()),
    }


def _silences(file: FileReport) -> tuple[tuple[Finding, int], ...]:
    return file.silenced.findings if file.silenced is not None else ()


def _silenced(finding: Finding, line: int, index: LineIndex) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "start": _position(index.position(finding.span.start)),
        "comment_line": line or None,
    }


def _entry(entry: Entry, index: LineIndex) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.name,
        "message": entry.message,
        "status": entry.status.value,
        "start": _position(entry.position),
        "end": _position(index.position(entry.span.end)) if entry.span else None,
        "because": entry.because,
        "facts": [{"text": fact.text, "path": fact.path, "line": fact.line} for fact in entry.facts],
        "worth": {"kind": entry.worth.kind.name.lower(), "amount": entry.worth.amount} if entry.worth else None,
        "fix": _fix(entry, index) if entry.applicability else None,
    }


def _fix(entry: Entry, index: LineIndex) -> dict[str, Any]:
    assert entry.applicability is not None  # the caller asked
    return {
        "title": entry.title,
        "applicability": entry.applicability.value,
        "edits": None if entry.edits is None else [_edit(edit, index) for edit in entry.edits],
        "other_files": [_other_file(change) for change in entry.files],
    }


def _edit(edit: Edit, index: LineIndex) -> dict[str, Any]:
    return {
        "start": _position(index.position(edit.span.start)),
        "end": _position(index.position(edit.span.end)),
        "byte_offset": edit.span.start,
        "byte_length": len(edit.span),
        "content": _content(edit.text),
    }


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}


def _other_file(change: FileChange) -> dict[str, Any]:
    return {"path": change.path, "created": change.before is None, "content": _content(change.after)}


def _content(raw: bytes) -> dict[str, str]:
    """Text where the bytes are UTF-8, else base64."""
    try:
        return {"text": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}


def _failure(failure: Failure) -> dict[str, Any]:
    return {"path": failure.label, "line": failure.line, "message": failure.message}
