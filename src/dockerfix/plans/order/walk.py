"""Which copies of source stand above an install that does not need them, and below which step they may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from dockerfix.frozen import mutable
from dockerfix.image.model import Image, StageImage, Step, image
from dockerfix.image.transfers import placed_files
from dockerfix.memo import memoised
from dockerfix.plans.order.early import EarlyCopy, early_copies, is_source
from dockerfix.plans.order.followers import is_follower
from dockerfix.plans.order.independence import needs_files
from dockerfix.plans.order.known_words import with_values
from dockerfix.plans.order.mounts import mounts_folder
from dockerfix.plans.order.needs import Need, Needs
from dockerfix.plans.order.parting import Parting, parted, parted_by
from dockerfix.plans.order.repeats import Done
from dockerfix.plans.order.stage_installs import installs
from dockerfix.programs.installers.contract import Install
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Arg, Dockerfile, Env, Instruction, Run, Volume

__all__ = ["Order", "parted_orders", "stage_orders"]


_MOUNTED = (
    "its RUN mounts the source, so that each edit runs it again wherever the copy stands: mount the files "
    "that it reads, each by its own `source` and `target`"
)
_Found = Mapping[int, tuple[Install, ...]]


@mutable
class Order:
    """What is to move in one stage.

    `copies` go below `last`, in their order, and with them `followers`, steps in between that belong to the copied
    source; `last` is None where nothing may move. With `parting`, `last` is a RUN that is to be parted, and what moves
    goes between its two halves.
    `folders` are folders of the context that installs read whole. `exposed` are paths of the context that the ignore
    file lets through and that would replace what is installed. `doubt` says why an install may fare worse without the
    source.
    `blocker` is the step at which the walk ended, `reason` why; None where nothing below it installs anything, or
    where it has to be parted.
    """

    stage: StageImage
    copies: list[EarlyCopy] = field(default_factory=list)
    followers: list[Step] = field(default_factory=list)
    last: Step | None = None
    parting: Parting | None = None
    folders: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    doubt: str = ""
    blocker: Step | None = None
    reason: str | None = None


@memoised
def stage_orders(dockerfile: Dockerfile, context: BuildContext) -> tuple[Order, ...]:
    """What may move in each stage that copies source, in file order; nothing where the context is unknown."""
    return _orders(dockerfile, context, parts=False)


@memoised
def parted_orders(dockerfile: Dockerfile, context: BuildContext) -> tuple[Order, ...]:
    """The same where a RUN, the `blocker`, has to be parted: each order has a `parting`, or the `reason` why not."""
    orders = _orders(dockerfile, context, parts=True)
    return tuple(
        order
        for order in orders
        if order.blocker is not None and (order.parting is not None or order.reason is not None)
    )


def _orders(dockerfile: Dockerfile, context: BuildContext, *, parts: bool) -> tuple[Order, ...]:
    if not context.known:
        return ()
    found = installs(dockerfile, context)
    if not found:
        return ()
    model = image(dockerfile, context)
    orders = (_order(model, stage, found, parts=parts) for stage in model.stages)
    return tuple(order for order in orders if order.copies)


def _order(model: Image, stage: StageImage, found: _Found, *, parts: bool) -> Order:
    """The order of one stage: with all that stands beside the source, unless more may move without that."""
    whole = _settled(model, stage, found, together=True, parts=parts)
    if all(map(is_source, whole.copies)):
        return whole
    source = _settled(model, stage, found, together=False, parts=parts)
    return source if _end(source) > _end(whole) else whole


def _end(order: Order) -> int:
    return order.last.instruction.index if order.last is not None else -1


def _settled(model: Image, stage: StageImage, found: _Found, *, together: bool, parts: bool) -> Order:
    """One order: what an install needs that stays where it is moves with the source."""
    end: int | None = None
    while True:
        order = _Walk(model, stage, found, end, together=together, parts=parts).order()
        if order.last is None or order.last.instruction.index == end:
            return order
        end = order.last.instruction.index


class _Walk:
    """One stage, step by step; asked again up to the `last` it has found, until that stays the same.

        WORKDIR /app
        COPY . .                          copies=[2]
        COPY README.md docs/              copies=[2, 3]; alone (not `together`): copies=[2], staying={docs/README.md}
        ENV MODE=prod                     copies may pass: none of their words has a variable
        RUN pip install -r requirements.txt   last=5; needed={/app/requirements.txt: requirements.txt}
        RUN python manage.py migrate      reads the source: blocker=6, the walk ends

    Both copies go below line 5. Line 2 brought what that install reads, so that a copy of it stays above.
    """

    def __init__(
        self,
        model: Image,
        stage: StageImage,
        found: _Found,
        end: int | None,
        *,
        together: bool,
        parts: bool,
    ) -> None:
        self.model = model
        self.context = model.context
        self.stage = stage
        self.found = found
        self.parts = parts
        self.steps = [step for step in stage.steps if end is None or step.instruction.index <= end]
        self.here = [install for step in self.steps for install in self._installs(step)]
        self.needed = {place: path for install in self.here for place, path in _reads(install).items()}
        # what may not change before the installs have run
        self.reading = frozenset(self.needed) | {place for install in self.here for place in install.uses}
        self.early = early_copies(self.steps, self.needed, self.context, together=together)
        self.result = Order(stage)
        self._needs = Needs(self.result.copies, self.needed, self.context)
        self.staying: dict[str, str] = {}
        self.done = Done()
        for step in stage.all_steps[: -len(stage.steps)]:
            self._note(step)
        self.exposed: list[str] = []

    def _installs(self, step: Step) -> tuple[Install, ...]:
        return self.found.get(step.instruction.index, ()) if isinstance(step.instruction, Run) else ()

    def _note(self, step: Step) -> None:
        for install in self._installs(step):
            self.done.take(install)

    def order(self) -> Order:
        """The result of the walk."""
        result = self.result
        if not self.here:
            return result
        for step in self.steps:
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
        result.copies[:] = [copy for copy in result.copies if copy.instruction.index < end]
        result.followers = [step for step in result.followers if step.instruction.index < end]
        above = self._read_above(last)
        for copy in result.copies:
            own = {place: path for place, path in copy.needed.items() if place in above}
            copy.needed = {place: path for place, path in own.items() if self.staying.get(place) != path}
            copy.reader = self._reader(copy, end)
        result.folders = tuple(dict.fromkeys(folder for one in self.here for folder in one.folders))
        result.doubt = next((one.doubt for one in self.here if one.doubt), "")
        result.exposed = tuple(dict.fromkeys(self.exposed))
        if any(not _may_wait(step, last) for step in result.followers):
            result.last = result.parting = None
            result.reason = "a step in between belongs to the source, and cannot go with it"

    def _read_above(self, last: Step) -> set[str]:
        """What the installs read that stay above the source: of a RUN that is parted, those of its first half."""
        parting = self.result.parting
        below = [item.program for item in (last.commands or ())[parting.count :]] if parting is not None else []
        return {place for install in self.here if install.command not in below for place in _reads(install)}

    def _reader(self, copy: EarlyCopy, end: int) -> Instruction | None:
        """The first RUN below a copy that reads what an install needs of it, or may read it.

        A WORKDIR counts too where it would make the folder that the copy makes for its owner.
        """
        moving = {step.instruction.index for step in self.result.followers}
        for step in self.steps:
            index = step.instruction.index
            if not copy.instruction.index < index <= end or index in moving:
                continue
            if _owns(copy, step) or (isinstance(step.instruction, Run) and self._looks_at(step, copy.needed)):
                return step.instruction
        return None

    def _looks_at(self, step: Step, needed: Mapping[str, str]) -> bool:
        if any(place in needed for install in self._installs(step) for place in _reads(install)):
            return True
        known = [install.command for install in self._installs(step) if install.problem is None]
        return step.commands is None or any(
            written.program not in known and needs_files(item, needed, step.before.folders) is not None
            for written, item in zip(step.commands, with_values(step.commands, step.before), strict=True)
        )

    def _take(self, step: Step) -> bool:
        """Takes in one step; False where the walk ends."""
        copy = self.early.get(step.instruction.index)
        if copy is not None:
            self.result.copies.append(copy)
        elif not self.result.copies:
            self._note(step)
            self._stays(step)
        elif not self._passes(step):
            return False
        return True

    def _stays(self, step: Step) -> None:
        if step.transfer is not None:
            placed = placed_files(step.transfer, self.context) or {}
            self.staying.update({place: origin[2] for place, origin in placed.items()})

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
        is_elsewhere = step.before.workdir != step.after.workdir
        if is_elsewhere and any(_owns(copy, step) and not copy.needed for copy in copies):
            return self._end("WORKDIR in between would make the folder that the copy makes for its owner")
        return True

    def _passes_copy(self, step: Step) -> bool:
        assert step.transfer is not None
        own = self._needs.places()
        placed = placed_files(step.transfer, self.context)
        if placed is None:
            return self._end("a COPY in between cannot be followed")
        if is_follower(step, own, self.reading):
            self.result.followers.append(step)
            return True
        self._stays(step)
        if any(own.get(place, origin[2]) != origin[2] for place, origin in placed.items()):
            return self._end("a COPY in between replaces some of the files")
        rights = (step.transfer.owner, step.transfer.mode)
        same = all(_rights(copy) == rights for copy in self.result.copies if not copy.places.keys().isdisjoint(placed))
        return same or self._end("a COPY in between gives some of the files to somebody else")

    def _end(self, reason: str) -> bool:
        """Ends the walk; the reason is worth telling where an install below it is the first of its kind."""
        if not self.parts and self.result.last is None and self._install_below() and not self._is_parted_by_hand():
            self.result.reason = reason
        return False

    def _is_parted_by_hand(self) -> bool:
        """Whether a copy further below brings all that moves again, and more: somebody chose what stands above."""
        own = self._needs.places().items()
        first = self.result.copies[0].instruction.index
        below = (step.transfer for step in self.stage.steps if step.instruction.index > first)
        copied = (placed_files(item, self.context) or {} for item in below if item is not None)
        more = (files for files in copied if len(files) > len(own))
        return any(all(place in files and files[place][2] == path for place, path in own) for files in more)

    def _install_below(self) -> bool:
        first = self.result.copies[0].instruction.index
        below = (install for step in self.steps if step.instruction.index > first for install in self._installs(step))
        return any(not install.is_minor and not self.done.has_begun(install) for install in below)

    def _passes_run(self, step: Step) -> bool:
        found = self._installs(step)
        if found and mounts_folder(step, self.context):
            return self._end(_MOUNTED)
        exposed: list[str] = []
        need = self._needs.first(step, found, exposed)
        if need is None:
            self.exposed += exposed
            if any(not self.done.repeats(install) for install in found):
                self.result.last = step
            self._note(step)
            return True
        if not found and is_follower(step, self._needs.places(), self.reading):
            self.result.followers.append(step)
            return True
        if self.parts:
            self._part(step, found, need, exposed)
            return False
        return False if self._is_for_parting(step, need) else self._end(need.reason)

    def _is_for_parting(self, step: Step, need: Need) -> bool:
        """Whether the RUN that needs the source installs dependencies too."""
        return (need.install is not None and need.install.is_project) or self._installs_before(step, need.number)

    def _installs_before(self, step: Step, number: int) -> bool:
        """Whether commands in front of one install what manifests name, anew."""
        commands = [item.program for item in (step.commands or ())[:number]]
        return any(
            install.command in commands and not install.by_name and not self.done.repeats(install)
            for install in self._installs(step)
        )

    def _part(self, step: Step, found: tuple[Install, ...], need: Need, exposed: list[str]) -> None:
        """Parts a RUN, or notes why it cannot be; neither where nothing would be gained."""
        outcome = self._parting(step, found, need, exposed)
        if isinstance(outcome, Parting):
            self.result.parting, self.result.last = outcome, step
            self.exposed += exposed
        else:
            self.result.reason = outcome

    def _parting(self, step: Step, found: tuple[Install, ...], need: Need, exposed: list[str]) -> Parting | str | None:
        dockerfile, install = self.model.dockerfile, need.install
        if install is None or not install.is_project:
            if not self._installs_before(step, need.number):
                return None
            return _told(need, parted(dockerfile, step, need.number))
        if self.done.repeats(install):
            return None
        if install.split is None:
            return need.reason if not self.done.has_begun(install) else None
        replaced = self._needs.replaced(install, exposed)
        if replaced is not None:
            return replaced
        following = self._needs.first(step, found, [], need.number + 1)
        behind = following.number if following is not None else None
        return _told(need, parted_by(dockerfile, step, install.split, need.number, behind))


def _told(need: Need, outcome: Parting | str) -> Parting | str:
    """A reason against parting a RUN, with the one why it has to be parted."""
    return outcome if isinstance(outcome, Parting) else f"{need.reason}; {outcome}"


def _reads(install: Install) -> Mapping[str, str]:
    """What has to be there for an install, or for the part of it that can do without the project."""
    return install.split.reads if install.split is not None else install.reads


def _rights(copy: EarlyCopy) -> tuple[str | None, str | None]:
    assert copy.step.transfer is not None
    return copy.step.transfer.owner, copy.step.transfer.mode


def _owns(copy: EarlyCopy, step: Step) -> bool:
    """Whether a step is a WORKDIR into a folder that a copy makes and gives to somebody.

    Source: BuildKit makes the folder of a WORKDIR for root, and `--chown` leaves a folder alone that is there.
    """
    folder = step.after.workdir
    if folder is None or folder == step.before.workdir or folder in step.before.folders:
        return False
    is_owned = any(flag.name == "chown" for flag in copy.instruction.flags)
    return is_owned and any(place.startswith(folder.rstrip("/") + "/") for place in copy.places)


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
