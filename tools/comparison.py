"""Writes `docs/comparison.md`: dockerfix beside other Dockerfile tools, counted from the lists of their rules.

    python tools/comparison.py [--check]

The rules of the others are in `coverage_peers.json`, what stands for each is judged in `coverage.toml`; a benchmark is
taken from `benchmarks/results.json`, where there is one.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockerfix.rules import all_rules

_HERE = Path(__file__).parent
_PAGE = _HERE.parent / "docs" / "comparison.md"
_MEASURED = _HERE.parent / "benchmarks" / "results.json"
_NAMES = {
    "buildkit": "BuildKit's checks",
    "hadolint": "hadolint",
    "tally": "tally",
    "docker-parfum": "docker-parfum",
    "dockerfile-doctor": "dockerfile-doctor",
}
_HEAD = """\
# Beside other tools
Written by `tools/comparison.py` from the tools' own lists of rules ({versions}).

dockerfix repairs few things, and reads more before it does: the files that the image is built from, who builds it and
how it is started. A linter that knows the Dockerfile alone finds more, and leaves the change to you. They go together:
dockerfix heeds the comments `# hadolint ignore=` and `# check=skip=` where its rules are about the same thing.

| | rules | of these, repaired by itself | about the same as a rule of dockerfix |
|---|--:|--:|--:|
{rows}
"""


def page() -> str:
    """The text of the page."""
    peers = json.loads((_HERE / "coverage_peers.json").read_text("utf-8"))
    topics = tomllib.loads((_HERE / "coverage.toml").read_text("utf-8"))["topic"]
    versions = ", ".join(f"{_NAMES[tool]} {row['version']}" for tool, row in peers.items() if tool != "buildkit")
    rows = "\n".join([_own(), *(_row(tool, peers[tool]["rules"], topics) for tool in _NAMES)])
    parts = [_HEAD.format(versions=versions, rows=rows), _only_here(topics), _refused(topics), _speed()]
    return "\n".join(part for part in parts if part)


def _own() -> str:
    repaired = sum(any(one.expected is not None for one in rule.examples) for rule in all_rules())
    return f"| **dockerfix** | {len(all_rules())} | {repaired} | |"


def _row(tool: str, rules: dict[str, bool], topics: list[dict[str, Any]]) -> str:
    shared = sum(len(_rules(tool, topic, rules)) for topic in topics if topic.get("ours"))
    repaired = sum(rules.values()) if tool != "buildkit" else 0
    return f"| {_NAMES[tool]} | {len(rules)} | {repaired} | {shared} |"


def _rules(tool: str, topic: dict[str, Any], rules: dict[str, bool]) -> list[str]:
    """The rules of one tool that a topic names; `tally/x/*` stands for all below."""
    found: list[str] = []
    for name in topic.get(tool, "").split():
        found += [one for one in rules if one.startswith(name[:-1])] if name.endswith("*") else [name]
    return found


def _only_here(topics: list[dict[str, Any]]) -> str:
    known = {code for topic in topics for code in topic.get("ours", ())}
    rules = [rule for rule in all_rules() if rule.code not in known]
    lines = [f"- [{rule.code}](rules/{rule.code}-{rule.name}.md): {rule.message}" for rule in rules]
    return "\n".join(["## What is in none of their lists", "", *lines, ""])


def _refused(topics: list[dict[str, Any]]) -> str:
    rows = [
        f"| {_cell(topic['what'])} | {_who(topic)} | {_cell(topic['why'])} |"
        for topic in topics
        if not topic.get("ours")
    ]
    head = ["## What they have and dockerfix has not", "", "| what | who has it | why not here |", "|---|---|---|"]
    rest = "Rule by rule: [coverage](rules/coverage.md)."
    return "\n".join([*head, *rows, "", rest, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _who(topic: dict[str, Any]) -> str:
    return ", ".join(name for tool, name in _NAMES.items() if topic.get(tool))


def _speed() -> str:
    """What was measured, by tool: seconds and bytes for the same files on the same machine."""
    if not _MEASURED.is_file():
        return ""
    return "\n".join(["## How long they take", "", *_measured(json.loads(_MEASURED.read_text("utf-8"))), ""])


def _measured(found: dict[str, Any]) -> Iterator[str]:
    yield from (found["what"], "", "| | seconds | memory, MB |", "|---|--:|--:|")
    yield from (f"| {row['tool']} | {row['seconds']:.2f} | {row['memory'] >> 20} |" for row in found["rows"])


def main() -> int:
    """Writes the page, or compares; 1 when `--check` finds that it is not current."""
    text = page()
    if "--check" in sys.argv[1:]:
        current = _PAGE.is_file() and _PAGE.read_text("utf-8") == text
        print("the comparison is current" if current else "stale: docs/comparison.md; run python tools/comparison.py")
        return 0 if current else 1
    _PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
