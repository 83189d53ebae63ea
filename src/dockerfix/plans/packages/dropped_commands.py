"""Edits that take commands out of a RUN, or the RUN itself where nothing else is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.steps import Step
from dockerfix.syntax import Dockerfile, Run, Trivia
from dockerfix.text import Edit, Span

__all__ = ["without_commands"]


def without_commands(
    dockerfile: Dockerfile, step: Step, drops: Callable[[RunCommand], bool]
) -> tuple[Edit, ...] | None:
    """The edits; None where the commands are joined by more than `&&`, or a comment would go with them."""
    run, items = step.instruction, step.commands or ()
    script = script_of(run) if isinstance(run, Run) else None
    if script is None or not script.is_and_list or run.heredocs or any(item.command.is_nested for item in items):
        return None
    dropped = [drops(item) for item in items]
    if all(dropped):
        return None if run.comments else (_without_run(dockerfile, step),)
    ranges = [*_ranges([item.command.span for item in items], dropped)]
    if any(span.overlaps(comment) for span in ranges for comment in run.comments):
        return None
    return tuple(Edit(span, b"") for span in ranges)


def _ranges(spans: Sequence[Span], dropped: Sequence[bool]) -> Iterator[Span]:
    """From each command that goes up to the next one; the last ones go with what joins them to those before."""
    last = max(number for number, goes in enumerate(dropped) if not goes)
    for number, goes in enumerate(dropped[:last]):
        if goes:
            yield Span(spans[number].start, spans[number + 1].start)
    if last + 1 < len(spans):
        yield Span(spans[last].end, spans[-1].end)


def _without_run(dockerfile: Dockerfile, step: Step) -> Edit:
    """The lines of a RUN, with one of the two blanks that would meet."""
    extent = step.instruction.extent
    number = dockerfile.item_number(step.instruction)
    items = dockerfile.items
    before = items[number - 1] if number else None
    after = items[number + 1] if number + 1 < len(items) else None
    if _is_blank(before) and after is not None and _is_blank(after):
        return Edit(Span(extent.start, after.span.end), b"")
    return Edit(extent, b"")


def _is_blank(item: object) -> bool:
    return isinstance(item, Trivia) and item.kind == "blank"
