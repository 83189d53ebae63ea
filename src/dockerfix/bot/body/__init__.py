"""The text of a pull request, in named parts, one file each."""

from __future__ import annotations

from dockerfix.bot.body.about import about_part
from dockerfix.bot.body.evidence import evidence_part
from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.image import image_part
from dockerfix.bot.body.left import left_part
from dockerfix.bot.body.parts import Part, joined
from dockerfix.bot.body.repaired import repairs_part
from dockerfix.bot.body.silence import silence_part
from dockerfix.bot.body.why import trust_part, why_part

__all__ = ["Facts", "Part", "body_of", "joined"]

_PARTS = (why_part, trust_part, repairs_part, image_part, left_part, evidence_part, silence_part, about_part)


def body_of(facts: Facts, limit: int) -> str:
    """The body in at most `limit` characters; what repairs exist is told last of all to give way."""
    return joined([part(facts) for part in _PARTS], limit)
