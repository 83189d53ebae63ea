"""Writes `docs/rules/coverage.md`: each rule of other Dockerfile tools, and what dockerfix does about it.

    python tools/coverage_page.py [--check]
    python tools/coverage_page.py --read hadolint=GIT tally=GIT docker-parfum=GIT dockerfile-doctor=FOLDER

The second form renews `coverage_peers.json`, the lists of these rules, from clones and from the installed package. What
stands for each of them is said by people in `coverage.toml`; a rule that nobody has judged, or that is judged twice, is
an error.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockerfix.rules import all_rules

_HERE = Path(__file__).parent
_PAGE = _HERE.parent / "docs" / "rules" / "coverage.md"
_PEERS = _HERE / "coverage_peers.json"
_JUDGED = _HERE / "coverage.toml"
_MOST = 40  # rules that a row names
_HEAD = """\
# Coverage
What other tools find in Dockerfiles, and what dockerfix does about it. Written by `tools/coverage_page.py` from the
tools' own lists of rules ({versions}). A star marks what a tool repairs, too; BuildKit's own checks with one are
repaired by tally.

| what | found by | dockerfix | |
|---|---|---|---|
"""


def page() -> str:
    """The text of the page.

    Raises:
        SystemExit: a rule of another tool is not judged, or twice, or a rule of ours does not exist.
    """
    peers, topics = json.loads(_PEERS.read_text("utf-8")), tomllib.loads(_JUDGED.read_text("utf-8"))["topic"]
    known = {f"{tool}:{rule}": repairs for tool, row in peers.items() for rule, repairs in row["rules"].items()}
    problems = [*_problems(known, topics)]
    if problems:
        sys.exit("\n".join(problems))
    names = {rule.code: f"[{rule.code}]({rule.code}-{rule.name}.md)" for rule in all_rules()}
    rows = [_row(topic, known, names) for topic in sorted(topics, key=lambda one: not one.get("ours"))]
    versions = ", ".join(f"{tool} {row['version']}" for tool, row in peers.items())
    return _HEAD.format(versions=versions) + "\n".join(rows) + "\n\n" + _figures(known, topics)


def _problems(known: dict[str, bool], topics: list[dict[str, Any]]) -> Iterator[str]:
    judged = Counter(rule for topic in topics for rule in _rules(topic, known))
    yield from (f"not judged: {rule}" for rule in known if rule not in judged)
    yield from (f"judged twice: {rule}" for rule, times in judged.items() if times > 1)
    ours = {rule.code for rule in all_rules()}
    yield from (f"no rule of ours: {code}" for topic in topics for code in topic.get("ours", []) if code not in ours)
    yield from (f"unknown: {rule}" for rule in judged if rule not in known)


def _rules(topic: dict[str, Any], known: dict[str, bool]) -> Iterator[str]:
    """The rules of a topic; `tally:powershell/*` stands for all below."""
    for tool in ("buildkit", "hadolint", "tally", "docker-parfum", "dockerfile-doctor"):
        for rule in topic.get(tool, "").split():
            if rule.endswith("*"):
                yield from (one for one in known if one.startswith(f"{tool}:{rule[:-1]}"))
            else:
                yield f"{tool}:{rule}"


def _row(topic: dict[str, Any], known: dict[str, bool], names: dict[str, str]) -> str:
    found = [_shown(rule) + ("\\*" if known[rule] else "") for rule in _rules(topic, known)]
    shown = ", ".join(found[:_MOST]) + (f" and {len(found) - _MOST} more" if len(found) > _MOST else "")
    ours = ", ".join(names[code] for code in topic.get("ours", []))
    what, why = (topic[key].replace("|", "\\|") for key in ("what", "why"))
    return f"| {what} | {shown} | {ours or 'no'} | {why} |"


def _shown(rule: str) -> str:
    """A rule as its tool calls it, with the tool where the name does not tell it."""
    tool, _, name = rule.partition(":")
    return f"tally {name.rpartition('/')[2]}" if tool == "tally" else f"{tool} {name}"


def _figures(known: dict[str, bool], topics: list[dict[str, Any]]) -> str:
    by_us = sum(1 for topic in topics if topic.get("ours") for _ in _rules(topic, known))
    return f"Of {len(known)} rules, {by_us} are about something that dockerfix repairs or tells.\n"


def _read(sources: list[str]) -> None:
    peers: dict[str, Any] = {}
    for source in sources:
        tool, _, place = source.partition("=")
        version, rules = _READERS[tool](place)
        if tool == "tally":
            mine = {name.removeprefix("buildkit/"): fix for name, fix in rules.items() if name.startswith("buildkit/")}
            peers["buildkit"] = {"version": "checks, as tally lists them", "rules": mine}
            rules = {name: fix for name, fix in rules.items() if not name.startswith("buildkit/")}
        peers[tool] = {"version": version, "rules": rules}
    _PEERS.write_text(json.dumps(peers, indent=1) + "\n", "utf-8")


def _git(repository: str, *words: str) -> str:
    done = subprocess.run(["git", f"--git-dir={repository}", *words], capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def _seen(repository: str) -> str:
    return "of " + _git(repository, "log", "-1", "--format=%cs").strip()


def _hadolint(place: str) -> tuple[str, dict[str, bool]]:
    text = _git(place, "show", "HEAD:README.md")
    return _seen(place), dict.fromkeys(re.findall(r"^\| \[([A-Z]{2}\d+)\]", text, re.MULTILINE), False)


def _tally(place: str) -> tuple[str, dict[str, bool]]:
    paths = _git(place, "ls-tree", "-r", "--name-only", "HEAD", "_docs/rules").split()
    names = {path.removeprefix("_docs/rules/").removesuffix(".mdx"): path for path in paths if path.endswith(".mdx")}
    pages = {
        name: path for name, path in names.items() if "/" in name and not name.endswith(("overview", "PowerShell"))
    }
    return _seen(place), {name: _is_repaired(_git(place, "show", f"HEAD:{path}")) for name, path in pages.items()}


def _is_repaired(text: str) -> bool:
    return re.search(r"^\| *Auto-fix *\| *Yes", text, re.MULTILINE) is not None


def _parfum(place: str) -> tuple[str, dict[str, bool]]:
    text = _git(place, "show", "HEAD:README.md")
    return _seen(place), dict.fromkeys(re.findall(r"^\| \d+ +\| (\w+) ", text, re.MULTILINE), True)


def _doctor(place: str) -> tuple[str, dict[str, bool]]:
    rules, fixer = (Path(place, name).read_text("utf-8") for name in ("rules.py", "fixer.py"))
    fixed = set(re.findall(r"DD\d{3}", fixer))
    return "0.1.5", {name: name in fixed for name in re.findall(r"^# (DD\d{3}) —", rules, re.MULTILINE)}


_READERS = {"hadolint": _hadolint, "tally": _tally, "docker-parfum": _parfum, "dockerfile-doctor": _doctor}


def main() -> int:
    """Writes the page, or compares; 1 when `--check` finds that it is not current."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true")
    options.add_argument("--read", nargs="+", metavar="TOOL=PLACE", default=[])
    given = options.parse_args()
    if given.read:
        _read(given.read)
    text = page()
    if given.check:
        return 0 if _PAGE.is_file() and _PAGE.read_text("utf-8") == text else 1
    _PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
