"""Two ways for an app to own what it writes to: only that, where all that runs is known, or the folder it works in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.plans.user.accounts import Account
from dockerfix.plans.user.ownership import Ownership, ownership
from dockerfix.plans.user.package_folders import package_folders
from dockerfix.plans.user.workdir_ownership import own_folders, why_no_folder, working_folders
from dockerfix.plans.writes.written import Writes, Written
from dockerfix.programs.node_start import is_node
from dockerfix.programs.starts import Start

__all__ = ["Own", "Way", "way_to_own"]

Own = Literal["auto", "least", "workdir"]


@frozen
class Way:
    """What is given to the account, and why.

    `folders` are the working folders that are given with all that is in them; none where only what is known to be
    written changes hands. `why` says what made it so. `doubts` are reasons why the app may still fail to write.
    """

    owned: Ownership
    folders: tuple[str, ...] = ()
    why: str = ""
    doubts: tuple[str, ...] = ()


@frozen
class _Task:
    model: Image
    stage: StageImage
    start: Start
    writes: Writes
    account: Account
    at: Step | None

    def least(self, places: Iterable[Written]) -> Ownership:
        return ownership(self.model, self.stage, [*places, *self._homes()], self.account, self.at)

    def _homes(self) -> Iterator[Written]:
        """The home folder where it is root's, else what of it is: folders of settings and caches that are there."""
        home, uses = self.account.home, [*self.writes.home, *_names(self.writes)]
        if home is None or not uses:
            return
        if self.account.home_is_roots:
            yield Written(home, uses[0], is_folder=True)
        for folder in sorted(self.stage.final.folders):
            if folder.startswith(f"{home}/.") and "/" not in folder[len(home) + 1 :]:
                yield Written(folder, uses[0], is_folder=True)


def way_to_own(
    model: Image, stage: StageImage, start: Start, writes: Writes, account: Account, at: Step | None, own: Own = "auto"
) -> Way:
    """How an account gets what a start writes to.

    Args:
        at: the step above which folders can be given; None where all of it happens after the last copy.
        own: "least" and "workdir" choose a way; "auto" takes the folder where something is not known.
    """
    task = _Task(model, stage, start, writes, account, at)
    least = task.least(writes.places)
    folders = working_folders(start, stage)
    cured = bool(least.doubts) and all(_is_in(folder, folders) for folder in least.doubts.values())
    unknown = [*_strangers(writes), *writes.inside.texts]
    if own == "least" or (own == "auto" and not unknown and not cured):
        return Way(least, doubts=(*unknown, *least.doubts))
    why = "; ".join([*unknown, *least.doubts][:2]) or "the configuration asks for it"
    obstacle = why_no_folder(folders)
    if obstacle is not None:
        return Way(least, doubts=(f"{why}, and {obstacle}",))
    return _of_folders(task, folders, why)


def _of_folders(task: _Task, folders: tuple[str, ...], why: str) -> Way:
    rest = task.least(place for place in task.writes.places if not _is_in(place.path, folders))
    packages = package_folders(task.model, task.stage) if any(map(is_node, task.start.programs)) else ()
    whole = own_folders(task.model, task.stage, task.account, folders, task.at, packages)
    owned = Ownership(
        [*whole.folders, *(one for one in rest.folders if one not in whole.folders)],
        [*whole.absent, *(one for one in rest.absent if one not in whole.absent)],
        [*rest.late, *whole.late],
        [*whole.copies, *(one for one in rest.copies if one not in whole.copies)],
        {**rest.doubts, **whole.doubts},
        rest.problems,
    )
    homeless = f"{why}, and {task.account.name} has no home folder for caches"
    lacks_home = _names(task.writes) and task.account.home is None
    return Way(owned, folders, why, (*owned.doubts, *([homeless] if lacks_home else [])))


def _is_in(path: str, folders: Iterable[str]) -> bool:
    return any(f"{path}/".startswith(f"{folder}/") for folder in folders)


def _names(writes: Writes) -> dict[str, str]:
    """The libraries and programs that are not known; other entries describe what is written in several words."""
    return {name: place for name, place in writes.unknown.items() if " " not in name}


def _strangers(writes: Writes) -> Iterator[str]:
    """What is said of libraries, programs and names that are not known."""
    names = _names(writes)
    yield from (f"{place} writes to {what}" for what, place in writes.unknown.items() if what not in names)
    if not names:
        return
    name, place = next(iter(names.items()))
    more = len(names) - 1
    first = f"{name} ({place})" if place else name
    yield f"{first} and {more} more are not known to this version" if more else f"{first} is not known to this version"
