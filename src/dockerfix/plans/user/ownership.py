"""Which files and folders an app has to own to write where it writes, and at which step they can be given to it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import field

from dockerfix.frozen import mutable
from dockerfix.image.account_work import is_system_place
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import brought_files, context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.state import folders_above
from dockerfix.plans.ignore.git_history import git_reader
from dockerfix.plans.user.accounts import Account, is_given, made_by
from dockerfix.plans.writes.temporary import is_made_temporary
from dockerfix.plans.writes.written import Written
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.manifests.package_calls import package_call
from dockerfix.shell import ShellWord, quoted
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import Add, Copy, Instruction, Run

__all__ = [
    "Ownership",
    "can_change_owner",
    "code_run_at_build",
    "git_minds",
    "is_named_from",
    "is_open",
    "ownership",
    "touched_files",
]

_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/", "/proc/")
_SOURCE = tuple(".py .pyc .html .js .css .ts .toml .cfg .ini .md .yml .yaml .sh .lock".split())
_NO_DATA = frozenset("requirements.txt runtime.txt Dockerfile Procfile Makefile LICENSE Pipfile".split())
# Commands that run no code of the project, and that make nothing inside its folders but what they are told.
_BUILD_TOOLS = frozenset(
    "pip apt-get apt apk dnf yum microdnf uv poetry pipenv npm yarn pnpm rm cd chmod chown mkdir ls echo set export "
    "useradd groupadd adduser addgroup usermod curl wget tar unzip find true test [ update-ca-certificates ldconfig "
    "locale-gen sed cat touch git gpg ln install apt-key dpkg".split()
)
# What neither minds that a folder is there nor makes it anew, and leaves its owner alone.
_KEEPS_FOLDERS = frozenset("cd ls chmod chown touch pip uv poetry pipenv pdm npm yarn pnpm bun python".split())
_FOLDER_MAKERS = frozenset({"mkdir", "git", "cp", "mv", "ln"})
_HARMLESS_CODE = frozenset(
    "collectstatic compilemessages compileall compress assets --version -V ensurepip venv pip".split()
)


@mutable
class Ownership:
    """How the app gets what it writes to.

    `folders` are given to the app before anything is copied, those of them in `absent` are made first: a COPY into a
    folder leaves its owner alone, one that brings a folder takes it over. `late` are shell commands for after the
    last copy, `copies` the copies that need `--chown`. `doubts` name what may still fail, each with the folder that it
    is about; `problems` what cannot be given to the app at all.
    """

    folders: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    copies: list[Copy | Add] = field(default_factory=list)
    doubts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be given."""
        return not self.folders and not self.late and not self.copies


def ownership(
    model: Image, stage: StageImage, places: Iterable[Written], account: Account, at: Step | None
) -> Ownership:
    """What to give to an account so that it can write to `places`.

    Args:
        at: the step above which folders are made; None where all of it happens after the last copy. Where one thing
            has to wait for the last copy, all of them do.
    """
    planner = _Planner(model, stage, account, at)
    for place in places:
        planner.add(place)
    return planner.finished()


class _Planner:
    """Takes in one written place after the other.

    After `WORKDIR /app`, `COPY . .` (with main.py and data/seed.json) and `RUN mkdir -p /srv/spool`:

        main.py writes        recursive    single        absent        waits
        data/notes.db         [/app/data]  []            []            True: a copy brings that folder, all of it data
        /srv/spool/out.txt    [/app/data]  [/srv/spool]  [/srv/spool]  True

    `late` is then `chown -R app:app /app/data` and `chown app:app /srv/spool`, which the model knows to be there.
    """

    def __init__(self, model: Image, stage: StageImage, account: Account, at: Step | None) -> None:
        self.stage = stage
        self.model = model
        self.context = model.context
        self.account = account
        self.at = at
        self.files = context_files(model, stage)
        self.brought = frozenset(_brought_folders(model, stage))
        self.there = stage.final.folders | {posixpath.dirname(path) for path in self.files}  # when all is copied
        self.touched = frozenset(touched_files(stage))
        self.plan = Ownership()
        self.recursive: list[str] = []  # folders to give with all that is in them
        self.single: list[str] = []  # files and folders to give by themselves
        self.absent: list[str] = []  # folders to make
        self.waits = at is None

    def add(self, place: Written) -> None:
        folder = place.path if place.is_folder else posixpath.dirname(place.path)
        if not place.is_folder and place.path in self.brought:
            return  # no file can come to stand where a folder is
        if is_open(place.path) and not is_made_temporary(self.model, self.stage, place.path):
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
        needs_folder = place.needs_folder or (place.path not in self.files and place.path not in self.touched)
        if needs_folder and not self._is_own_already(folder):
            self._own_folder(folder, place)

    def _is_own_already(self, folder: str) -> bool:
        """Whether a RUN gives a folder to the account, or it can make it in its home; WORKDIR and COPY make root's."""
        name, home = self.account.name, self.account.home
        if not self.account.creation and folder not in self.brought and is_given(self.stage, name, folder):
            return True
        if home is None or self.account.home_is_roots or not f"{folder}/".startswith(f"{home}/"):
            return False
        return not any(one in self.there for one in folders_above(folder) if one.startswith(f"{home}/"))

    def _own_whole(self, folder: str) -> None:
        """Gives the app a folder with what the build left in it."""
        _add(self.absent, folder)
        _add(self.recursive, folder)
        self.waits = True

    def _own_file(self, path: str) -> None:
        """Gives the app a file that is there already."""
        copied = self.files.get(path)
        if copied is None:
            if path in self.touched:
                self._later(path)
        elif not is_git_ignored(self.context, copied):
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
        copy = step.instruction
        if isinstance(copy, Copy) and can_change_owner(self.stage, step, self.account):
            if copy not in self.plan.copies:
                self.plan.copies.append(copy)
        else:
            doubt = f"{path}, which the app writes to, is copied with another owner"
            self.plan.doubts.setdefault(doubt, posixpath.dirname(path))

    def _own_folder(self, folder: str, place: Written) -> None:
        if not place.is_exact and self._holds_named_data(folder):
            doubt = f"{place.source} writes into {folder}, beside copied files that it may replace"
            self.plan.doubts.setdefault(doubt, folder)
        if folder in self.brought:
            self._own_brought(folder)
            return
        maker = code_run_at_build(self.stage)
        inside_stage = _is_below(folder, _stage_folders(self.stage))
        if maker is not None and self._holds_source(folder) and place.path not in self.files:
            doubt = f"line {maker.start_line} runs code of the project as root, which may make {place.path} already"
            self.plan.doubts.setdefault(doubt, folder)
        elif maker is not None and not self._holds_source(folder):
            _add(self.recursive, folder)
        elif inside_stage or is_named_from(self.stage, self.at, folder) or git_minds(self.model, self.stage, folder):
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
        if all(is_git_ignored(self.context, path) for path in inside):
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

    def finished(self) -> Ownership:
        plan = self.plan
        if self.at is not None and not self.waits:
            plan.folders = sorted(self.single)
            plan.absent = sorted(set(self.absent) - self.at.before.folders)
            return plan
        recursive = sorted(folder for folder in self.recursive if not _is_below(folder, self.recursive))
        single = sorted(path for path in self.single if path not in recursive and not _is_below(path, recursive))
        kept = {
            posixpath.dirname(place) for place, path in self.files.items() if not is_git_ignored(self.context, path)
        }
        absent = sorted(set(self.absent) - self.stage.final.folders - kept)
        absent = [folder for folder in absent if not any(other.startswith(f"{folder}/") for other in absent)]
        if absent:
            plan.late.append("mkdir -p " + " ".join(map(quoted, absent)))
        if recursive:
            plan.late.append(f"chown -R {self.account.owner} " + " ".join(map(quoted, recursive)))
        if single:
            plan.late.append(f"chown {self.account.owner} " + " ".join(map(quoted, single)))
        return plan


def is_open(path: str) -> bool:
    """Whether everybody may write there, unless the build made the folder."""
    return f"{path}/".startswith(_TEMPORARY)


def can_change_owner(stage: StageImage, step: Step, account: Account) -> bool:
    """Whether `--chown` can be added to a copy of the stage itself: the account has to stand above it.

    With `--link` a name is looked up where there is no /etc/passwd ("invalid user index: -1"): only a number will do.
    Source: moby/buildkit issue 2987.
    """
    if step not in stage.steps or step.transfer is None or step.transfer.owner is not None:
        return False
    if step.transfer.is_linked and account.number is None:
        return False
    maker = made_by(stage, account.name)
    steps = stage.all_steps
    return maker is None or steps.index(maker) < steps.index(step)


def code_run_at_build(stage: StageImage) -> Instruction | None:
    """A RUN that runs code of the project, after it was copied."""
    first = next((step for step in stage.steps if step.transfer is not None), None)
    for step in _runs_from(stage, first):
        if step.commands is None or any(_runs_code(item) for item in step.commands):
            return step.instruction
    return None


def git_minds(model: Image, stage: StageImage, folder: str) -> bool:
    """Whether a RUN of root's may ask git below a folder, which refuses where the folder is somebody else's.

    Nobody who may ask is the answer that lets an ignore file hide `.git`, too. Source: git-config(1), safe.directory;
    setuptools-scm and `go build` ask git.
    """
    if git_reader(model.dockerfile, model.context) is None:
        return False
    histories = (place for step in stage.steps for place in brought_files(model, step) if place.endswith("/.git/HEAD"))
    if not any(f"{place}/".startswith(f"{folder}/") for place in histories):
        return False
    first = next(step for step in stage.steps if any(one.endswith("/.git/HEAD") for one in brought_files(model, step)))
    return any(True for _ in _runs_from(stage, first))


def _runs_from(stage: StageImage, at: Step | None) -> Iterator[Step]:
    start = at.instruction.index if at is not None else 0
    return (one for one in stage.steps if isinstance(one.instruction, Run) and one.instruction.index >= start)


def is_named_from(stage: StageImage, at: Step | None, folder: str) -> bool:
    """Whether a RUN from here on would stumble over a folder, or one above it, being there; or makes it anew."""
    above = [one for one in folders_above(folder) if one == folder or not is_system_place(one)]
    for step in _runs_from(stage, at):
        for item in step.commands or ():
            if (item.program.name or "").rstrip("0123456789.") in _KEEPS_FOLDERS or _makes_parents(item):
                continue
            if any(_may_name(item, word, above) for word in item.program.words[1:]):
                return True
    return False


def touched_files(stage: StageImage) -> Iterator[str]:
    """Files that a RUN makes by a literal name."""
    for step in stage.all_steps:
        for item in step.commands or ():
            if item.program.name == "touch" and not item.command.within:
                words = [value for value in item.program.argv[1:] if value and not value.startswith("-")]
                yield from (place for word in words if (place := absolute_word(word, item.workdir)) is not None)


def _may_name(item: RunCommand, word: ShellWord, folders: Iterable[str]) -> bool:
    """Whether a word of a command is, or may be, one of these folders."""
    if word.value is None:
        return item.program.name in _FOLDER_MAKERS
    if not word.value or word.value.startswith("-"):
        return False
    place = absolute_word(word.value, item.workdir)
    if place is None and not word.value.startswith("~"):
        return any(f"{folder}/".endswith(f"/{posixpath.normpath(word.value)}/") for folder in folders)
    return any(place == folder for folder in folders)


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
            while folder.strip("/") and folder.startswith(top + "/"):
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


def _runs_code(item: RunCommand) -> bool:
    program = item.program
    if not program.words or program.argv[:2] in (("go", "build"), ("go", "mod"), ("go", "install")):
        return False
    name = (program.name or "?").rstrip("0123456789.")
    if name == "bun":
        return package_call(program.argv) is not None
    return name not in _BUILD_TOOLS and not _HARMLESS_CODE & set(program.argv)


def _makes_parents(item: RunCommand) -> bool:
    return item.program.name == "mkdir" and any(
        value == "--parents" or (value.startswith("-") and not value.startswith("--") and "p" in value)
        for value in item.program.argv[1:]
        if value is not None
    )
