"""How to say no, to one repair or to all."""

from __future__ import annotations

from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.parts import Part
from dockerfix.report.markdown import code

__all__ = ["silence_part"]


def silence_part(facts: Facts) -> Part:
    """Each way with what to type or do."""
    codes = sorted({entry.code for _, entry in facts.repairs.repaired()})
    first = codes[0] if codes else "DF101"
    setting = f'ignore = ["{first}"]'
    return Part(
        "Not what you want?",
        (
            f"- One place: {code(f'# dockerfix: ignore={first} reason')} above the instruction.",
            f"- One rule: {code(setting)} in `dockerfix.toml`, or in `pyproject.toml` under `[tool.dockerfix]`.",
            "- All of it: close this pull request. It is not opened again for these rules at these lines.",
            "- Something else: push to this branch. From then on it is yours and is not touched any more. What you "
            "write above or below this text stays, too.",
        ),
        is_list=True,
    )
