"""What `dockerfix verify` measured."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part

__all__ = ["evidence_part"]


def evidence_part(facts: Facts) -> Part:
    """The measurements, all of them or none: half a table proves nothing."""
    blocks = (facts.evidence.strip(),) if facts.evidence.strip() else ()
    return Part("Evidence", blocks, "The measurements are too long for this page; `dockerfix verify` prints them.")
