"""The lines around an instruction: the comments that describe it, the blank lines that set it off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile, Instruction, Trivia
from dockerfix.text import Edit, Span, decode

__all__ = ["Block", "is_parted_by", "says_need"]

_ABOUT_INSTALL = regex(r"install|depend|requirement|package|\bpip\b", re.IGNORECASE)
_ABOUT_DEPENDENCIES = regex(r"install|depend|requirement|restor|download|fetch|modules", re.IGNORECASE)
_ABOUT_COPY = regex(r"\b(?:copy|copies|copying|add|adds|adding)\b", re.IGNORECASE)
# Words of order, in some languages, and numbers of steps.
_WANTS_FIRST = regex(
    r"\b(?:first|before|beforehand|early|now that|zuerst|primero|primeiro|d'abord|сначала)\b|먼저|先|"
    r"^#+\s*(?:step\s*)?\d+\s*[.):-]",
    re.IGNORECASE,
)
_NEEDS = regex(r"\b(?:needs?|needed|requires?|required|must)\b", re.IGNORECASE)
_RULER = regex(r"[#=*_~+. -]*(?:#{4,}|[=*_~+-]{3,})[#=*_~+. -]*\Z")
_COMMENTED_OUT = regex(
    r"#+\s*(?:RUN|COPY|ADD|ENV|ARG|WORKDIR|USER|CMD|ENTRYPOINT|EXPOSE|VOLUME|FROM|LABEL|HEALTHCHECK)\s+\S"
)


class Block:
    """An instruction with the comments that describe it, and the blank lines around."""

    def __init__(self, dockerfile: Dockerfile, instruction: Instruction, last: Instruction | None = None) -> None:
        """Args: last: the install below which the instruction is to go; its comments stay above it."""
        self.dockerfile = dockerfile
        self.instruction = instruction
        above = _describing(dockerfile.comments_above(instruction))
        self.wants_first = next((one.text.strip() for one in above if _WANTS_FIRST.search(one.text)), None)
        is_of_install = self.wants_first is None and any(_ABOUT_INSTALL.search(one.text) for one in above)
        if last is not None and is_of_install and not dockerfile.comments_above(last):
            above = ()
        self.span = Span(above[0].span.start if above else instruction.extent.start, instruction.extent.end)

    @property
    def comments(self) -> str:
        """The comment lines, with `\\n`."""
        text = decode(self.dockerfile.source[self.span.start : self.instruction.extent.start])
        return text.replace("\r\n", "\n")

    @property
    def speaks_of_install(self) -> bool:
        """Whether the comments tell of dependencies rather than of what is made with them."""
        return bool(_ABOUT_DEPENDENCIES.search(self.comments))

    @property
    def opens(self) -> bool:
        """Whether a blank line stands above."""
        return any(item.span.end == self.span.start for item in _blanks(self.dockerfile))

    @property
    def closes(self) -> bool:
        """Whether a blank line stands below."""
        return any(item.span.start == self.span.end for item in _blanks(self.dockerfile))

    @property
    def end_of_tail(self) -> int:
        """Where the instruction ends, with the commented-out instructions glued below it that no other one follows."""
        end = self.span.end
        for item in self.dockerfile.items[self.dockerfile.item_number(self.instruction) + 1 :]:
            if isinstance(item, Instruction):
                return self.span.end
            if not isinstance(item, Trivia) or not _COMMENTED_OUT.match(item.text.strip()):
                break
            end = item.span.end
        return end

    def replaced_by(self, lines: str, *, below_blank: bool) -> Edit:
        """The edit that leaves `lines` in place of the block, and no double blank where nothing is left."""
        end = self.span.end
        if not lines and below_blank and self.closes:
            found = self.dockerfile.source.find(b"\n", end) + 1
            end = found or len(self.dockerfile.source)
        return Edit(Span(self.span.start, end), self.dockerfile.style.encoded(lines))


def says_need(comment: str, names: Sequence[str]) -> bool:
    """Whether a comment says that one of these files or folders is needed: `# uv sync needs src/`."""
    return bool(_NEEDS.search(comment)) and any(
        re.search(rf"(?<![\w./-]){re.escape(n)}(?![\w.-])", comment) for n in names
    )


def is_parted_by(dockerfile: Dockerfile, above: Block, below: Block, gone: Sequence[Block]) -> bool:
    """Whether more than blank lines, and blocks that go away, stands between two blocks."""
    for item in dockerfile.items:
        span = item.extent if isinstance(item, Instruction) else item.span
        if above.span.end <= span.start and span.end <= below.span.start:
            blank = isinstance(item, Trivia) and item.kind == "blank"
            if not blank and not any(one.span.start <= span.start < one.span.end for one in gone):
                return True
    return False


def _describing(comments: Sequence[Trivia]) -> tuple[Trivia, ...]:
    """The comments that go with the instruction below them: no commented-out instruction, no banner of a section."""
    number = len(comments)
    while number and not _COMMENTED_OUT.match(comments[number - 1].text.strip()):
        number -= 1
    found = tuple(comments[number:])
    is_banner = any(_RULER.match(comment.text.strip()) for comment in found)
    return () if is_banner and not any(_ABOUT_COPY.search(comment.text) for comment in found) else found


def _blanks(dockerfile: Dockerfile) -> Iterator[Trivia]:
    return (item for item in dockerfile.items if isinstance(item, Trivia) and item.kind == "blank")
