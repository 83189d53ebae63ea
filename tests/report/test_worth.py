"""What a repair is worth: said by rules, carried by the report, and what the report sorts by."""

from __future__ import annotations

import json

from dockerfix.fix import repair
from dockerfix.report.json import json_text
from dockerfix.report.model import FileReport, Place, Report, file_report
from dockerfix.rule import BuildContext, Worth
from dockerfix.rules import all_rules
from dockerfix.syntax import parse

_FILE = (
    "FROM node:18-slim\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nRUN npm install -g pm2\n"
    'COPY Missing.json ./\nCMD ["node", "a.js"]\n'
)
_FILES = {"package.json": "{}", "a.js": "", "b.json": ""}


def _report() -> FileReport:
    outcome = repair(parse(_FILE), BuildContext.of_files(_FILES), [rule() for rule in all_rules()])
    return file_report(outcome, Place("Dockerfile", "Dockerfile"))


def test_what_stops_the_build_is_told_first() -> None:
    assert _report().by_worth[0].code == "DF706"


def test_more_megabytes_come_before_fewer_and_what_was_not_measured_last() -> None:
    worths = [entry.worth for entry in _report().by_worth]
    known = [worth for worth in worths if worth is not None]
    assert worths[: len(known)] == known
    amounts = [worth.amount or 0 for worth in known if worth.kind.name == "MEGABYTES"]
    assert amounts == sorted(amounts, reverse=True)


def test_entries_stay_in_file_order_for_programs() -> None:
    assert [*_report().entries] == sorted(_report().entries, key=lambda entry: (entry.position, entry.code))


def test_json_carries_it() -> None:
    content = json.loads(json_text(Report((_report(),)), mode="check", version="1"))
    worths = {one["code"]: one["worth"] for one in content["files"][0]["findings"] if one["worth"]}
    assert worths["DF302"] == {"kind": "megabytes", "amount": 84}
    assert worths["DF706"] == {"kind": "stops", "amount": None}


def test_it_reads_as_one_number() -> None:
    assert [str(Worth.megabytes(84.0)), str(Worth.seconds(10)), str(Worth.stops())] == [
        "84 MB",
        "10 seconds",
        "the build stops here",
    ]
