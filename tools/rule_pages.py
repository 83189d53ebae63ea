"""Writes `docs/rules/*.md` from the rules themselves; with `--check` it only says whether they are current."""

from __future__ import annotations

import sys
from pathlib import Path

from dockerfix.report.rule_page import rule_page, rule_parts
from dockerfix.rules import all_rules

_COVERAGE = "coverage.md"  # tools/coverage_page.py writes it
_PAGES = Path(__file__).parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """The text of every page by file name, the index included."""
    names = {rule: f"{rule.code}-{rule.name}.md" for rule in all_rules()}
    rows = [f"| [{rule.code}]({name}) | `{rule.name}` | {rule_parts(rule)['']} |" for rule, name in names.items()]
    index = "\n".join(
        [
            "# Rules",
            "",
            f"What other tools find, and what of it these rules repair: [{_COVERAGE}]({_COVERAGE}).",
            "",
            "| code | name | what it finds |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
    return {"index.md": index, **{name: rule_page(rule) for rule, name in names.items()}}


def main() -> int:
    """Writes the pages, or compares; 1 when `--check` finds one that is not current."""
    wanted = pages()
    there = {path.name: path.read_text("utf-8") for path in _PAGES.glob("*.md") if path.name != _COVERAGE}
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if "--check" in sys.argv[1:]:
        print(f"stale: {', '.join(stale)}; run python tools/rule_pages.py" if stale else "rule pages are current")
        return 1 if stale else 0
    _PAGES.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (_PAGES / name).write_text(wanted[name], "utf-8")
        else:
            (_PAGES / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
