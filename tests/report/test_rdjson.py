"""reviewdog's format: valid for a validator of others, and its suggestions make the repair."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from npm_package import npm_package
from reports import RULES, HeldBack, Later, OtherFile, Reported, Safe, Suggested, Unsafe, report_on

from dockerfix.report.lines import split_lines
from dockerfix.report.model import Failure, FileReport, Report
from dockerfix.report.rdjson import rdjson_text
from dockerfix.report.replacement import line_replacement
from dockerfix.text import Edit, Span, apply_edits

TEXT = 'FROM odd\nRUN doubt\nRUN strange\nRUN harmless\nCMD ["old"]\n'
FAILURES = (Failure("b/Dockerfile", "no such file"), Failure("c", "broken", 3))


def diagnostics(*files: FileReport, failures: tuple[Failure, ...] = ()) -> list[dict[str, Any]]:
    return json.loads(rdjson_text(Report(files, failures)))["diagnostics"]


def suggested(source: bytes, suggestion: dict[str, Any]) -> bytes:
    """The text with one suggestion of whole lines taken, as reviewdog and GitHub do it."""
    first, last = (suggestion["range"][end]["line"] for end in ("start", "end"))
    lines = split_lines(source)
    new = suggestion["text"].encode() + b"\n" if suggestion["text"] else b""
    return b"".join(lines[: first - 1]) + new + b"".join(lines[last:])


def test_every_kind_of_finding_passes_the_validator_of_others() -> None:
    package = npm_package("@umbrelladocs/rdformat-validator", "1.0.1")
    script = (
        f"const {{validate}} = require({json.dumps(str(package))});"
        "const text = require('fs').readFileSync(0, 'utf8');"
        "validate(JSON.parse(text), {strictMode: true}).then(r => console.log(JSON.stringify(r)))"
    )
    text = rdjson_text(Report((report_on(TEXT, *RULES),), FAILURES))
    done = subprocess.run(["node", "-e", script], input=text, capture_output=True, text=True, timeout=60, check=True)
    result = json.loads(done.stdout)
    assert (result["valid"], result["errors"]) == (True, [])


def test_every_kind_of_finding_is_valid_by_the_schema_of_reviewdog() -> None:
    path = os.environ.get("DOCKERFIX_RDJSON_SCHEMA")
    if not path:
        pytest.skip("no package holds reviewdog's DiagnosticResult.json; name a copy in DOCKERFIX_RDJSON_SCHEMA")
    schema = json.loads(Path(path).read_text())
    content = json.loads(rdjson_text(Report((report_on(TEXT, *RULES),), FAILURES)))
    assert not [error.message for error in Draft4Validator(schema).iter_errors(content)]


@pytest.mark.parametrize("rule", [Safe, Unsafe, Suggested])
def test_a_suggestion_makes_its_repair(rule: type[Any]) -> None:
    before = TEXT.encode()
    (diagnostic,) = diagnostics(report_on(TEXT, rule))
    after = suggested(before, diagnostic["suggestions"][0])
    assert after in (
        before.replace(b"old", b"new"), before.replace(b"doubt", b"certainty"), before.replace(b"odd", b"even"),
    )  # fmt: skip
    assert after != before


def test_columns_count_bytes_and_a_bom_has_none() -> None:
    (diagnostic,) = diagnostics(report_on("\ufeff  RUN strange\n".replace("  RUN", "FROM ä\n RUN"), Reported))
    assert diagnostic["location"]["range"] == {"start": {"line": 2, "column": 2}, "end": {"line": 2, "column": 13}}


def test_a_repair_on_top_of_another_carries_both() -> None:
    source = 'FROM odd\nCMD ["old"]\n'
    found = {d["code"]["value"]: d for d in diagnostics(report_on(source, Safe, Later))}
    assert suggested(source.encode(), found["XX002"]["suggestions"][0]) == b'FROM odd\nCMD ["newest"]\n'


def test_another_file_is_named_in_the_message() -> None:
    (diagnostic,) = diagnostics(report_on("FROM odd\n", OtherFile))
    assert diagnostic["message"] == "no-notes: no notes. Write notes: no harm. api/notes changes too"
    assert "suggestions" not in diagnostic


def test_what_the_gate_refused_has_no_suggestion() -> None:
    (diagnostic,) = diagnostics(report_on('FROM odd\nCMD ["fixed"]\n', HeldBack))
    assert "suggestions" not in diagnostic
    assert "start command" in diagnostic["message"]


def test_failures_are_errors_with_their_line() -> None:
    assert diagnostics(failures=FAILURES) == [
        {"message": "no such file", "location": {"path": "b/Dockerfile"}, "severity": "ERROR"},
        {"message": "broken", "location": {"path": "c", "range": {"start": {"line": 3}}}, "severity": "ERROR"},
    ]


SOURCES = st.lists(st.sampled_from([b"\n", b"a\n", b"bc\n", b"", b"d"]), min_size=1).map(b"".join).filter(bool)


@given(source=SOURCES, data=st.data())
def test_whole_lines_make_the_same_change_as_the_edits(source: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    text = data.draw(st.sampled_from([b"", b"x", b"\n", b"x\ny\n", b"x\n"]))
    edit = Edit(Span(start, end), text)
    change = line_replacement(source, [edit])
    assert change is not None
    lines = split_lines(source)
    middle = [] if change.lines is None else [change.lines + b"\n"]
    whole = b"".join([*lines[: change.first - 1], *middle, *lines[change.last :]])
    assert whole.removesuffix(b"\n") == apply_edits(source, [edit]).removesuffix(b"\n")
