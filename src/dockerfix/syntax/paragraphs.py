"""Paragraphs: instructions and comments without an empty line between them, and where a new one goes."""

from __future__ import annotations

from dockerfix.syntax.lines import Trivia
from dockerfix.syntax.nodes import Instruction
from dockerfix.syntax.tree import Dockerfile, Item
from dockerfix.text import Edit

__all__ = ["insert_block", "insert_paragraph"]


def insert_block(dockerfile: Dockerfile, instruction: Instruction, text: str) -> Edit:
    """Put lines above an instruction and the comments that stand on it.

    Where comments and instruction open a paragraph, the lines become one of their own; without comments they
    join the instruction.

    Args:
        text: one or more lines parted by `\\n`, without the last one.
    """
    above = dockerfile.comments_above(instruction)
    if not above:
        return Edit.insert(instruction.extent.start, dockerfile.style.encoded(dockerfile.style.set_in(text) + "\n"))
    number = dockerfile.items.index(above[0])
    parted = "\n" if number and _is_blank(dockerfile.items[number - 1]) else ""
    return Edit.insert(above[0].span.start, dockerfile.style.encoded(dockerfile.style.set_in(text) + "\n" + parted))


def insert_paragraph(
    dockerfile: Dockerfile, instruction: Instruction, text: str, passing: tuple[type[Instruction], ...]
) -> tuple[Edit, Instruction]:
    """Put lines above the paragraph of an instruction, as a paragraph of their own.

    Only instructions of the types `passing` are gone past; where another one stands in the paragraph, the lines join
    the instruction and its comments instead.

    Args:
        text: one or more lines parted by `\\n`, without the last one.
    Returns:
        The edit, and the instruction that then follows the lines.
    """
    items = dockerfile.items
    number = items.index(instruction)
    follower = instruction
    while number and _may_pass(items[number - 1], passing):
        number -= 1
        item = items[number]
        if isinstance(item, Instruction):
            follower = item
    if number == 0 or not _is_blank(items[number - 1]):
        return insert_block(dockerfile, instruction, text), instruction
    number = _above_heading(items, number)
    item = items[number]
    start = item.extent.start if isinstance(item, Instruction) else item.span.start
    return Edit.insert(start, dockerfile.style.encoded(dockerfile.style.set_in(text) + "\n\n")), follower


def _may_pass(item: Item, passing: tuple[type[Instruction], ...]) -> bool:
    return isinstance(item, passing) or (isinstance(item, Trivia) and item.kind == "comment")


def _is_blank(item: Item) -> bool:
    return isinstance(item, Trivia) and item.kind == "blank"


def _above_heading(items: tuple[Item, ...], number: int) -> int:
    """Past a paragraph of comments alone, which is a heading of what follows it."""
    at = number
    while at and _is_blank(items[at - 1]):
        at -= 1
    heading = at
    while heading and isinstance(items[heading - 1], Trivia) and items[heading - 1].kind == "comment":  # type: ignore[union-attr]
        heading -= 1
    if heading < at and heading and _is_blank(items[heading - 1]):
        return heading
    return number
