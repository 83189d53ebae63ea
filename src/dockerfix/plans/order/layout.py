"""The text of an order: which lines stay above the install, which go below it, with their comments and blank lines."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from dockerfix.image.state import expand
from dockerfix.image.transfers import source_files
from dockerfix.plans.order.early import EarlyCopy
from dockerfix.plans.order.parting import Parting
from dockerfix.plans.order.surroundings import Block, is_parted_by, says_need
from dockerfix.plans.order.walk import Order
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Add, Copy, Dockerfile, Instruction, exec_form
from dockerfix.text import Edit, Span, decode

__all__ = ["Layout"]


class Layout:
    """Writes an order into a Dockerfile."""

    def __init__(self, dockerfile: Dockerfile, context: BuildContext, order: Order, last: Instruction) -> None:
        self.dockerfile = dockerfile
        self.context = context
        self.order = order
        self.last = last
        copies: dict[int, Instruction] = {copy.instruction.index: copy.instruction for copy in order.copies}
        steps = {step.instruction.index: step.instruction for step in order.followers}
        self.blocks = [Block(dockerfile, one, last) for _, one in sorted({**copies, **steps}.items())]
        self.copies = {copy.instruction.index: copy for copy in order.copies}
        self.workdirs = {step.instruction.index: step.before.workdir for step in order.stage.steps}

    @property
    def doubt(self) -> str:
        """Why a comment that moves along says something against it; empty where none does."""
        found = (block.wants_first for block in self.blocks)
        texts = (text for text in (*found, self._wants_source()) if text is not None)
        return next((f"a comment speaks of the order: {text}" for text in texts), "")

    def _wants_source(self) -> str | None:
        """A comment that stays above the install and says that it needs what moves below."""
        moved = {block.instruction.index for block in self.blocks}
        sources = [word.value for copy in self.copies.values() for word in copy.instruction.words[:-1]]
        names = [name for source in sources if (name := source.removeprefix("./").rstrip("/")) not in ("", ".")]
        for instruction in self.dockerfile.instructions[max(min(moved) - 1, 0) : self.last.index + 1]:
            if instruction.index not in moved:
                for comment in self.dockerfile.comments_above(instruction):
                    if says_need(comment.text, names):
                        return comment.text.strip()
        return None

    def edits(self) -> list[Edit]:
        """The edits that leave manifests above the installs and put what moves below the last one."""
        style = self.dockerfile.style
        edits, moved = self._taken_out()
        if not moved.strip():
            return edits
        if self.order.parting is not None:
            return [*edits, self._parted_run(self.order.parting, moved)]
        end = Block(self.dockerfile, self.last).end_of_tail
        if self.dockerfile.source[:end].endswith(b"\n"):
            return [*edits, Edit.insert(end, style.encoded(moved))]
        return [*edits, Edit.insert(end, style.encoded("\n" + moved.removesuffix("\n")))]

    def _parted_run(self, parting: Parting, moved: str) -> Edit:
        """The edit that parts a RUN; a comment that describes the build goes with the build."""
        run = Block(self.dockerfile, self.last)
        comments, span = "", self.last.span
        if self._goes_with_source(run):
            is_glued = run.opens and run.comments and not moved.endswith("\n\n")
            comments, span = ("\n" if is_glued else "") + run.comments, Span(run.span.start, span.end)
        indent = self._indent(self.last)
        first = parting.first if span == self.last.span else indent + parting.first
        return Edit(span, self.dockerfile.style.encoded(f"{first}\n{moved}{comments}{indent}{parting.second}"))

    def _indent(self, instruction: Instruction) -> str:
        """The blanks in front of an instruction."""
        return decode(self.dockerfile.source[instruction.extent.start : instruction.span.start])

    def _goes_with_source(self, block: Block) -> bool:
        """Whether the comments of a RUN that is parted describe what is left of it, and not the dependencies."""
        parting = self.order.parting
        if parting is None or parting.second != self._text(self.last.span) or block.instruction is not self.last:
            return False
        only_fetches = "install" in parting.second and "install" not in parting.first
        only_fetches = only_fetches and "install" in block.comments.lower()
        return only_fetches or not block.speaks_of_install

    def _taken_out(self) -> tuple[list[Edit], str]:
        """The edits that leave manifests above the installs, and the lines that are to go below the last one."""
        edits: list[Edit] = []
        moved: list[str] = []
        above: dict[int, str] = {}
        below_blank, done = False, -1
        for block in self.blocks:
            copy = self.copies.get(block.instruction.index)
            stays, goes = self._parted(copy) if copy is not None else ("", self._whole(block.instruction))
            goes = "" if self._is_repeated_below(block, goes) else goes
            if stays and copy is not None and not self._stands_at_reader(block, copy):
                assert copy.reader is not None  # else it stands where it should
                number = copy.reader.index
                above[number] = above.get(number, "") + stays
                stays = ""
            below_blank = block.opens or (below_blank and block.span.start == done)
            done = block.span.end if not stays else -1
            edits.append(block.replaced_by(stays, below_blank=below_blank))
            moved.append(("\n" if block.opens else "") + block.comments + goes)
        edits += [self._above_reader(self.dockerfile.instructions[number], text) for number, text in above.items()]
        return edits, self._set_off("".join(moved))

    def _is_repeated_below(self, block: Block, goes: str) -> bool:
        """Whether a copy would come to stand right above one that says the same, as files that copy twice have it."""
        following = self.dockerfile.instructions[self.last.index + 1 : self.last.index + 2]
        is_last = block is self.blocks[-1] and self.order.parting is None and not block.comments
        return is_last and bool(following) and goes == self._whole(following[0])

    def _stands_at_reader(self, block: Block, copy: EarlyCopy) -> bool:
        """Whether only blank lines, and what moves away, part a copy from the first RUN that reads of it."""
        reader = Block(self.dockerfile, copy.reader) if copy.reader is not None else None
        return reader is None or not is_parted_by(self.dockerfile, block, reader, self.blocks)

    def _above_reader(self, reader: Instruction, text: str) -> Edit:
        block = Block(self.dockerfile, reader)
        has_comments = bool(block.comments) and not self._goes_with_source(block)
        parted = block.opens and (has_comments or any(one.closes for one in self.blocks))
        return Edit.insert(block.span.start, self.dockerfile.style.encoded(text + ("\n" if parted else "")))

    def _set_off(self, moved: str) -> str:
        """Blank lines around what moves, where the file set it off before."""
        closes = self.blocks[-1].closes
        lead = "\n" if closes or self.blocks[0].opens else ""
        return lead + moved.removeprefix("\n") + ("\n" if closes and self._is_glued_below() else "")

    def _is_glued_below(self) -> bool:
        """Whether what follows the place where the source goes begins without a blank line."""
        if self.order.parting is not None:
            return True
        end = Block(self.dockerfile, self.last).end_of_tail
        rest = self.dockerfile.source[end:]
        return bool(rest.strip()) and bool(rest.splitlines()[0].strip())

    def _whole(self, instruction: Instruction) -> str:
        return self._text(instruction.extent) + "\n"

    def _text(self, span: Span) -> str:
        return decode(self.dockerfile.source[span.start : span.end]).replace("\r\n", "\n").removesuffix("\n")

    def _parted(self, copy: EarlyCopy) -> tuple[str, str]:
        """The lines that stay above the install, and the instruction that goes below it; `\\n` behind each."""
        here, there = (self._destination(copy, one) for one in (copy.reader, self.last))
        whole = self._to(copy, there)
        if not copy.needed:
            return "", whole
        kept = self._kept_sources(copy)
        if kept is not None:
            return self._with_sources(copy, here, kept), self._with_sources(copy, there, kept, without=True)
        return "".join(self._manifest_copies(copy, here)), whole

    def _destination(self, copy: EarlyCopy, below: Instruction | None) -> str:
        """Where a copy goes to, as written; absolute where it moves to another working directory."""
        assert copy.step.transfer is not None
        assert copy.instruction.destination is not None
        written = copy.instruction.destination.value
        place = copy.step.transfer.destination
        here = self.workdirs.get(below.index) if below is not None else copy.step.before.workdir
        value = expand(written, copy.step.before, copy.instruction.escape) or written
        if value.startswith("/") or place is None or here == copy.step.before.workdir:
            return written
        return place.rstrip("/") + "/" if written.endswith(("/", ".")) else place

    def _to(self, copy: EarlyCopy, destination: str) -> str:
        """The instruction with this destination, untouched where that is the one written."""
        instruction = copy.instruction
        assert instruction.destination is not None
        if destination == instruction.destination.value:
            return self._whole(instruction)
        values = [word.value for word in instruction.words[:-1]]
        return self._instruction_text(instruction, instruction.keyword, [*values, destination])

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

    def _with_sources(self, copy: EarlyCopy, destination: str, numbers: set[int], *, without: bool = False) -> str:
        """The instruction on one line with only some of its sources."""
        instruction = copy.instruction
        values = [word.value for number, word in enumerate(instruction.words[:-1]) if (number in numbers) != without]
        return self._instruction_text(instruction, instruction.keyword, [*values, destination])

    def _instruction_text(
        self, instruction: Copy | Add, keyword: str, values: list[str], *, single: bool = False
    ) -> str:
        """One instruction; `single` for one that names each file, so that no flag need choose among them."""
        own = ("chown", "chmod", "link", "from")
        source = self.dockerfile.source
        flags = [
            decode(source[flag.span.start : flag.span.end])
            for flag in instruction.flags
            if flag.name in own or not single
        ]
        as_json = instruction.form == "json" or any(" " in value for value in values)
        arguments = exec_form(values) if as_json else " ".join(values)
        return self._indent(instruction) + " ".join([keyword, *flags, arguments]) + "\n"

    def _manifest_copies(self, copy: EarlyCopy, written: str) -> Iterator[str]:
        assert copy.step.transfer is not None
        base = copy.step.transfer.destination or "/"
        keyword = self.dockerfile.style.keyword("COPY")
        whole, single = _grouped(copy, self.order.folders, base)
        for folder, paths in sorted(single.items()):
            target = self._seen_from_reader(copy, _target(written, folder, len(paths)), written)
            yield self._instruction_text(copy.instruction, keyword, [*paths, target], single=True)
        for folder, path in sorted(whole.items()):
            values = [f"{path}/", _target(written, folder, 2)]
            yield self._instruction_text(copy.instruction, keyword, values, single=True)

    def _seen_from_reader(self, copy: EarlyCopy, target: str, written: str) -> str:
        """`./` for the folder that the reading RUN works in, where the copy was relative to another one."""
        assert copy.instruction.destination is not None
        is_moved = copy.reader is not None and written != copy.instruction.destination.value
        here = self.workdirs.get(copy.reader.index) if copy.reader is not None else None
        return "./" if is_moved and posixpath.normpath(target) == here else target


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
