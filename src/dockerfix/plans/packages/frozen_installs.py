"""Installs of Yarn, pnpm and Bun that may change their lock file, and what proves that it stands for what they do."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.plans.order import Install, installs
from dockerfix.plans.packages.npm_locks import why_changed
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.context.ignore_file import sent_files
from dockerfix.project.manifests.node_locks import node_lock_check, pnpm_lock_version, yarn_lock_is_classic
from dockerfix.project.manifests.npm_lock import LockCheck
from dockerfix.project.manifests.package_json import package_json
from dockerfix.shell import ShellWord
from dockerfix.syntax import Run

__all__ = ["FrozenInstall", "frozen_installs", "why_lock_is_away"]

_LOCKS = {"yarn": ("yarn.lock",), "pnpm": ("pnpm-lock.yaml",), "bun": ("bun.lock", "bun.lockb")}
# Options that say what is to become of the lock file, or take it for something else.
_DECIDING = (
    "--frozen-lockfile --no-frozen-lockfile --immutable --no-immutable --pure-lockfile --no-lockfile --force --flat "
    "--lockfile-only --fix-lockfile --no-save --mode --refresh-lockfile --update-checksums --check-cache -y --yarn "
    "--merge-git-branch-lockfiles --resolution-only --lockfile --no-prefer-frozen-lockfile"
).split()
# The formats that releases of pnpm read. Source: pnpm/spec, lockfile; pnpm's release notes.
_PNPM_FORMATS = {"5.4": ("6", "7"), "6.0": ("8",), "6.1": ("8",)}
_BRANCHES = frozenset({"if_statement", "case_statement", "subshell", "compound_statement"})


@frozen(eq=False)
class FrozenInstall:
    """An install of a project beside whose package.json its manager's lock file stands, as paths of the context.

    `brought` tells that the lock file is in the image by then. `meant` tells why it is left alone, `doubt` why it is
    not certain which release of the manager runs.
    """

    install: Install
    item: RunCommand
    manifest: str
    lock: str
    folder: str
    brought: bool
    option: str
    meant: str | None
    doubt: str

    @property
    def behind(self) -> ShellWord:
        """The word behind which the option goes."""
        return _given(self.item).verb_word or self.item.program.words[0]

    def check(self, context: BuildContext) -> LockCheck:
        """Whether the manager would take the lock file."""
        others = (path for path in self.install.reads.values() if posixpath.basename(path) == "package.json")
        manifests = [self.manifest, *(path for path in others if path != self.manifest)]
        return node_lock_check(context, self.lock, manifests)


def frozen_installs(model: Image, stage: StageImage, step: Step) -> Iterator[FrozenInstall]:
    """The installs of a RUN that a lock file could fix."""
    found = installs(model.dockerfile, model.context).get(step.instruction.index, ())
    for item in step.commands or ():
        own = next((one for one in found if one.command is item.program and one.tool in _LOCKS), None)
        given = _given(item)
        if own is None or given.verb not in (None, "install", "i") or len(given.operands) > 1:
            continue
        places = [(place, path) for place, path in own.reads.items() if posixpath.basename(place) == "package.json"]
        if places:
            place, manifest = min(places, key=lambda one: len(one[0]))
            yield from _with_lock(model, stage, step, item, own, (posixpath.dirname(place), manifest))


def _given(item: RunCommand) -> Arguments:
    return arguments(item.program.words[1:], frozenset({"--cwd", "--dir", "-C", "--filter", "--network-timeout"}))


def _with_lock(
    model: Image, stage: StageImage, step: Step, item: RunCommand, own: Install, at: tuple[str, str]
) -> Iterator[FrozenInstall]:
    folder, manifest = at
    names = [posixpath.join(posixpath.dirname(manifest), name) for name in _LOCKS[own.tool]]
    lock = next((name for name in names if model.context.is_file(name)), None)
    if lock is None:
        return
    is_classic = own.tool != "yarn" or yarn_lock_is_classic(model.context.text(lock) or "")
    option = "--frozen-lockfile" if is_classic else "--immutable"
    brought = lock in own.reads.values()
    meant, doubt = _meant(model, step, item), _doubt(model, stage, own.tool, manifest, lock)
    if meant is None and (why := why_changed(stage, step, item, folder)) is not None:
        meant = why
    if doubt is None:
        meant, doubt = meant or f"{lock} was written by another release of {own.tool} than runs here", ""
    yield FrozenInstall(own, item, manifest, lock, folder, brought, option, meant, doubt)


def _meant(model: Image, step: Step, item: RunCommand) -> str | None:
    """What tells that the lock file may be changed on purpose, or is not."""
    given = _given(item)
    script = script_of(step.instruction) if isinstance(step.instruction, Run) else None
    if given.has(*_DECIDING):
        return "an option says what becomes of the lock file"
    state = step.before
    set_by_env = (
        any(name == "CI" for name, _ in item.command.assignments) or state.env.get("CI") or state.args.get("CI")
    )
    if set_by_env or any("IMMUTABLE" in name or "FROZEN" in name.upper() for name in (*state.env, *state.args)):
        return "a variable says what becomes of the lock file"
    if not set(item.command.within) <= _BRANCHES or (script is not None and "||" in script.operators):
        return "it is what is tried when something else fails, or stands in a loop or pipe"
    for folder in {posixpath.dirname(path) for path in model.context.paths() if path.endswith(".yarnrc.yml")}:
        if "enableImmutableInstalls" in (model.context.text(posixpath.join(folder, ".yarnrc.yml")) or ""):
            return ".yarnrc.yml says what becomes of the lock file"
    return None


def _doubt(model: Image, stage: StageImage, tool: str, manifest: str, lock: str) -> str | None:
    """What is not certain of the release that runs, "" for nothing; None where it reads no lock file of this format."""
    said = package_json(model.context, manifest).package_manager
    words = [word or "" for step in stage.all_steps for item in step.commands or () for word in item.program.argv]
    pinned = next((word for word in [said, *words] if word.startswith(f"{tool}@")), "")
    release = pinned.partition("@")[2].partition("+")[0].lstrip("^~v")
    text = model.context.text(lock) or ""
    if said and not said.startswith(f"{tool}@"):
        return None
    if tool == "yarn":
        is_new = (
            release[:1] in tuple("23456789") or release in ("stable", "berry") or bool(_has_yarnrc(model, manifest))
        )
        if yarn_lock_is_classic(text) == is_new:
            return None
        return "" if not is_new or release else "which release of Yarn runs is not known"
    if tool == "pnpm":
        version = pnpm_lock_version(text) or ""
        formats = _PNPM_FORMATS.get(version)
        major = release.partition(".")[0]
        if formats is not None:
            return "" if major in formats else (None if major else "which release of pnpm runs is not known")
        return None if major in ("6", "7", "8") else ""
    return "" if lock.endswith("bun.lock") else "bun.lockb is not read here"


def _has_yarnrc(model: Image, manifest: str) -> bool:
    return model.context.is_file(posixpath.join(posixpath.dirname(manifest), ".yarnrc.yml"))


def why_lock_is_away(context: BuildContext, lock: str) -> str | None:
    """Why a lock file does not reach the builder of somebody else."""
    if is_git_ignored(context, lock):
        return f"Git ignores {lock}, so that others do not have it"
    if lock not in (sent_files(context) or ()):
        return f"the ignore file keeps {lock} out of the build context"
    return None
