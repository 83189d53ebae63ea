"""Which files and folders an app has to own to write where it writes, and at which step they can be given to it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dockerfix.frozen import frozen
from dockerfix.image.accounts import Account, is_system_place
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import brought_files, context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.temporary import is_made_temporary
from dockerfix.image.written import Written
from dockerfix.project.context import BuildContext
from dockerfix.shell import quoted
from dockerfix.syntax import Copy, Instruction, Run

__all__ = ["Ownership", "ownership"]

_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/", "/proc/")
_SOURCE = tuple(".py .pyc .html .js .css .ts .toml .cfg .ini .md .yml .yaml .sh .lock".split())
_NO_DATA = frozenset("requirements.txt runtime.txt Dockerfile Procfile Makefile LICENSE Pipfile".split())
# Commands that run no code of the project, and that make nothing inside its folders but what they are told.
_BUILD_TOOLS = frozenset(
    "pip apt-get apt apk dnf yum microdnf uv poetry pipenv npm yarn pnpm rm cd chmod chown mkdir ls echo set export "
    "useradd groupadd adduser addgroup usermod curl wget tar unzip find true test [ update-ca-certificates ldconfig "
    "locale-gen sed cat touch git gpg ln install apt-key dpkg".split()
)
_HARMLESS_CODE = frozenset(
    "collectstatic compilemessages compileall compress assets --version -V ensurepip venv pip".split()
)


@dataclass(slots=True)
class Ownership:
    """How the app gets what it writes to.

    `folders` are given to the app before anything is copied, those of them in `absent` are made first: a COPY into a
    folder leaves its owner alone, one that brings a folder takes it over. `late` are shell commands for after the
    last copy, `copies` the copies that need `--chown`. `doubts` name what may still fail, `problems` what cannot be
    given to the app at all.
    """

    folders: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be given."""
        return not self.folders and not self.late and not self.copies


def ownership(
    model: Image, stage: StageImage, places: Iterable[Written], account: Account, at: Instruction | None
) -> Ownership:
    """What to give to an account so that it can write to `places`.

    Args:
        at: the instruction above which folders are made; None where all of it happens after the last copy. Where
            one thing has to wait for the last copy, all of them do.
    """
    planner = _Planner(model, stage, account, at)
    for place in places:
        planner.add(place)
    return planner.finished()


class _Planner:
    def __init__(self, model: Image, stage: StageImage, account: Account, at: Instruction | None) -> None:
        self.stage = stage
        self.model = model
        self.context = model.context
        self.account = account
        self.at = at
        self.files = context_files(model, stage)
        self.brought = frozenset(_brought_folders(model, stage))
        self.made = _Made.of(stage)
        self.plan = Ownership()
        self.recursive: list[str] = []  # folders to give with all that is in them
        self.single: list[str] = []  # files and folders to give by themselves
        self.absent: list[str] = []  # folders to make
        self.waits = at is None

    def add(self, place: Written) -> None:
        folder = place.path if place.is_folder else posixpath.dirname(place.path)
        home = self.account.home
        if not place.is_folder and place.path in self.brought:
            return  # no file can come to stand where a folder is
        is_open = f"{place.path}/".startswith(_TEMPORARY) and not is_made_temporary(self.model, self.stage, place.path)
        if is_open or (home is not None and f"{folder}/".startswith(home + "/")):
            return
        if is_system_place(folder):
            owner = "nobody but root should own" if folder == "/" else "belongs to the system"
            problem = f"{place.source} writes to {folder}, which {owner}; give it a folder of its own first"
            _add(self.plan.problems, problem)
            return
        if place.with_content:
            self._own_whole(place.path)
            return
        if not place.is_folder:
            self._own_file(place.path)
        if place.needs_folder or (place.path not in self.files and place.path not in self.made.files):
            self._own_folder(folder, place)

    def _own_whole(self, folder: str) -> None:
        """Gives the app a folder with what the build left in it."""
        _add(self.absent, folder)
        _add(self.recursive, folder)
        self.waits = True

    def _own_file(self, path: str) -> None:
        """Gives the app a file that is there already."""
        copied = self.files.get(path)
        if copied is None:
            if path in self.made.files:
                self._later(path)
        elif not _may_be_absent(copied, self.context):
            self._later(path)
        elif posixpath.dirname(path) in self.brought and self._is_data_folder(posixpath.dirname(path)):
            self._own_brought(posixpath.dirname(path))
        else:
            self._own_copy(path)

    def _later(self, path: str) -> None:
        _add(self.single, path)
        self.waits = True

    def _own_copy(self, path: str) -> None:
        """A file that Git ignores is not in everybody's folder: a `chown` of it would break their build."""
        step = next(s for s in reversed(self.stage.all_steps) if path in brought_files(self.model, s))
        if isinstance(step.instruction, Copy) and step in self.stage.steps and step.instruction.flag("chown") is None:
            if step.instruction not in self.plan.copies:
                self.plan.copies.append(step.instruction)
        else:
            _add(self.plan.doubts, f"{path}, which the app writes to, is copied with another owner")

    def _own_folder(self, folder: str, place: Written) -> None:
        if not place.is_exact and self._holds_named_data(folder):
            _add(self.plan.doubts, f"{place.source} writes into {folder}, beside copied files that it may replace")
        if folder in self.brought:
            self._own_brought(folder)
            return
        maker = self._code_run_at_build()
        inside_stage = _is_below(folder, _stage_folders(self.stage))
        if maker is not None and self._holds_source(folder) and place.path not in self.files:
            _add(self.plan.doubts, f"line {maker.start_line} runs code of the project as root, which may make "
                 f"{place.path} already")  # fmt: skip
        elif maker is not None and not self._holds_source(folder):
            _add(self.recursive, folder)
        elif inside_stage or self._is_named_later(folder):
            self.waits = True
        _add(self.absent, folder)
        _add(self.single, folder)
        self.waits = self.waits or bool(self.recursive)

    def _own_brought(self, folder: str) -> None:
        self.waits = True
        if not self._is_data_folder(folder):
            _add(self.single, folder)
            return
        inside = [path for place, path in self.files.items() if place.startswith(folder + "/")]
        if all(_may_be_absent(path, self.context) for path in inside):
            _add(self.absent, folder)
        _add(self.recursive, folder)

    def _is_data_folder(self, folder: str) -> bool:
        """Whether a copied folder holds no code, so that the app may own all of it."""
        return not any(place.endswith((".py", ".sh")) for place in self.files if place.startswith(folder + "/"))

    def _holds_named_data(self, folder: str) -> bool:
        """Whether copied data lies among code, so that it is not given along with its folder."""
        if folder in self.brought and self._is_data_folder(folder):
            return False
        return any(_is_data(place) for place in self.files if posixpath.dirname(place) == folder)

    def _holds_source(self, folder: str) -> bool:
        return any(place.startswith(folder + "/") for place in self.files)

    def _code_run_at_build(self) -> Instruction | None:
        """A RUN that runs code of the project, after it was copied."""
        for step in self._later_runs():
            if step.commands is None or any(_runs_code(item) for item in step.commands):
                return step.instruction
        return None

    def _later_runs(self) -> Iterator[Step]:
        first = next((step for step in self.stage.steps if step.transfer is not None), None)
        start = first.instruction.index if first is not None else self.stage.stage.start.index
        runs = (step for step in self.stage.steps if isinstance(step.instruction, Run))
        return (step for step in runs if step.instruction.index > start)

    def _is_named_later(self, folder: str) -> bool:
        """Whether a RUN further down would stumble over the folder, or one above it, being there already."""
        parents = {folder}
        while not is_system_place(folder := posixpath.dirname(folder)):
            parents.add(folder)
        for step in self._later_runs():
            for item in step.commands or ():
                if item.program.name in ("cd", "ls", "chmod", "chown", "rm") or _makes_parents(item):
                    continue
                words = [value for value in item.program.argv[1:] if value and not value.startswith("-")]
                if any(posixpath.normpath(posixpath.join(item.workdir or "/", word)) in parents for word in words):
                    return True
        return False

    def finished(self) -> Ownership:
        plan = self.plan
        absent = sorted(set(self.absent) - self.made.folders)
        if not self.waits:
            plan.folders, plan.absent = sorted(self.single), absent
            return plan
        recursive = sorted(folder for folder in self.recursive if not _is_below(folder, self.recursive))
        single = sorted(path for path in self.single if path not in recursive and not _is_below(path, recursive))
        there = {state for step in self.stage.all_steps[-1:] for state in step.after.folders}
        absent = [folder for folder in absent if folder not in there]
        absent = [folder for folder in absent if not any(other.startswith(f"{folder}/") for other in absent)]
        if absent:
            plan.late.append("mkdir -p " + " ".join(map(quoted, absent)))
        if recursive:
            plan.late.append(f"chown -R {self.account.owner} " + " ".join(map(quoted, recursive)))
        if single:
            plan.late.append(f"chown {self.account.owner} " + " ".join(map(quoted, single)))
        return plan


@frozen
class _Made:
    """Files and folders that a RUN makes by a literal name."""

    files: frozenset[str]
    folders: frozenset[str]

    @classmethod
    def of(cls, stage: StageImage) -> _Made:
        files: set[str] = set()
        folders: set[str] = set()
        for step in stage.all_steps:
            for item in step.commands or ():
                if item.program.name in ("touch", "mkdir") and not item.command.within:
                    words = [value for value in item.program.argv[1:] if value and not value.startswith("-")]
                    places = {posixpath.normpath(posixpath.join(item.workdir or "/", word)) for word in words}
                    (files if item.program.name == "touch" else folders).update(places)
        return cls(frozenset(files), frozenset(folders))


def _add(items: list[str], item: str) -> None:
    if item not in items:
        items.append(item)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(folder + "/") for folder in folders)


def _brought_folders(model: Image, stage: StageImage) -> Iterator[str]:
    """Folders that a copy brings: what stands below its destination; the destination itself keeps its owner."""
    for step in stage.all_steps:
        if step.transfer is None or step.transfer.destination is None:
            continue
        top = step.transfer.destination.rstrip("/")
        for folder in {place.rpartition("/")[0] or "/" for place in brought_files(model, step)}:
            while folder != "/" and folder.startswith(top + "/"):
                yield folder
                folder = posixpath.dirname(folder)


def _stage_folders(stage: StageImage) -> Iterator[str]:
    """Where other stages' files go: what stands below is not known."""
    for step in stage.all_steps:
        if step.transfer is not None and step.transfer.destination and not step.transfer.from_context:
            yield step.transfer.destination.rstrip("/")


def _is_data(place: str) -> bool:
    name = posixpath.basename(place)
    return not name.endswith(_SOURCE) and name not in _NO_DATA and not name.startswith((".", "requirements"))


def _may_be_absent(path: str, context: BuildContext) -> bool:
    """Whether Git ignores a file, so that the folder of somebody else may lack it."""
    from pathspec import GitIgnoreSpec

    folder = posixpath.dirname(path)
    while True:
        text = context.text(posixpath.join(folder, ".gitignore"))
        if text is not None:
            try:
                spec = GitIgnoreSpec.from_lines(text.splitlines())
            except ValueError:
                return True
            if spec.match_file(posixpath.relpath(path, folder or ".")):
                return True
        if not folder:
            return False
        folder = posixpath.dirname(folder)


def _runs_code(item: RunCommand) -> bool:
    program = item.program
    if not program.words or program.argv[:2] in (("go", "build"), ("go", "mod"), ("go", "install")):
        return False
    name = (program.name or "?").rstrip("0123456789.")
    return name not in _BUILD_TOOLS and not _HARMLESS_CODE & set(program.argv)


def _makes_parents(item: RunCommand) -> bool:
    return item.program.name == "mkdir" and any(
        value == "--parents" or (value.startswith("-") and not value.startswith("--") and "p" in value)
        for value in item.program.argv[1:]
        if value is not None
    )
