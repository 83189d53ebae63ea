"""What the repairs change in the image, in the words of the image model."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part
from dockerfix.report.markdown import code, plain

__all__ = ["image_part"]


def image_part(facts: Facts) -> Part:
    """The changes of every Dockerfile; the file is named where there are several."""
    changed = [(path, report) for path, report in facts.repairs.reports.items() if report.image_changes]
    lines = [
        f"- {plain(change)}" if len(changed) == 1 else f"- {code(path)}: {plain(change)}"
        for path, report in changed
        for change in report.image_changes
    ]
    return Part("What changes in the image", tuple(lines), "- … and {} more.", is_list=True)
