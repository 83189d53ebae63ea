"""Programs that the project or its build put into the image, so that their names say nothing of what they do."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import brought_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.state import POSIX_SHELLS, absolute
from dockerfix.image.transfers import placed_files
from dockerfix.memo import memoised
from dockerfix.programs.printed_files import appends, printed_text
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Instruction

__all__ = ["OwnProgram", "OwnPrograms", "is_shell_script", "own_programs"]

_COPIERS = frozenset({"cp", "mv", "install", "ln"})
_PRINTERS = frozenset({"echo", "printf", "cat", "tee"})
_VALUED = frozenset("-m -o -g -t --mode --owner --group --target-directory".split())  # of install(1) and cp(1)
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@frozen
class OwnProgram:
    """A file of the project's own: `file` is its context path, None for one that the Dockerfile itself writes.

    `text` is None where it is a binary or not known.
    """

    name: str
    file: str | None
    text: str | None

    @property
    def is_binary(self) -> bool:
        """Whether it is no text: a checked-in binary of a known tool is what its name says."""
        return self.text is None and self.file is not None

    @property
    def is_shell_script(self) -> bool:
        """Whether a POSIX shell runs it: by its first line, or by its name where that names no interpreter."""
        text = self.text or ""
        return is_shell_script(text) or (not text.startswith("#!") and self.name.endswith((".sh", ".bash")))


class OwnPrograms:
    """Files by their place in the image; `texts` are those that the Dockerfile writes, None for an unknown text."""

    def __init__(self, context: BuildContext, path: str | None) -> None:
        self._context = context
        self._path = path
        self.files: dict[str, str] = {}
        self.texts: dict[str, str | None] = {}

    def found(self, name: str | None, workdir: str | None) -> OwnProgram | None:
        """The program that a shell in a folder would start by a name; None where it is none of the project's.

        A checked-in binary of a known tool is found too, with no text.
        """
        place = next((one for one in self._places(name or "", workdir) if one in self.files or one in self.texts), None)
        if place is None:
            return None
        base = posixpath.basename(place)
        if place in self.texts:
            return OwnProgram(base, None, self.texts[place])
        content = self._context.read(self.files[place])
        is_text = content is not None and b"\0" not in content[:4096]
        return OwnProgram(base, self.files[place], self._context.text(self.files[place]) if is_text else None)

    def _places(self, name: str, workdir: str | None) -> Iterator[str]:
        if "/" in name:
            place = absolute(name, workdir)
            yield from [place] if place is not None else []
        elif name and self._path is None:
            yield from (place for place in (*self.files, *self.texts) if place.endswith(f"/{name}"))
        elif name:
            yield from (f"{folder.rstrip('/')}/{name}" for folder in (self._path or "").split(":"))
            if workdir is not None and "." in name:  # `python main.py`, `. env.sh`
                yield posixpath.join(workdir, name)

    def follow(self, item: RunCommand, instruction: Instruction) -> None:
        """Note what a command of the build copies, links or prints."""
        program = item.program
        if program.name in _PRINTERS:
            named = [word for word in program.argv[1:] if word != "-a"] if program.name == "tee" else []
            for target in (*program.outputs, *named):
                place = absolute(target, item.workdir) if target is not None else None
                if place is not None:
                    self._print(place, item, instruction)
        if program.name in _COPIERS and not item.command.within:
            *sources, target = _operands(program.argv) or [""]
            into = absolute(target, item.workdir) if target else None
            places = [absolute(source, item.workdir) for source in sources]
            if program.name == "ln" and into is not None:
                places = [absolute(source, posixpath.dirname(into)) for source in sources]
            for place in places:
                if place is not None and into is not None:
                    self._copy(place, into, is_folder=target.endswith("/") or len(places) > 1 or self._is_folder(into))

    def _print(self, place: str, item: RunCommand, instruction: Instruction) -> None:
        text = printed_text(item, instruction)
        if appends(item):
            before = self.texts.get(place, "") if place not in self.files else self._context.text(self.files[place])
            before = self.texts.get(place, before)
            text = before + text if before is not None and text is not None else None
        self.texts[place] = text

    def _copy(self, source: str, target: str, *, is_folder: bool) -> None:
        for place in [one for one in (*self.files, *self.texts) if fnmatchcase(one, source)]:
            into = posixpath.join(target, posixpath.basename(place)) if is_folder or place != source else target
            if place in self.texts:
                self.texts[into] = self.texts[place]
            else:
                self.texts.pop(into, None)
                self.files[into] = self.files[place]

    def _is_folder(self, place: str) -> bool:
        below = place.rstrip("/") + "/"
        return place in _USUAL_PATH.split(":") or place == "/" or any(one.startswith(below) for one in self.files)


def _operands(argv: tuple[str | None, ...]) -> list[str] | None:
    """The words of a copying command that are no options; None where one is only known at run time."""
    found: list[str] = []
    words = iter(argv[1:])
    for word in words:
        if word is None:
            return None
        if word in _VALUED:
            next(words, None)
        elif not word.startswith("-"):
            found.append(word)
    return found


def own_programs(model: Image, stage: StageImage) -> OwnPrograms:
    """What COPY, a heredoc, or a RUN that copies, links or prints lays down in a stage."""
    return _own_programs(model.context, model, stage)


@memoised
def _own_programs(context: BuildContext, model: Image, stage: StageImage) -> OwnPrograms:
    found = OwnPrograms(context, stage.final.env.get("PATH", _USUAL_PATH))
    for step in stage.all_steps:
        brought = brought_files(model, step)
        found.files.update(brought)
        for place in brought:
            found.texts.pop(place, None)
        found.texts.update(_heredocs(step, context))
        for item in step.commands or ():
            found.follow(item, step.instruction)
    return found


def _heredocs(step: Step, context: BuildContext) -> Mapping[str, str]:
    placed = placed_files(step.transfer, context) if step.transfer is not None else None
    return {place: origin[2] for place, origin in (placed or {}).items() if origin[0] == "heredoc"}


def is_shell_script(text: str) -> bool:
    """Whether the first line of a file hands it to a POSIX shell."""
    words = [word for word in text.split("\n", 1)[0].split("/")[-1].removeprefix("env ").split() if word[0] != "-"]
    return text.startswith("#!") and bool(words) and words[0] in POSIX_SHELLS
