"""The report as SARIF 2.1.0, with the repairs as `fixes`.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from dockerfix.report.lines import line_edits
from dockerfix.report.model import Entry, Failure, FileReport, Report, Status
from dockerfix.report.replacement import replacement
from dockerfix.report.rule_page import rule_page, rule_parts
from dockerfix.rule import Fact, FileChange, Rule
from dockerfix.text import Edit, LineIndex, Position, Span, encode

__all__ = ["sarif_text"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Status.REPAIRED: "warning",
    Status.HELD_BACK: "warning",
    Status.OFFERED: "note",
    Status.REPORTED: "note",
    Status.DECLINED: "none",
}


def sarif_text(report: Report, rules: Sequence[type[Rule]], *, version: str, exit_code: int) -> str:
    """One run as a SARIF log.

    Columns count characters (`unicodeCodePoints`); each region also says its bytes. A repair that only fits on top
    of others carries all repairs of its file as one fix.

    Args:
        rules: the rules that ran, for their descriptions.
        version: of dockerfix.
        exit_code: what the process will return.
    """
    known = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "dockerfix",
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "exitCode": exit_code,
                "toolExecutionNotifications": [_notification(failure) for failure in report.failures],
            }
        ],
        "results": [result for file in report.files for result in _results(file, known)],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: type[Rule]) -> dict[str, Any]:
    parts = rule_parts(rule)
    page = rule_page(rule)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.message},
        "fullDescription": {"text": parts[""] or rule.message},
        "help": {"text": " ".join(f"{name}: {text}" for name, text in parts.items() if name) or page, "markdown": page},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"sources": list(rule.sources)},
    }


def _results(file: FileReport, known: dict[str, int]) -> Iterator[dict[str, Any]]:
    index = LineIndex(file.before)
    for entry in file.entries:
        result: dict[str, Any] = {
            "ruleId": entry.code,
            "level": _LEVELS[entry.status],
            "message": {"text": _message(entry)},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(file), "region": _place(entry, index)}}],
            "properties": {"status": entry.status.value},
        }
        if entry.facts:
            result["relatedLocations"] = [_related(file, fact, number) for number, fact in enumerate(entry.facts)]
        if entry.code in known:
            result["ruleIndex"] = known[entry.code]
        if entry.status is Status.DECLINED:
            result["kind"] = "notApplicable"
        if entry.applicability is not None:
            result["properties"]["applicability"] = entry.applicability.value
            result["fixes"] = _fixes(file, entry, index)
        yield result


def _related(file: FileReport, fact: Fact, number: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(file) if fact.path is None else _location(fact.path)}
    if fact.line is not None:
        place["region"] = {"startLine": fact.line}
    return {"id": number, "message": {"text": fact.text}, "physicalLocation": place}


def _message(entry: Entry) -> str:
    told = ": ".join(text for text in (entry.title, entry.because) if text)
    return f"{entry.message}. {told}" if told else entry.message


def _artifact(file: FileReport) -> dict[str, str]:
    return _location(file.place.path)


def _location(path: str) -> dict[str, str]:
    return {"uri": quote(encode(path), safe="/-._~!$&'()*+,;=@")}


def _place(entry: Entry, index: LineIndex) -> dict[str, int]:
    if entry.span is not None:
        return _region(entry.span, index)
    return _start(entry.position)


def _region(span: Span, index: LineIndex) -> dict[str, int]:
    end = index.position(span.end)
    return {
        **_start(index.position(span.start)),
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": span.start,
        "byteLength": len(span),
    }


def _start(position: Position) -> dict[str, int]:
    return {"startLine": position.line, "startColumn": position.column}


def _fixes(file: FileReport, entry: Entry, index: LineIndex) -> list[dict[str, Any]]:
    """The repair as it fits the file; none where the gate refused it or nothing would be replaced."""
    repair = replacement(file, entry)
    if repair is None:
        return []
    changes = [_change(file.place.path, repair.edits, index)] if repair.edits else []
    changes += [_file_change(change) for change in repair.files]
    return [{"description": {"text": repair.title}, "artifactChanges": changes}]


def _change(path: str, edits: Iterable[Edit], index: LineIndex) -> dict[str, Any]:
    replacements = [{"deletedRegion": _region(e.span, index), "insertedContent": _content(e.text)} for e in edits]
    return {"artifactLocation": _location(path), "replacements": replacements}


def _file_change(change: FileChange) -> dict[str, Any]:
    before = change.before or b""
    return _change(change.path, line_edits(before, change.after), LineIndex(before))


def _content(raw: bytes) -> dict[str, str]:
    try:
        return {"text": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"binary": base64.b64encode(raw).decode("ascii")}


def _notification(failure: Failure) -> dict[str, Any]:
    told: dict[str, Any] = {"level": "error", "message": {"text": failure.message}}
    if failure.label:
        place: dict[str, Any] = {"artifactLocation": _location(failure.label)}
        if failure.line:
            place["region"] = {"startLine": failure.line}
        told["locations"] = [{"physicalLocation": place}]
    return told
