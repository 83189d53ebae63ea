"""The whole file: its items in order, its stages, and ways to find things in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property
from typing import TypeVar, overload

from dockerfix.frozen import frozen
from dockerfix.syntax.lines import Directive, Trivia
from dockerfix.syntax.nodes import Arg, Form, From, Instruction, Onbuild
from dockerfix.syntax.style import FileStyle, file_style
from dockerfix.text import LineIndex, decode

__all__ = ["Dockerfile", "Item", "ParseProblem", "Stage"]

Item = Trivia | Directive | Instruction
I = TypeVar("I", bound=Instruction)  # noqa: E741


@frozen
class ParseProblem:
    """Why BuildKit refuses the file; `line` is 1-based, or None for the whole file."""

    message: str
    line: int | None


@frozen(eq=False)
class Stage:
    """A FROM and what follows it, up to the next FROM. `index` counts from 0."""

    index: int
    start: From
    instructions: tuple[Instruction, ...]

    @property
    def name(self) -> str | None:
        """The stage name in lower case, or None."""
        return self.start.name

    @overload
    def find(self, kind: type[I], *, form: Form | None = None) -> Iterator[I]: ...
    @overload
    def find(self, kind: tuple[type[Instruction], ...], *, form: Form | None = None) -> Iterator[Instruction]: ...
    def find(
        self, kind: type[Instruction] | tuple[type[Instruction], ...], *, form: Form | None = None
    ) -> Iterator[Instruction]:
        """The stage's instructions of a type, in order."""
        return (i for i in self.instructions if isinstance(i, kind) and (form is None or i.form == form))


@frozen(eq=False)
class Dockerfile:
    """A parsed file. `items` tile the source; `instructions` are those among them that are instructions."""

    source: bytes
    items: tuple[Item, ...]
    escape: str
    problems: tuple[ParseProblem, ...]
    memo: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """The source as a string (invalid UTF-8 as surrogate escapes)."""
        return decode(self.source)

    @cached_property
    def index(self) -> LineIndex:
        """Turns offsets into lines and columns."""
        return LineIndex(self.source)

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """Every instruction, in order; what an ONBUILD holds is not among them."""
        return tuple(item for item in self.items if isinstance(item, Instruction))

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """The parser directives at the top."""
        return tuple(item for item in self.items if isinstance(item, Directive))

    @cached_property
    def style(self) -> FileStyle:
        """The file's own manners: newline, indentation, keyword case."""
        return file_style(self.source, self.instructions)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The build stages, in order."""
        starts = [i for i in self.instructions if isinstance(i, From)]
        bounds = [*(start.index for start in starts), len(self.instructions)]
        return tuple(
            Stage(number, start, self.instructions[bounds[number] : bounds[number + 1]])
            for number, start in enumerate(starts)
        )

    @property
    def global_args(self) -> tuple[Arg, ...]:
        """The ARGs above the first FROM."""
        first = self.stages[0].start.index if self.stages else len(self.instructions)
        return tuple(i for i in self.instructions[:first] if isinstance(i, Arg))

    def stage_of(self, instruction: Instruction) -> Stage | None:
        """The stage an instruction belongs to; None above the first FROM."""
        number = bisect_right(self.stages, instruction.index, key=lambda stage: stage.start.index)
        return self.stages[number - 1] if number else None

    @overload
    def find(self, kind: type[I], *, form: Form | None = None) -> Iterator[I]: ...
    @overload
    def find(self, kind: tuple[type[Instruction], ...], *, form: Form | None = None) -> Iterator[Instruction]: ...
    def find(
        self, kind: type[Instruction] | tuple[type[Instruction], ...], *, form: Form | None = None
    ) -> Iterator[Instruction]:
        """The instructions of a type, in order, optionally of one form only."""
        return (i for i in self.instructions if isinstance(i, kind) and (form is None or i.form == form))

    def walk(self) -> Iterator[Instruction]:
        """Every instruction, those held by an ONBUILD included."""
        for instruction in self.instructions:
            node: Instruction | None = instruction
            while node is not None:
                yield node
                node = node.trigger if isinstance(node, Onbuild) else None

    def comments_above(self, instruction: Instruction) -> tuple[Trivia, ...]:
        """The unbroken block of comment lines that ends on the line above an instruction."""
        found: list[Trivia] = []
        for number in range(self.item_number(instruction) - 1, -1, -1):
            item = self.items[number]
            if not isinstance(item, Trivia) or item.kind != "comment":
                break
            found.append(item)
        return tuple(reversed(found))

    def item_number(self, instruction: Instruction) -> int:
        """The place of an instruction of this file among its `items`, 0-based."""
        return self._item_numbers[instruction.index]

    @cached_property
    def _item_numbers(self) -> tuple[int, ...]:
        return tuple(number for number, item in enumerate(self.items) if isinstance(item, Instruction))
