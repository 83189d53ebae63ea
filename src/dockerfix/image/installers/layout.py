"""The text of an order: which lines stay above the install, which go below it, with their comments and blank lines."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from dockerfix.image.installers.order import EarlyCopy, Order
from dockerfix.image.transfers import source_files
from dockerfix.project.context import BuildContext
from dockerfix.syntax import Add, Copy, Dockerfile, Instruction, Trivia, exec_form
from dockerfix.text import Edit, Span, decode

__all__ = ["Layout", "block_text"]

_ABOUT_INSTALL = re.compile(r"install|depend|requirement|package|\bpip\b", re.IGNORECASE)


class Layout:
    """Writes an order into a Dockerfile."""

    def __init__(self, dockerfile: Dockerfile, context: BuildContext, order: Order) -> None:
        self.dockerfile = dockerfile
        self.context = context
        self.order = order

    def edits(self, last: Instruction) -> list[Edit]:
        """The edits that leave manifests where the copies stand, and put what moves below an instruction."""
        edits, moved = self.taken_out(last)
        source, style = self.dockerfile.source, self.dockerfile.style
        end = last.extent.end
        if source[:end].endswith(b"\n"):
            return [*edits, Edit.insert(end, style.encoded(moved))]
        return [*edits, Edit.insert(end, style.encoded("\n" + moved.removesuffix("\n")))]

    def taken_out(self, last: Instruction) -> tuple[list[Edit], str]:
        """The edits that leave manifests where the copies stand, and the lines that are to go below an instruction."""
        edits: list[Edit] = []
        moved: list[str] = []
        copies = {copy.instruction.index: copy for copy in self.order.copies}
        steps = {step.instruction.index: step.instruction for step in self.order.followers}
        for index, instruction in sorted({**{i: copy.instruction for i, copy in copies.items()}, **steps}.items()):
            block = _Block(self.dockerfile, instruction, last)
            copy = copies.get(index)
            stays, goes = self._parted(copy) if copy is not None else ("", self._whole(instruction))
            edits.append(block.replaced_by(stays))
            moved.append(block.lead + block.comments + goes)
        return edits, "".join(moved)

    def _whole(self, instruction: Instruction) -> str:
        return block_text(self.dockerfile, Span(instruction.extent.start, instruction.extent.end)) + "\n"

    def _parted(self, copy: EarlyCopy) -> tuple[str, str]:
        """The lines that stay above the install, and the instruction that goes below it; `\\n` behind each."""
        instruction = copy.instruction
        whole = self._whole(instruction)
        if not copy.needed:
            return "", whole
        kept = self._kept_sources(copy)
        if kept is not None:
            return self._with_sources(instruction, kept), self._with_sources(instruction, kept, without=True)
        return "".join(self._manifest_copies(copy)), whole

    def _kept_sources(self, copy: EarlyCopy) -> set[int] | None:
        """The source words that name just manifests, when these are all that the installs need of this copy."""
        assert copy.step.transfer is not None
        wanted = set(copy.needed.values())
        kept = {
            number
            for number, source in enumerate(copy.step.transfer.sources)
            if (files := source_files(source, self.context)) and set(files) <= wanted
        }
        covered = {path for n in kept for path in source_files(copy.step.transfer.sources[n], self.context) or ()}
        return kept if kept and covered == wanted else None

    def _with_sources(self, instruction: Copy | Add, numbers: set[int], *, without: bool = False) -> str:
        """The instruction on one line with only some of its sources."""
        words = [
            word
            for number, word in enumerate(instruction.words)
            if number == len(instruction.words) - 1 or (number in numbers) != without
        ]
        return self._instruction_text(instruction, instruction.keyword, [word.value for word in words])

    def _instruction_text(self, instruction: Copy | Add, keyword: str, values: list[str]) -> str:
        own = ("chown", "chmod", "link", "from")
        source = self.dockerfile.source
        flags = [
            decode(source[flag.span.start : flag.span.end])
            for flag in instruction.flags
            if flag.name in own or keyword.upper() == instruction.kind
        ]
        as_json = instruction.form == "json" or any(" " in value for value in values)
        arguments = exec_form(values) if as_json else " ".join(values)
        return " ".join([keyword, *flags, arguments]) + "\n"

    def _manifest_copies(self, copy: EarlyCopy) -> Iterator[str]:
        assert copy.step.transfer is not None
        assert copy.instruction.destination is not None
        base = copy.step.transfer.destination or "/"
        written = copy.instruction.destination.value
        keyword = self.dockerfile.style.keyword("COPY")
        whole, single = _grouped(copy, self.order.folders, base)
        for folder, paths in sorted(single.items()):
            yield self._instruction_text(copy.instruction, keyword, [*paths, _target(written, folder, len(paths))])
        for folder, path in sorted(whole.items()):
            yield self._instruction_text(copy.instruction, keyword, [f"{path}/", _target(written, folder, 2)])


def block_text(dockerfile: Dockerfile, span: Span) -> str:
    """A part of the file as text with `\\n`, without the last one."""
    return decode(dockerfile.source[span.start : span.end]).replace("\r\n", "\n").removesuffix("\n")


def _grouped(copy: EarlyCopy, folders: Sequence[str], base: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What is needed of a copy: folders to take whole, and files by the folder they go to, as seen from `base`."""
    whole: dict[str, str] = {}
    single: dict[str, list[str]] = {}
    for place, path in copy.needed.items():
        folder = next((one for one in folders if path.startswith(f"{one}/")), None)
        if folder is not None:
            top = place[: -len(path) + len(folder)]
            whole[posixpath.relpath(top, base)] = folder
        else:
            single.setdefault(posixpath.relpath(posixpath.dirname(place), base), []).append(path)
    return whole, single


def _target(written: str, folder: str, count: int) -> str:
    """Where manifests go, written as the file writes its destination."""
    if folder == ".":
        return written if written.endswith("/") or (count == 1 and written == ".") else written + "/"
    return f"{written.rstrip('/')}/{folder}/"


class _Block:
    """The lines of an instruction with the comments that describe it and the blank lines around."""

    def __init__(self, dockerfile: Dockerfile, instruction: Instruction, last: Instruction) -> None:
        self.dockerfile = dockerfile
        self.instruction = instruction
        above = dockerfile.comments_above(instruction)
        text = " ".join(comment.text for comment in above)
        speaks_of_install = bool(_ABOUT_INSTALL.search(text)) and not dockerfile.comments_above(last)
        self.above = () if speaks_of_install else above
        self.start = self.above[0].span.start if self.above else instruction.extent.start

    @property
    def comments(self) -> str:
        """The comment lines that move along."""
        text = decode(self.dockerfile.source[self.start : self.instruction.extent.start])
        return text.replace("\r\n", "\n")

    @property
    def lead(self) -> str:
        """An empty line, where the block opened a paragraph."""
        return "\n" if self._item_is_blank(self.start, before=True) else ""

    def _item_is_blank(self, offset: int, *, before: bool) -> bool:
        return any(
            isinstance(item, Trivia)
            and item.kind == "blank"
            and (item.span.end if before else item.span.start) == offset
            for item in self.dockerfile.items
        )

    def replaced_by(self, lines: str) -> Edit:
        """The edit that leaves `lines` in place of the block, and no double blank where nothing is left."""
        end = self.instruction.extent.end
        if not lines and self.lead and self._item_is_blank(end, before=False):
            found = self.dockerfile.source.find(b"\n", end) + 1
            end = found or len(self.dockerfile.source)
        return Edit(Span(self.start, end), self.dockerfile.style.encoded(lines))
