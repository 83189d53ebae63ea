"""SARIF: valid by its schema, and its fixes make the repair."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from reports import RULES, HeldBack, Later, OtherFile, Reported, Safe, Suggested, Unsafe, report_on

from dockerfix.report.model import Failure, FileReport, Place, Report
from dockerfix.report.sarif import sarif_text
from dockerfix.rule import Fact

SCHEMA = json.loads((Path(__file__).parent / "schema" / "sarif-schema-2.1.0.json").read_text())
TEXT = 'FROM odd\nRUN doubt\nRUN strange\nRUN harmless\nCMD ["old"]\n'


def sarif(*files: FileReport, failures: tuple[Failure, ...] = ()) -> dict[str, Any]:
    """The one run of a valid log."""
    log = json.loads(sarif_text(Report(files, failures), RULES, version="1.2.3", exit_code=1))
    assert not [error.message for error in Draft7Validator(SCHEMA).iter_errors(log)]
    return log["runs"][0]


def patched(source: bytes, change: dict[str, Any]) -> bytes:
    """A text with the replacements of one artifact change made, places taken from lines and columns."""
    lines = source.decode("utf-8", "surrogateescape").split("\n")

    def offset(line: int, column: int) -> int:
        return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1

    text = "\n".join(lines)
    places = []
    for replacement in change["replacements"]:
        region, content = replacement["deletedRegion"], replacement["insertedContent"]
        new = (
            content["text"]
            if "text" in content
            else base64.b64decode(content["binary"]).decode("utf-8", "surrogateescape")
        )
        start = offset(region["startLine"], region["startColumn"])
        places.append((start, offset(region["endLine"], region["endColumn"]), new))
        assert len(text[:start].encode("utf-8", "surrogateescape")) == region["byteOffset"]
    for start, end, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text.encode("utf-8", "surrogateescape")


def test_every_kind_of_finding_is_valid() -> None:
    run = sarif(report_on(TEXT, *RULES), failures=(Failure("b/Dockerfile", "no such file"), Failure("c", "broken", 3)))
    levels = {result["ruleId"]: (result["level"], result["properties"]["status"]) for result in run["results"]}
    assert levels == {
        "XX001": ("warning", "repaired"),
        "XX002": ("warning", "repaired"),
        "XX003": ("note", "offered"),
        "XX004": ("note", "offered"),
        "XX005": ("none", "declined"),
        "XX006": ("warning", "repaired"),
    }


def test_an_empty_report_is_valid() -> None:
    assert sarif()["results"] == []


def test_errors_are_notifications() -> None:
    (invocation,) = sarif(failures=(Failure("api/Dockerfile", "unknown instruction", 3), Failure("", "odd")))[
        "invocations"
    ]
    assert invocation["executionSuccessful"] is False
    told = invocation["toolExecutionNotifications"]
    assert told[0]["message"]["text"] == "unknown instruction"
    assert told[0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert "locations" not in told[1]


def test_rules_are_described() -> None:
    driver = sarif()["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("dockerfix", "1.2.3")
    assert driver["rules"][0]["id"] == "XX001"
    assert driver["rules"][0]["help"]["text"] == "Why: a test needs two lines. Fix: write `new`. Safety: always."


def test_a_result_says_where_it_stands() -> None:
    (result,) = sarif(report_on(TEXT, Reported))["results"][:1]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "api/Dockerfile"
    assert place["region"] == {
        "startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 12, "byteOffset": 19, "byteLength": 11,
    }  # fmt: skip


@pytest.mark.parametrize("rule", [Safe, Unsafe, Suggested])
def test_a_fix_makes_its_repair(rule: type[Any]) -> None:
    before = TEXT.encode()
    (result,) = sarif(report_on(TEXT, rule))["results"]
    (fix,) = result["fixes"]
    after = patched(before, fix["artifactChanges"][0])
    assert after != before
    assert after in (
        before.replace(b"old", b"new"), before.replace(b"doubt", b"certainty"), before.replace(b"odd", b"even"),
    )  # fmt: skip


def test_a_fix_in_a_text_that_is_no_utf_8() -> None:
    source = b"\xff FROM odd\n".replace(b"\xff ", b"# caf\xe9\n") + b'CMD ["old"]\r\n'
    (result,) = sarif(report_on(source, Safe))["results"]
    assert patched(source, result["fixes"][0]["artifactChanges"][0]) == source.replace(b"old", b"new")


def test_a_repair_on_top_of_another_carries_both() -> None:
    source = 'FROM odd\nCMD ["old"]\n'
    results = sarif(report_on(source, Safe, Later))["results"]
    fixes = {result["ruleId"]: result["fixes"][0] for result in results}
    assert fixes["XX002"]["description"]["text"] == "Write newest, together with the other repairs"
    assert patched(source.encode(), fixes["XX002"]["artifactChanges"][0]) == b'FROM odd\nCMD ["newest"]\n'
    assert patched(source.encode(), fixes["XX001"]["artifactChanges"][0]) == b'FROM odd\nCMD ["new"]\n'


@pytest.mark.parametrize("notes", [None, "", "old\nnotes"])
def test_another_file_is_created_or_changed(notes: str | None) -> None:
    (result,) = sarif(report_on("FROM odd\n", OtherFile, files={} if notes is None else {"notes": notes}))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "api/notes"
    assert patched((notes or "").encode(), change) == b"be careful\n"


def test_what_the_gate_refused_offers_no_fix() -> None:
    (result,) = sarif(report_on('FROM odd\nCMD ["fixed"]\n', HeldBack))["results"]
    assert result["fixes"] == []
    assert "start command" in result["message"]["text"]


def test_names_are_written_as_uris() -> None:
    place = Place("my app/Dockerfile", "my app/Docker#file %", "my app")
    (result,) = sarif(report_on(TEXT, Safe, place=place))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20app/Docker%23file%20%25"


def test_what_a_reason_counts_on_is_a_related_location() -> None:
    report = report_on(TEXT, Suggested)
    facts = (Fact("hands words over", "compose.yaml", 3), Fact("names the cache", None, 2), Fact("is missing", "a b"))
    entries = tuple(replace(entry, facts=facts) for entry in report.entries)
    (result, *_) = sarif(replace(report, entries=entries))["results"]
    assert [
        (
            one["message"]["text"],
            one["physicalLocation"]["artifactLocation"]["uri"],
            one["physicalLocation"].get("region"),
        )
        for one in result["relatedLocations"]
    ] == [
        ("hands words over", "compose.yaml", {"startLine": 3}),
        ("names the cache", report.place.path, {"startLine": 2}),
        ("is missing", "a%20b", None),
    ]
