"""Writes `docs/rules/*.md` from the rules themselves; with `--check` it only says whether they are current."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from dockerfix.rule import Applicability, Example, Rule
from dockerfix.rules import all_rules

_PAGES = Path(__file__).parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """The text of every page by file name, the index included."""
    rules = all_rules()
    return {"index.md": _index(rules), **{f"{rule.code}-{rule.name}.md": _page(rule) for rule in rules}}


def _index(rules: tuple[type[Rule], ...]) -> str:
    rows = [f"| [{rule.code}]({rule.code}-{rule.name}.md) | `{rule.name}` | {_summary(rule)} |" for rule in rules]
    return "\n".join(["# Rules", "", "| code | name | what it finds |", "|---|---|---|", *rows, ""])


def _summary(rule: type[Rule]) -> str:
    return inspect.getdoc(rule).partition("\n")[0] if rule.__doc__ else ""  # type: ignore[union-attr]


def _page(rule: type[Rule]) -> str:
    lines = [f"# {rule.code}: {rule.name}", "", *_explanation(rule), ""]
    lines += [f"Sources: {'; '.join(rule.sources)}.", ""]
    lines += [f"May change: {', '.join(sorted(aspect.value for aspect in rule.may_change))}.", ""]
    repaired = [example for example in rule.examples if example.expected is not None]
    alone = [example for example in rule.examples if example.expected is None]
    lines += ["## Repaired", "", *(line for example in repaired for line in _repaired(example))]
    lines += ["## Left alone", "", *(line for example in alone for line in _alone(example))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _explanation(rule: type[Rule]) -> Iterator[str]:
    for line in (inspect.getdoc(rule) or "").splitlines():
        title, colon, rest = line.partition(": ")
        yield f"**{title}:** {rest}" if colon and title in ("Why", "Fix", "Safety") else line


def _repaired(example: Example) -> Iterator[str]:
    mark = "" if example.expected is Applicability.SAFE or example.expected is None else f" ({example.expected.value})"
    yield f"### {example.title}{mark}"
    yield ""
    yield from _files(example)
    yield from _fenced(example.before)
    if example.after is not None and example.after != example.before:
        yield "becomes"
        yield ""
        yield from _fenced(example.after)
    for path, content in example.after_files.items():
        yield f"`{path}` becomes"
        yield ""
        yield from _fenced(content, "")


def _alone(example: Example) -> Iterator[str]:
    mark = "" if example.after is None else " (reported with the reason)"
    yield f"### {example.title}{mark}"
    yield ""
    yield from _files(example)
    yield from _fenced(example.before)


def _files(example: Example) -> Iterator[str]:
    if example.files:
        yield "Beside it: " + ", ".join(f"`{path}`" for path in example.files) + "."
        yield ""


def _fenced(text: str, language: str = "dockerfile") -> Iterator[str]:
    yield f"```{language}"
    yield text.replace("\r\n", "\n").rstrip("\n")
    yield "```"
    yield ""


def main() -> int:
    """Writes the pages, or compares; 1 when `--check` finds one that is not current."""
    wanted = pages()
    if "--check" in sys.argv[1:]:
        there = {path.name: path.read_text("utf-8") for path in _PAGES.glob("*.md")}
        stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        print(f"stale: {', '.join(stale)}; run python tools/rule_pages.py" if stale else "rule pages are current")
        return 1 if stale else 0
    _PAGES.mkdir(parents=True, exist_ok=True)
    for path in _PAGES.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (_PAGES / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
