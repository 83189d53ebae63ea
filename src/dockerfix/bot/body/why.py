"""The first two answers: why this pull request, and how its author knows that it works."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part
from dockerfix.report.markdown import code

__all__ = ["trust_part", "why_part"]

_MOST_NAMES = 5


def why_part(facts: Facts) -> Part:
    """What is repaired, and what for."""
    repaired = facts.repairs.repaired()
    names = list(dict.fromkeys(path for path, _ in repaired)) or list(facts.repairs.changes)
    shown = [code(name) for name in names[:_MOST_NAMES]]
    shown += [f"{len(names) - _MOST_NAMES} more files"] if len(names) > _MOST_NAMES else []
    where = " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    explained = "" if facts.rule_page else " `dockerfix rule CODE` explains a rule at length."
    what = "1 mistake" if len(repaired) == 1 else f"{len(repaired)} mistakes"
    which = "It is one" if len(repaired) == 1 else "Each is one"
    return Part(
        "Why this",
        (
            f"This repairs {what} in {where}. {which} that costs its users something – slower builds, an image "
            "that runs as root or does not stop when told to, a build that gives something else tomorrow. Each line "
            f"under *Repairs* says what is done and why it may be.{explained}",
        ),
    )


def trust_part(facts: Facts) -> Part:
    """What was checked, and what was not."""
    checked = [
        "- Instructions that no repair below names are as they were, byte for byte; comments are kept.",
        "- The file is one that BuildKit accepts, by two readers that were written independently of each other.",
        "- A model of the image (files, commands, user, environment, ports, start command) is equal before and after, "
        "but for what is listed under *What changes in the image*.",
        "- Running the repairs again changes nothing more.",
    ]
    built = (
        "- The image was built and run before and after: the measurements are below."
        if facts.evidence
        else "- **Not checked:** no image was built for this. Your CI does that, or `dockerfix verify`, which compares "
        "builds from before and after."
    )
    return Part("How do I know that it works?", (*checked, built), is_list=True)
