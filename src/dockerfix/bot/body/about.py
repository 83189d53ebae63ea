"""What made the pull request, and from what."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part
from dockerfix.report.markdown import code

__all__ = ["about_part"]


def about_part(facts: Facts) -> Part:
    """Version, base and configuration on one line."""
    told = f" with {code(facts.configuration)}" if facts.configuration else " with its defaults"
    return Part(
        "", (f"---\n<sub>dockerfix {facts.version}{told}, from {code(facts.base)} at {code(facts.commit[:12])}.</sub>",)
    )
