"""What was seen and not repaired, and why."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part
from dockerfix.bot.body.repaired import rule_link
from dockerfix.report.markdown import code, plain
from dockerfix.report.model import Entry, Status

__all__ = ["left_part"]

_HOW = {
    Status.OFFERED: "a person has to decide",
    Status.REPORTED: "no repair is known",
    Status.DECLINED: "declined",
    Status.HELD_BACK: "held back by the last check before writing",
}


def left_part(facts: Facts) -> Part:
    """The findings that are left, in the order of the files, then files that could not be read."""
    lines = [
        _line(facts, path, entry) for path, report in facts.repairs.reports.items() for entry in report.having(*_HOW)
    ]
    lines += [f"- {plain(sentence)}" for sentence in facts.repairs.failures]
    return Part("Seen and left alone", tuple(lines), "- … and {} more; `dockerfix --verbose` lists all.", is_list=True)


def _line(facts: Facts, path: str, entry: Entry) -> str:
    place = code(f"{path}:{entry.position.line}")
    title = f"{plain(entry.title)} – " if entry.title else ""
    because = f": {plain(entry.because)}" if entry.because else ""
    return f"- {rule_link(facts, entry)} at {place}: {title}{plain(entry.message)} ({_HOW[entry.status]}{because})"
