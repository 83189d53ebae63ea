"""What is told about the place under the pointer: the rule's page, shortened to what fits."""

from __future__ import annotations

import re

from lsprotocol import types

from dockerfix.cli.editor.seen import Seen
from dockerfix.report.model import Entry, Status
from dockerfix.report.rule_page import rule_parts
from dockerfix.rule import Rule
from dockerfix.rules import all_rules
from dockerfix.text import Span

__all__ = ["hover"]

_OURS = re.compile(rb"#\s*dockerfix:\s*ignore")
_WORD = re.compile(rb"[\w-]+")


def hover(seen: Seen, position: types.Position) -> types.Hover | None:
    """The findings at a place with their rules, or the rule that a comment there silences; None for anything else."""
    offset = seen.buffer.places.offset(position)
    report = seen.report
    here = [one for one in report.entries if _is_at(seen, one, offset)] if report else []
    if here:
        text = "\n\n---\n\n".join(_finding(entry) for entry in here)
        return _shown(text, min((seen.span(entry) for entry in here), key=len), seen)
    return _silenced(seen, offset)


def _is_at(seen: Seen, entry: Entry, offset: int) -> bool:
    span = seen.span(entry)
    return entry.status is not Status.DECLINED and span.start <= offset < max(span.end, span.start + 1)


def _finding(entry: Entry) -> str:
    rule = _rule(entry.code)
    because = f"{entry.because}\n\n" if entry.because else ""
    verdict = f" ({entry.applicability.value})" if entry.applicability else ""
    repair = f"**Repair{verdict}.** {entry.title}\n\n" if entry.title else ""
    return f"**{entry.message}**\n\n{because}{repair}{_page(rule) if rule else ''}"


def _page(rule: type[Rule]) -> str:
    parts = rule_parts(rule)
    told = [f"**{rule.code} {rule.name}.** {parts.pop('')}"]
    told += (f"**{name}.** {text[:1].upper()}{text[1:]}" for name, text in parts.items())
    return "\n\n".join([*told, f"`dockerfix rule {rule.code}` shows examples."])


def _silenced(seen: Seen, offset: int) -> types.Hover | None:
    source = seen.buffer.source
    start = source.rfind(b"\n", 0, offset) + 1
    line = source[start : source.find(b"\n", offset) if b"\n" in source[offset:] else len(source)]
    if not _OURS.search(line):
        return None
    for word in _WORD.finditer(line):
        rule = _rule(word[0].decode("utf-8", "replace")) if word.start() <= offset - start <= word.end() else None
        if rule is not None:
            return _shown(_page(rule), Span(start + word.start(), start + word.end()), seen)
    return None


def _rule(name: str) -> type[Rule] | None:
    low = name.lower()
    return next((rule for rule in all_rules() if low in (rule.code.lower(), rule.name)), None)


def _shown(text: str, span: Span, seen: Seen) -> types.Hover:
    content = types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.Hover(content, seen.buffer.places.range(span))
