"""A body is parts, a part is a heading and blocks; what is too long loses whole blocks, so Markdown never breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dockerfix.frozen import frozen

__all__ = ["Part", "joined"]


@frozen
class Part:
    """A section.

    Attributes:
        heading: without signs of Markdown; "" for none.
        blocks: each of them complete Markdown; a list is one block an item.
        rest: what stands at the end where blocks are left out, with `{}` for how many; "" where none may be.
        is_list: the blocks follow each other without an empty line.
    """

    heading: str
    blocks: tuple[str, ...]
    rest: str = ""
    is_list: bool = False
    left_out: int = 0

    def text(self) -> str:
        """As Markdown; "" for a part without blocks."""
        if not self.blocks and not self.left_out:
            return ""
        rest = [self.rest.format(self.left_out)] if self.left_out else []
        inner = ("\n" if self.is_list else "\n\n").join([*self.blocks, *rest])
        return f"### {self.heading}\n\n{inner}" if self.heading else inner

    def shorter(self) -> Part:
        """The same without its last block."""
        return replace(self, blocks=self.blocks[:-1], left_out=self.left_out + 1)


def joined(parts: Sequence[Part], limit: int) -> str:
    """All parts in their order, in at most `limit` characters; the longest ones give way first."""
    parts = list(parts)
    texts = [part.text() for part in parts]
    while _length(texts) > limit:
        able = [number for number, part in enumerate(parts) if part.rest and part.blocks]
        if not able:
            return ""  # nothing that makes sense fits
        number = max(able, key=lambda n: len(texts[n]))
        parts[number] = parts[number].shorter()
        texts[number] = parts[number].text()
    return "\n\n".join(text for text in texts if text)


def _length(texts: Sequence[str]) -> int:
    return sum(len(text) + 2 for text in texts if text)
