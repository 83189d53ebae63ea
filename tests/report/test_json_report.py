"""JSON and GitHub annotations."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from reports import RULES, HeldBack, Later, OtherFile, Safe, Unsafe, report_on

from dockerfix.report.github import github_text
from dockerfix.report.json import JSON_VERSION, json_text
from dockerfix.report.model import Failure, FileReport, Place, Report
from dockerfix.text import Edit, Span, apply_edits

DOCS = Path(__file__).parents[2] / "docs"
TEXT = 'FROM odd\nRUN doubt\nRUN strange\nRUN harmless\nCMD ["old"]\n'


def document(*files: FileReport, failures: tuple[Failure, ...] = ()) -> Any:
    return json.loads(json_text(Report(files, failures), mode="check", version="1.2.3"))


@pytest.mark.parametrize("rules", [RULES, (Safe, HeldBack), ()])
def test_every_report_fits_the_schema(rules: tuple[type, ...]) -> None:
    silenced = TEXT.replace("CMD", "# dockerfix: ignore=XX001\nCMD")
    files = [report_on(text, *rules, offers=True) for text in (TEXT, silenced, b"FROM odd\n# \xff\n")]
    schema = json.loads((DOCS / "schema" / f"report-v{JSON_VERSION}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document(*files, failures=(Failure("", "broken"),)), schema)


def test_the_schema_names_every_key() -> None:
    schema = json.loads((DOCS / "schema" / f"report-v{JSON_VERSION}.json").read_text())
    found = document(report_on(TEXT, *RULES))
    assert set(found) == set(schema["properties"])
    assert set(found["files"][0]) == set(schema["$defs"]["file"]["properties"])
    assert set(found["files"][0]["findings"][0]) == set(schema["$defs"]["finding"]["properties"])


def test_the_frame() -> None:
    found = document(report_on(TEXT, *RULES), failures=(Failure("b", "broken", 3),))
    assert found["version"] == JSON_VERSION == 1
    assert found["tool"] == {"name": "dockerfix", "version": "1.2.3"}
    assert found["mode"] == "check"
    assert found["errors"] == [{"path": "b", "line": 3, "message": "broken"}]
    assert found["summary"] == {
        "files": 1, "changed_files": 1, "errors": 1,
        "repaired": 3, "held_back": 0, "offered": 2, "reported": 1, "declined": 1,
    }  # fmt: skip


def test_a_finding() -> None:
    (finding,) = document(report_on(TEXT, Safe))["files"][0]["findings"]
    assert finding == {
        "code": "XX001",
        "name": "old-cmd",
        "message": "the command is old",
        "status": "repaired",
        "start": {"line": 5, "column": 1},
        "end": {"line": 5, "column": 12},
        "because": "new is the same",
        "facts": [],
        "worth": None,
        "fix": {
            "title": "Write new",
            "applicability": "safe",
            "edits": [
                {
                    "start": {"line": 5, "column": 5},
                    "end": {"line": 5, "column": 12},
                    "byte_offset": 48,
                    "byte_length": 7,
                    "content": {"text": '["new"]'},
                }
            ],
            "other_files": [],
        },
    }


def test_the_edits_are_places_in_the_file_as_it_was() -> None:
    (finding,) = document(report_on(TEXT, Unsafe))["files"][0]["findings"]
    edits = [
        Edit(Span(edit["byte_offset"], edit["byte_offset"] + edit["byte_length"]), edit["content"]["text"].encode())
        for edit in finding["fix"]["edits"]
    ]
    assert apply_edits(TEXT.encode(), edits) == TEXT.replace("doubt", "certainty").encode()


def test_a_repair_on_top_of_another_has_no_edits_of_its_own() -> None:
    findings = document(report_on('FROM odd\nCMD ["old"]\n', Safe, Later))["files"][0]["findings"]
    assert {finding["code"]: finding["fix"]["edits"] is None for finding in findings} == {"XX001": False, "XX002": True}


def test_other_files_and_the_diff() -> None:
    (file,) = document(report_on(TEXT, Safe, OtherFile))["files"]
    assert file["other_files"] == [{"path": "api/notes", "created": True, "content": {"text": "be careful\n"}}]
    assert file["diff"]["text"].startswith("--- a/api/Dockerfile\n+++ b/api/Dockerfile\n")
    assert "--- /dev/null\n+++ b/api/notes\n" in file["diff"]["text"]


def test_bytes_that_are_no_utf_8_are_base64() -> None:
    (file,) = document(report_on(b'FROM odd\n# \xff\nCMD ["old"]\n', Safe))["files"]
    assert b" # \xff\n" in base64.b64decode(file["diff"]["base64"])


def test_a_held_back_repair_says_why() -> None:
    (finding,) = document(report_on('FROM odd\nCMD ["fixed"]\n', HeldBack))["files"][0]["findings"]
    assert finding["status"] == "held back"
    assert "start command" in finding["because"]
    assert finding["fix"]["edits"] is None


def test_github_commands() -> None:
    said = github_text(Report((report_on(TEXT, *RULES),), (Failure("b/Dockerfile", "no such file"),))).splitlines()
    assert said[0] == "::error file=b/Dockerfile,title=dockerfix::no such file"
    place = "file=api/Dockerfile,line=5,col=1,title=XX001 old-cmd"
    assert f"::warning {place}::the command is old%0AWrite new: new is the same" in said
    assert [line.split(" ")[0] for line in said[1:]] == [
        "::notice",
        "::warning",
        "::notice",
        "::notice",
        *["::warning"] * 2,
    ]
    assert not any("harmless" in line for line in said)


def test_github_commands_are_escaped() -> None:
    place = Place("x", "a,b:c%d/Dockerfile")
    said = github_text(Report((report_on(TEXT, Safe, place=place),), (Failure("", "100 % wrong\nthere", 3),)))
    assert said.startswith("::error line=3,title=dockerfix::100 %25 wrong%0Athere\n")
    assert "file=a%2Cb%3Ac%25d/Dockerfile,line=5" in said
