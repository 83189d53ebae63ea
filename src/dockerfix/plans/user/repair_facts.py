"""What a repair that gives a stage a user counts on: the modules that start, what they write, what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockerfix.plans.user.repair import UserRepair
from dockerfix.plans.writes.started_modules import started_modules
from dockerfix.project.context.facts import Fact, fact, facts_in

__all__ = ["repair_facts"]


def repair_facts(repair: UserRepair, reasons: Iterable[str]) -> Iterator[Fact]:
    """A fact for each place that was looked at.

    Args:
        reasons: all that speaks against the repair, of which its reason tells the first.
    """
    context, writes = repair.model.context, repair.writes
    for reason in reasons:
        yield from facts_in(reason, context)
    for written in writes.places:
        yield fact(f"{written.source} writes {written.path}", written.source, context)
    for name, place in writes.unknown.items():
        said = f"{name} is not known to this version" if " " not in name else f"{place} writes to {name}"
        yield fact(said, place, context)
    for doubts in (writes.doubts, writes.inside):
        for what, places in doubts.places.items():
            yield from (fact(f"{place} {what}".strip(), place, context) for place in places)
    for use in writes.home:
        yield fact(f"{use} keeps files in a home folder", use, context)
    for path in started_modules(repair.start, repair.model, repair.stage):
        yield Fact("starts, and is read for what it writes", path)
