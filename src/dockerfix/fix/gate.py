"""The write gate: what every repair has to pass before a byte is written."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

from dockerfix.errors import GateError, ParseError
from dockerfix.fix.added import check_added
from dockerfix.fix.changed_files import check_changed_files
from dockerfix.fix.second_readers import changed_part, second_readers_agree
from dockerfix.image import Aspect, differences, image
from dockerfix.rule import BuildContext
from dockerfix.syntax import Dockerfile, Instruction, Trivia, check
from dockerfix.text import Edit, Span, decode

__all__ = ["pass_gate"]


def pass_gate(
    before: Dockerfile,
    after: Dockerfile,
    edits: tuple[Edit, ...],
    contexts: tuple[BuildContext, BuildContext],
    may_change: frozenset[Aspect],
    files: Iterable[str] = (),
) -> None:
    """Nothing, when `after` keeps what a repair must keep.

    Args:
        edits: what turned `before` into `after`.
        contexts: the build context before and after.
        may_change: the aspects that the rule declared.
        files: other files of the context that the repair writes.
    Raises:
        GateError: a promise broke; the message says which.
    """
    if before.source != after.source:
        _is_accepted(after)
        second_readers_agree(changed_part(before, after, edits))
        _untouched_is_identical(before, after, edits)
        _comments_are_kept(before, after)
    changed = tuple(files)
    check_changed_files(changed, *contexts, may_change)
    was, becomes = image(before, contexts[0]), image(after, contexts[1])
    check_added(was, becomes)
    found = differences(was, becomes, may_change, changed)
    if found:
        raise GateError(f"it would change the {found[0].aspect.value}, which this rule may not: {found[0].text}")


def _is_accepted(after: Dockerfile) -> None:
    try:
        check(after)
    except ParseError as error:
        raise GateError(f"the result is no Dockerfile any more: {error.message}") from None


def _untouched_is_identical(before: Dockerfile, after: Dockerfile, edits: tuple[Edit, ...]) -> None:
    """Instructions that no edit touches stand there byte for byte, read as one instruction each."""
    there = Counter(_text(after, i) for i in after.instructions)
    spans = sorted(edit.span for edit in edits)
    for instruction in before.instructions:
        if not _is_touched(instruction, spans):
            there[_text(before, instruction)] -= 1
            if there[_text(before, instruction)] < 0:
                raise GateError(f"line {instruction.start_line} was not to be touched and is not the same any more")


def _is_touched(instruction: Instruction, spans: list[Span]) -> bool:
    """Whether one of the sorted ranges, none of which overlap, reaches into the instruction."""
    extent = instruction.extent
    number = bisect_left(spans, extent.end, key=lambda span: span.start)
    return number > 0 and spans[number - 1].end > extent.start


def _text(dockerfile: Dockerfile, instruction: Instruction) -> bytes:
    return dockerfile.source[instruction.extent.start : instruction.extent.end].rstrip(b"\r\n")


def _comments_are_kept(before: Dockerfile, after: Dockerfile) -> None:
    lost = Counter(_comments(before)) - Counter(_comments(after))
    if lost:
        raise GateError(f"a comment would be lost: {next(iter(lost))}")


def _comments(dockerfile: Dockerfile) -> Iterable[str]:
    for item in dockerfile.items:
        if isinstance(item, Trivia) and item.kind == "comment":
            yield item.text.strip()
        elif isinstance(item, Instruction):
            for span in item.comments:
                yield decode(dockerfile.source[span.start : span.end]).strip()
