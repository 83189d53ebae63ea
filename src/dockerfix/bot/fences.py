"""Code blocks of Markdown that no text can leave."""

from __future__ import annotations

import re

__all__ = ["fenced"]


def fenced(text: str, info: str) -> str:
    """A fenced code block around a text.

    Args:
        text: lines without the last newline; "" makes a block without a line.
        info: what stands behind the opening fence.
    Source: CommonMark, "Fenced code blocks": a shorter run of backticks does not end a block.
    """
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{text}\n{fence}" if text else f"{fence}{info}\n{fence}"
