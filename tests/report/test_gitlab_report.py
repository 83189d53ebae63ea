"""GitLab Code Quality: the documented form, and fingerprints that hold while lines move."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from reports import RULES, Reported, Safe, report_on

from dockerfix.report.gitlab import gitlab_text
from dockerfix.report.model import Failure, FileReport, Report

TEXT = 'FROM odd\nRUN doubt\nRUN strange\nRUN harmless\nCMD ["old"]\n'

# GitLab Docs, "Code Quality report format": the table of properties; paths are relative, without "./".
DOCUMENTED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1, "pattern": "^[^\n]+$"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32,}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {key: {"type": "integer", "minimum": 1} for key in ("begin", "end")},
                    },
                },
            },
        },
    },
}


def issues(*files: FileReport, failures: tuple[Failure, ...] = ()) -> list[dict[str, Any]]:
    content = json.loads(gitlab_text(Report(files, failures)))
    assert not [error.message for error in Draft7Validator(DOCUMENTED).iter_errors(content)]
    return content


def test_every_kind_of_finding_has_the_documented_form() -> None:
    found = issues(report_on(TEXT, *RULES), failures=(Failure("b", "no such file"), Failure("c", "broken", 3)))
    assert [(issue["check_name"], issue["severity"], issue["location"]["lines"]["begin"]) for issue in found] == [
        ("dockerfix", "critical", 1), ("dockerfix", "critical", 3), ("XX004", "minor", 1), ("XX006", "major", 1),
        ("XX003", "minor", 2), ("XX005", "minor", 3), ("XX001", "major", 5), ("XX002", "major", 5),
    ]  # fmt: skip


def test_every_kind_of_finding_is_valid_by_the_schema_of_gitlab() -> None:
    path = os.environ.get("DOCKERFIX_GITLAB_CODECLIMATE_SCHEMA")
    if not path:
        pytest.skip("no package holds GitLab's codeclimate.json; name a copy in DOCKERFIX_GITLAB_CODECLIMATE_SCHEMA")
    validator = Draft7Validator(json.loads(Path(path).read_text()))
    assert not [error.message for issue in issues(report_on(TEXT, *RULES)) for error in validator.iter_errors(issue)]


def test_an_empty_report_is_an_empty_list() -> None:
    assert issues() == []


def test_the_fingerprint_holds_when_lines_come_above() -> None:
    (before,) = issues(report_on(TEXT, Safe))
    (after,) = issues(report_on(TEXT.replace("FROM odd\n", "# new\n\nFROM odd\n"), Safe))
    assert before["fingerprint"] == after["fingerprint"]
    assert before["location"] != after["location"]


def test_equal_mistakes_in_one_file_have_fingerprints_of_their_own() -> None:
    found = issues(report_on("FROM odd\nRUN strange\nRUN strange\n", Reported))
    assert len({issue["fingerprint"] for issue in found}) == 2
