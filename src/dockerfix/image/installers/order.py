"""Which copies of source stand above an install that does not need them, and below which step they may go."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from dockerfix.image.independence import needs_files, writes_over
from dockerfix.image.installers.contract import Install
from dockerfix.image.installers.filled import unignored
from dockerfix.image.installers.followers import is_follower
from dockerfix.image.installers.stage_installs import installs
from dockerfix.image.model import Image, StageImage, Step, image
from dockerfix.image.transfers import placed_files
from dockerfix.memo import memoised
from dockerfix.project.context import BuildContext
from dockerfix.syntax import Add, Arg, Copy, Dockerfile, Env, Run, Volume

__all__ = ["EarlyCopy", "Order", "stage_orders"]

# Folders whose files the system or a tool reads by itself; a copy there is no application source.
_SYSTEM = ("/etc/", "/usr/", "/root/.", "/bin/", "/sbin/", "/lib/", "/var/", "/tmp/", "/run/")
_WEB_ROOTS = ("/var/www/", "/usr/src/", "/var/task/", "/usr/share/nginx/", "/usr/local/app/", "/var/app/")
_CODE = tuple(
    ".py .pyx .ipynb .html .js .css .ts .tsx .jsx .mjs .cjs .vue .svelte .astro .go .rs .rb .erb .php .java .kt .scala "
    ".cs .fs .vb .ex .exs .eex .heex .c .cc .cpp .h .swift .dart .scss .less .sql .graphql".split()
)
# Package managers whose installs stand for each other: what one of them installed, another finds.
_FAMILIES = {
    "pip": "python",
    "uv": "python",
    "poetry": "python",
    "pipenv": "python",
    "pdm": "python",
    "npm": "node",
    "yarn": "node",
    "pnpm": "node",
    "bun": "node",
}


@dataclass(slots=True)
class EarlyCopy:
    """A copy of source that stands too early. `needed` are the image paths that an install reads of it."""

    step: Step
    places: Mapping[str, str]
    needed: dict[str, str]

    @property
    def instruction(self) -> Copy | Add:
        """The COPY or ADD."""
        assert self.step.transfer is not None  # only copies are collected
        return self.step.transfer.instruction


@dataclass(slots=True)
class Order:
    """What is to move in one stage.

    `copies` go below `last`, in their order, and with them `followers`, steps in between that belong to the copied
    source; `last` is None where nothing may move. `folders` are folders of the context that installs read whole.
    `exposed` are paths of the context that the ignore file lets through and that would replace what is installed.
    `doubt` says why an install may fare worse without the source.
    `blocker` is the step at which the walk ended, `reason` why; None where nothing below it installs anything.
    """

    stage: StageImage
    copies: list[EarlyCopy] = field(default_factory=list)
    followers: list[Step] = field(default_factory=list)
    last: Step | None = None
    folders: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    doubt: str = ""
    blocker: Step | None = None
    reason: str | None = None


@memoised
def stage_orders(dockerfile: Dockerfile, context: BuildContext) -> tuple[Order, ...]:
    """What may move in each stage that copies source, in file order; nothing where the context is unknown."""
    if not context.known:
        return ()
    model = image(dockerfile, context)
    found = installs(dockerfile, context)
    if not found:
        return ()
    orders = (_order(model, stage, found) for stage in model.stages)
    return tuple(order for order in orders if order.copies)


def _order(model: Image, stage: StageImage, found: Mapping[int, tuple[Install, ...]]) -> Order:
    """The order of one stage: what an install needs that stays where it is moves with the source."""
    end: int | None = None
    while True:
        order = _Walk(model, stage, found, end).order()
        if order.last is None or order.last.instruction.index == end:
            return order
        end = order.last.instruction.index


class _Walk:
    """One stage, step by step."""

    def __init__(
        self, model: Image, stage: StageImage, found: Mapping[int, tuple[Install, ...]], end: int | None
    ) -> None:
        self.context = model.context
        self.stage = stage
        self.found = found
        self.end = end
        steps = [step for step in stage.steps if end is None or step.instruction.index <= end]
        self.here = [install for step in steps for install in self._installs(step)]
        self.needed = {place: path for install in self.here for place, path in _all_reads(install).items()}
        # what may not change before the installs have run
        self.reading = frozenset(self.needed) | {place for install in self.here for place in install.uses}
        self.result = Order(stage)
        self.staying: dict[str, str] = {}
        self.done = {_family(one) for step in stage.all_steps[: -len(stage.steps)] for one in self._installs(step)}
        self.exposed: list[str] = []

    def _installs(self, step: Step) -> tuple[Install, ...]:
        return self.found.get(step.instruction.index, ()) if isinstance(step.instruction, Run) else ()

    def order(self) -> Order:
        """The result of the walk."""
        result = self.result
        if not self.here:
            return result
        for step in self.stage.steps:
            if self.end is not None and step.instruction.index > self.end:
                break
            if not self._take(step):
                result.blocker = step
                break
        if result.last is not None:
            self._finish(result.last)
        return result

    def _finish(self, last: Step) -> None:
        """Leaves what moves below the last install, without what other copies bring anyway."""
        result = self.result
        end = last.instruction.index
        result.copies = [copy for copy in result.copies if copy.instruction.index < end]
        result.followers = [step for step in result.followers if step.instruction.index < end]
        for copy in result.copies:
            copy.needed = {place: path for place, path in copy.needed.items() if self.staying.get(place) != path}
        result.folders = tuple(dict.fromkeys(folder for one in self.here for folder in one.folders))
        result.doubt = next((one.doubt for one in self.here if one.doubt), "")
        result.exposed = tuple(dict.fromkeys(self.exposed))
        if any(not _may_wait(step, last) for step in result.followers):
            result.last, result.reason = None, "a step in between belongs to the source, and cannot go with it"

    def _take(self, step: Step) -> bool:
        """Takes in one step; False where the walk ends."""
        copy = self._source_copy(step)
        if copy is not None:
            self.result.copies.append(copy)
        elif not self.result.copies:
            self.done.update(map(_family, self._installs(step)))
            self._stays(step)
        elif not self._passes(step):
            return False
        return True

    def _stays(self, step: Step) -> None:
        if step.transfer is not None:
            placed = placed_files(step.transfer, self.context) or {}
            self.staying.update({place: origin[2] for place, origin in placed.items()})

    def _source_copy(self, step: Step) -> EarlyCopy | None:
        item = step.transfer
        if item is None or not all(source.kind == "context" for source in item.sources):
            return None
        placed = placed_files(item, self.context)
        if not placed:
            return None
        places = {place: origin[2] for place, origin in placed.items()}
        if any(place.startswith(_SYSTEM) and not place.startswith(_WEB_ROOTS) for place in places):
            return None
        needed = {place: path for place, path in self.needed.items() if places.get(place) == path}
        if len(needed) == len(places) or not _is_source(item.sources[0].path, places, needed):
            return None
        return EarlyCopy(step, places, needed)

    def _passes(self, step: Step) -> bool:
        """Whether the copies may move below this step; notes installs, and why the walk ends."""
        instruction = step.instruction
        copies = self.result.copies
        if isinstance(instruction, Run):
            return self._passes_run(step)
        if step.transfer is not None:
            return self._passes_copy(step)
        if isinstance(instruction, Volume):
            return self._end("a VOLUME in between keeps what was copied before it")
        if isinstance(instruction, Env | Arg):
            words = [word.value for copy in copies for word in copy.instruction.words]
            return not any("$" in word for word in words) or self._end("the copy uses a variable that may change")
        if step.before.workdir != step.after.workdir:
            return all(map(_is_absolute, copies)) or self._end("WORKDIR changes in between")
        return True

    def _passes_copy(self, step: Step) -> bool:
        assert step.transfer is not None
        own = {place: path for copy in self.result.copies for place, path in copy.places.items()}
        placed = placed_files(step.transfer, self.context)
        if placed is None:
            return self._end("a COPY in between cannot be followed")
        if is_follower(step, own, self.reading):
            self.result.followers.append(step)
            return True
        self._stays(step)
        same = all(own.get(place, origin[2]) == origin[2] for place, origin in placed.items())
        return same or self._end("a COPY in between replaces some of the files")

    def _end(self, reason: str) -> bool:
        """Ends the walk; the reason is worth telling where an install below it is the first of its kind."""
        if self.result.reason is None and self.result.last is None and self._install_below():
            self.result.reason = reason
        return False

    def _install_below(self) -> bool:
        first = self.result.copies[0].instruction.index
        below = (step for step in self.stage.steps if step.instruction.index > first)
        return any(_family(install) not in self.done for step in below for install in self._installs(step))

    def _passes_run(self, step: Step) -> bool:
        found = self._installs(step)
        reason = self._needs_source(step, found)
        if reason is not None:
            own = {place: path for copy in self.result.copies for place, path in copy.places.items()}
            if not found and is_follower(step, own, self.reading):
                self.result.followers.append(step)
                return True
            return self._end(reason)
        if found:
            self.result.last = step
            self.done.update(map(_family, found))
        return True

    def _needs_source(self, step: Step, found: tuple[Install, ...]) -> str | None:
        if step.commands is None:
            return "a RUN in between cannot be read"
        moving = frozenset(
            place for copy in self.result.copies for place in copy.places if self.needed.get(place) is None
        )
        exposed: list[str] = []
        for install in found:
            problem = install.problem or self._replaces(install, exposed)
            if problem is not None:
                return problem
        folders = step.before.folders | {posixpath.dirname(place) for place in self.needed}
        commands = [install.command for install in found if not install.by_name]
        for number, item in enumerate(step.commands):
            previous = step.commands[number - 1] if number else None
            own = item.program in commands
            reason = writes_over(item, moving) if own else needs_files(item, moving, folders, previous)
            if reason is not None:
                return reason
        self.exposed += exposed
        return None

    def _replaces(self, install: Install, exposed: list[str]) -> str | None:
        """Why a copy below the install would replace what it leaves; what only may be there goes to `exposed`."""
        for copy in self.result.copies:
            made = next((place for place in install.makes if place in copy.places), None)
            if made is not None:
                return f"{install.tool} writes {posixpath.basename(made)}, which the copy brings too"
            for folder in install.fills:
                inside = next((place for place in copy.places if place.startswith(folder.rstrip("/") + "/")), None)
                if inside is not None:
                    return f"the copied {posixpath.basename(folder)} would replace what {install.tool} installs"
                exposed += unignored(copy.step, folder, self.context)
        return None


def _all_reads(install: Install) -> Mapping[str, str]:
    return {**install.reads, **(install.split.reads if install.split is not None else {})}


def _family(install: Install) -> str:
    return _FAMILIES.get(install.tool, install.tool)


def _is_source(first: str | None, places: Mapping[str, str], needed: Mapping[str, str]) -> bool:
    """Whether a copy brings what people edit: a folder, or a file of code; a lone setting may steer an install."""
    return first == "." or any(path.endswith(_CODE) for place, path in places.items() if place not in needed)


def _is_absolute(copy: EarlyCopy) -> bool:
    destination = copy.instruction.destination
    return destination is not None and destination.value.startswith("/")


def _may_wait(step: Step, last: Step) -> bool:
    """Whether a step means the same below another one: same folder, shell, user and variables."""
    was, now = step.before, last.after
    return (was.workdir, was.shell, was.user, was.env, was.args) == (
        now.workdir,
        now.shell,
        now.user,
        now.env,
        now.args,
    )
