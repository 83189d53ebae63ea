"""What each repair does, and why: a line each."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part
from dockerfix.report.markdown import code, plain
from dockerfix.report.model import Entry

__all__ = ["repairs_part", "rule_link"]

_MOST_PLACES = 4


def repairs_part(facts: Facts) -> Part:
    """The repairs, in the order of the files."""
    lines = tuple(_line(facts, path, entry) for path, entry in facts.repairs.repaired())
    return Part("Repairs", lines, "- … and {} more; `dockerfix --diff` lists all of them.", is_list=True)


def rule_link(facts: Facts, entry: Entry) -> str:
    """A rule's name, with a link to its page where one is known."""
    name = f"{entry.code} {entry.name}"
    if not facts.rule_page:
        return code(name)
    return f"[{name}]({facts.rule_page.format(code=entry.code, name=entry.name)})"


def _line(facts: Facts, path: str, entry: Entry) -> str:
    place = code(f"{path}:{entry.position.line}")
    why = f" ({plain(entry.because)})" if entry.because else ""
    return (
        f"- {rule_link(facts, entry)} at {place}: **{plain(entry.title)}** – {plain(entry.message)}{why}{_seen(entry)}"
    )


def _seen(entry: Entry) -> str:
    """The files that the reason counts on, with their lines, where its words do not name them."""
    places = [f"{one.path}:{one.line}" if one.line else one.path for one in entry.facts if one.path is not None]
    more = [place for place in dict.fromkeys(places) if place not in entry.because]
    if not more:
        return ""
    rest = f" and {len(more) - _MOST_PLACES} more" if len(more) > _MOST_PLACES else ""
    return f" – looked at: {', '.join(map(code, more[:_MOST_PLACES]))}{rest}"
