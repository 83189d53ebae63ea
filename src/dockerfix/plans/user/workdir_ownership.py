"""Giving an app the folder that it works in, so that each relative path, cache and new file works, whoever writes it.

The way for a program of which not everything is known. The folder is made and given before anything is copied, copies
that land in it carry `--chown`. Where the account does not stand above them, or where the build leaves files there as
root, all of it changes hands after the last step.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from dockerfix.image.account_work import is_system_place
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import brought_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.transfers import placed_files
from dockerfix.plans.user.accounts import Account, is_given
from dockerfix.plans.user.ownership import (
    Ownership,
    can_change_owner,
    code_run_at_build,
    git_minds,
    is_named_from,
    touched_files,
)
from dockerfix.programs.node_start import is_node
from dockerfix.programs.python_start import is_python
from dockerfix.programs.starts import Start
from dockerfix.project.manifests.package_calls import package_call
from dockerfix.shell import quoted
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import Add, Copy

__all__ = ["own_folders", "why_no_folder", "working_folders"]

# Programs that leave files by names that their words do not tell one by one.
_FILLERS = frozenset("git curl wget tar unzip cp mv rsync aria2c svn hg gdown".split())
_FILL_HERE = frozenset("git wget tar unzip aria2c svn hg gdown".split())


def working_folders(start: Start, stage: StageImage) -> tuple[str, ...]:
    """The folders that the programs of a start work in, the outer ones; empty where one of them is not known."""
    programs = [one for one in start.programs if is_python(one) or is_node(one)] or list(start.programs)
    found = {program.workdir for program in programs} or {stage.final.workdir}
    known = {folder for folder in found if folder is not None}
    if len(known) < len(found):
        return ()
    return tuple(sorted(one for one in known if not any(one.startswith(f"{other}/") for other in known)))


def why_no_folder(folders: tuple[str, ...]) -> str | None:
    """Why these folders cannot be given to an app."""
    if not folders:
        return "the folder that it works in is only known at run time"
    system = next((folder for folder in folders if is_system_place(folder)), None)
    return f"it works in {system}, which belongs to the system; give it a folder such as /app first" if system else None


def own_folders(
    model: Image,
    stage: StageImage,
    account: Account,
    folders: tuple[str, ...],
    at: Step | None,
    packages: tuple[str, ...] = (),
) -> Ownership:
    """How an account gets these folders with all that is in them.

    Args:
        folders: absolute, none below another.
        at: the step above which folders can be given; None where all of it happens after the last copy.
        packages: folders that an install fills. They change hands without what is in them, which nobody replaces.
    """
    plan = Ownership()
    for folder in folders:
        if _is_whole(stage, account, folder):
            continue
        copies = [step for step in stage.all_steps if _may_land_in(model, step, folder)]
        plan.doubts.update(_others(copies, account, folder))
        if _takes_all(model, stage, account, copies, folder):
            plan.late.append(f"chown -R {account.owner} {quoted(folder)}")
        else:
            plan.copies += [s.instruction for s in copies if isinstance(s.instruction, Copy | Add) and s.transfer
                            and s.transfer.owner is None and s.instruction not in plan.copies]  # fmt: skip
            inside = [one for one in packages if one.startswith(f"{folder}/")]
            _give(plan, model, stage, account, folder, copies, at, inside)
    return plan


def _is_whole(stage: StageImage, account: Account, folder: str) -> bool:
    """Whether the file itself gives the folder and all in it to the account, behind the last step that fills it."""
    if account.creation:
        return False
    steps = [step for step in stage.all_steps if step.transfer is not None or step.commands != ()]
    last = next((step for step in reversed(steps) if _gives_all(step, account, folder)), None)
    return last is not None and steps[-1] is last and is_given(stage, account.name, folder)


def _gives_all(step: Step, account: Account, folder: str) -> bool:
    for item in step.commands or ():
        argv = [value or "" for value in item.program.argv]
        places = [absolute_word(value, item.workdir) for value in argv[1:] if not value.startswith("-")]
        deep = any(value.startswith("-") and "R" in value for value in argv[1:])
        if argv[:1] == ["chown"] and deep and not item.command.within and folder in places:
            return any(value.partition(":")[0] == account.name for value in argv[1:])
    return False


def _may_land_in(model: Image, step: Step, folder: str) -> bool:
    if step.transfer is None:
        return False
    destination = step.transfer.destination
    if destination is None or f"{destination}/".startswith(f"{folder}/"):
        return True
    above = f"{folder}/".startswith(destination.rstrip("/") + "/")
    if not above or not step.transfer.from_context or any(one.kind != "context" for one in step.transfer.sources):
        return above
    return any(place.startswith(f"{folder}/") for place in brought_files(model, step))


def _takes_all(model: Image, stage: StageImage, account: Account, copies: list[Step], folder: str) -> bool:
    """Whether all has to change hands at the end: a copy cannot carry the owner, or a RUN leaves root's files there."""
    for step in copies:
        item = step.transfer
        assert item is not None
        if item.owner is not None:
            continue
        inside = item.destination is not None and f"{item.destination}/".startswith(f"{folder}/")
        if not inside or _may_unpack(model, step) or not can_change_owner(stage, step, account):
            return True
    if code_run_at_build(stage) is not None or git_minds(model, stage, folder):
        return True
    commands = (item for step in stage.all_steps for item in step.commands or ())
    return any(_leaves_files(item, folder) for item in commands)


def _may_unpack(model: Image, step: Step) -> bool:
    """Whether an ADD may unpack an archive, whose files keep the owners that stand in it.

    Tried with Docker 20.10 (BuildKit and legacy builder) and Buildah 1.28: `--chown` says nothing to them.
    """
    item = step.transfer
    return isinstance(step.instruction, Add) and item is not None and placed_files(item, model.context) is None


def _leaves_files(item: RunCommand, folder: str) -> bool:
    """Whether a command leaves files in a folder that were not there: fetched, unpacked, moved, built."""
    program = item.program
    here = item.workdir is None or f"{item.workdir}/".startswith(f"{folder}/")
    if package_call(program.argv) is not None:
        return here
    if program.name not in _FILLERS or program.argv[1:2] in (("config",), ("lfs",)):
        return False
    words = [value for value in program.argv[1:] if value and value.lstrip("-") and "://" not in value]
    places = [place for word in words if not word.startswith("-") and (place := absolute_word(word, item.workdir))]
    if any(f"{place}/".startswith(f"{folder}/") for place in places):
        return True
    elsewhere = any(word.startswith("/") for word in words) or any(word in ("-O-", "-qO-", "-") for word in words)
    return here and not elsewhere and (program.name in _FILL_HERE or "-O" in words)


def _others(copies: Iterable[Step], account: Account, folder: str) -> Iterator[tuple[str, str]]:
    """The copies that give their files to somebody else."""
    for step in copies:
        owner = step.transfer.owner if step.transfer is not None else None
        if owner is not None and owner.partition(":")[0] not in (account.name, (account.number or ":").split(":")[0]):
            yield f"line {step.instruction.start_line} gives what it copies to {owner}", folder


def _give(
    plan: Ownership,
    model: Image,
    stage: StageImage,
    account: Account,
    folder: str,
    copies: list[Step],
    at: Step | None,
    packages: list[str],
) -> None:
    """The folder itself, what WORKDIR and RUN make in it, and those of packages, which no copy gives along.

    Nor does the legacy builder with the folders above a copy's destination, unlike BuildKit and Buildah.
    """
    at = None if at is not None and _minds_the_owner(stage) else at
    brought = _brought(model, copies)
    inner = [one for one in stage.final.folders if one.startswith(f"{folder}/") and one not in brought]
    is_own = folder == account.home and not account.home_is_roots
    wanted = [one for one in (folder, *sorted(inner)) if one != folder or not is_own]
    made = [one for one in inner if _is_made_by_run(stage, at, one)]
    late = [one for one in wanted if at is None or one in made or is_named_from(stage, at, one)]
    plan.folders += [one for one in wanted if one not in late]
    if at is not None:
        plan.absent += [one for one in wanted if one not in late and one not in at.before.folders]
    whole = sorted(one for one in made if one in late and not any(one.startswith(f"{other}/") for other in made))
    copied = frozenset(one for step in copies for one in brought_files(model, step))  # which are given along
    files = sorted(path for path in {*touched_files(stage)} - copied if path.startswith(f"{folder}/"))
    behind = [
        one
        for one in dict.fromkeys([*late, *files, *packages])
        if not any(f"{one}/".startswith(f"{other}/") for other in whole)
    ]
    unsure = [one for one in packages if one in behind and one not in stage.final.folders and one not in brought]
    if unsure:  # an install of nothing leaves none
        plan.late.append("mkdir -p " + " ".join(map(quoted, unsure)))
    for option, places in (("-R ", whole), ("", behind)):
        places = [one for one in places if account.creation or not is_given(stage, account.name, one)]
        if places:
            plan.late.append(f"chown {option}{account.owner} " + " ".join(map(quoted, places)))


def _minds_the_owner(stage: StageImage) -> bool:
    """Whether a package manager runs that looks at the owner of its folder.

    npm 7 and 8 run scripts, and make files, as the user who owns the folder. Source: npm 9.0.0, changelog.
    """
    commands = (item for step in stage.all_steps for item in step.commands or ())
    return any(item.program.name in ("npm", "npx") for item in commands)


def _brought(model: Image, copies: Iterable[Step]) -> frozenset[str]:
    """The folders that copies bring or land in, which then belong to the owner that they name."""
    found: set[str] = set()
    for step in copies:
        found |= {posixpath.dirname(place) for place in brought_files(model, step)}
        if step.transfer is not None and step.transfer.destination is not None and step.transfer.into_folder:
            found.add(step.transfer.destination)
    return frozenset(found)


def _is_made_by_run(stage: StageImage, at: Step | None, folder: str) -> bool:
    """Whether a RUN, one from `at` on, makes a folder: what is in it is root's then."""
    start = at.instruction.index if at is not None else 0
    steps = (step for step in stage.steps if step.commands and step.instruction.index >= start)
    return any(folder in step.after.folders and folder not in step.before.folders for step in steps)
