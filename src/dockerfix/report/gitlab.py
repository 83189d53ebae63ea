"""The report as a GitLab Code Quality artifact.

Source: GitLab Docs, "Code Quality", section "Code Quality report format".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from dockerfix.report.lines import split_lines
from dockerfix.report.model import Entry, Failure, FileReport, Report, Status
from dockerfix.text import LineIndex, encode

__all__ = ["gitlab_text"]


def gitlab_text(report: Report) -> str:
    """A list of issues: `major` for repairs, `critical` for what could not be worked on, `minor` for the rest.

    A fingerprint depends on file, rule and the text that is wrong, not on its line, so that GitLab knows an issue again
    when lines above it come or go.
    """
    issues = [_failure(failure) for failure in report.failures if failure.label]
    issues += [issue for file in report.files for issue in _issues(file)]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issues(file: FileReport) -> Iterator[dict[str, Any]]:
    index, lines = LineIndex(file.before), split_lines(file.before)
    seen: Counter[bytes] = Counter()
    for entry in file.entries:
        if entry.status is Status.DECLINED:
            continue
        last = index.line(max(entry.span.start, entry.span.end - 1)) if entry.span else entry.position.line
        text = b"".join(lines[entry.position.line - 1 : last])
        mark = b"\0".join([encode(file.place.path), entry.code.encode(), encode(entry.message), text])
        seen[mark] += 1
        yield {
            "description": _description(entry),
            "check_name": entry.code,
            "fingerprint": sha256(b"%b\0%d" % (mark, seen[mark])).hexdigest(),
            "severity": "major" if entry.status is Status.REPAIRED else "minor",
            "location": {"path": file.place.path, "lines": {"begin": entry.position.line, "end": last}},
        }


def _description(entry: Entry) -> str:
    told = ": ".join(text for text in (entry.title, entry.because) if text)
    return " ".join(f"{entry.name}: {entry.message}{'. ' if told else ''}{told}".split())


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "description": failure.message,
        "check_name": "dockerfix",
        "fingerprint": sha256(encode(f"{failure.label}\0{failure.message}")).hexdigest(),
        "severity": "critical",
        "location": {"path": failure.label, "lines": {"begin": failure.line or 1}},
    }
