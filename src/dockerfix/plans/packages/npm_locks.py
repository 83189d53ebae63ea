"""What stands between an `npm install` and its lock file: other managers, changed files, what is copied."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.stages import mount_fields
from dockerfix.image.state import absolute
from dockerfix.plans.order import Install, installs
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.javascript.npm_calls import INSTALLS, npm_call
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.context.ignore_file import sent_files
from dockerfix.project.manifests.npm_lock import LockCheck, lock_check
from dockerfix.project.manifests.package_json import package_json

__all__ = ["LockedInstall", "locked_installs", "why_changed", "why_not_by_lock"]

_LOCKS = ("npm-shrinkwrap.json", "package-lock.json")  # the first one counts. Source: npm, "npm shrinkwrap"
_OTHER_LOCKS = ("yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb")
# Options that `npm ci` reads as `npm install` does. Source: npm documentation, "npm ci"; its `lib/commands/ci.js`.
_SHARED = frozenset(
    "--omit --include --production --only --no-audit --audit --no-fund --fund --silent -s --quiet -q -d -dd -ddd "
    "--loglevel --verbose --legacy-peer-deps --force -f --ignore-scripts --no-optional --registry --no-progress "
    "--progress --unsafe-perm --prefer-offline --prefer-online --offline --foreground-scripts --cache --prefix -C "
    "--no-update-notifier --fetch-retries --fetch-timeout --fetch-retry-mintimeout --fetch-retry-maxtimeout "
    "--maxsockets --no-color --color --no-bin-links --strict-peer-deps --userconfig --strict-ssl "
    "--no-strict-ssl".split()
)
_LOOKING = frozenset("cat ls test [ [[ echo stat head grep cp chown chmod wc jq sha256sum md5sum mkdir".split())
_CHANGING = frozenset(
    "pkg init version uninstall remove rm update up upgrade audit shrinkwrap dedupe link unlink".split()
)
_NAMED = ("package.json", "package-lock", "package*", "yarn.lock", "pnpm-lock", "bun.lock")
_PEERS_OFF = ("legacy-peer-deps=true", "legacy-peer-deps = true")


@frozen(eq=False)
class LockedInstall:
    """An `npm install` of a project that has a lock file. All paths are of the context.

    `brought` tells that the lock file is in the image by then; `folder` is that of the image where it belongs.
    """

    install: Install
    item: RunCommand
    manifest: str
    lock: str
    folder: str
    brought: bool

    def check(self, context: BuildContext) -> LockCheck:
        """Whether `npm ci` would take the lock file."""
        settings = [context.text(path) or "" for path in self.install.reads.values() if path.endswith(".npmrc")]
        given = npm_call(self.item.program)
        is_off = given is not None and given.has("--legacy-peer-deps", "--force", "-f")
        is_off = is_off or any(text in setting for setting in settings for text in _PEERS_OFF)
        members = tuple(path for path in self.install.manifests if path != self.manifest)
        return lock_check(context, self.manifest, self.lock, members, has_peers=not is_off)


def locked_installs(model: Image, step: Step) -> Iterator[LockedInstall]:
    """The `npm install` commands of a RUN, for all that a package.json names beside which a lock file stands."""
    found = installs(model.dockerfile, model.context).get(step.instruction.index, ())
    for item in step.commands or ():
        given = npm_call(item.program)
        own = next((one for one in found if one.command is item.program), None)
        if given is None or given.verb not in INSTALLS or len(given.operands) != 1 or own is None:
            continue
        places = [(place, path) for place, path in own.reads.items() if posixpath.basename(place) == "package.json"]
        if not places:
            continue
        place, manifest = places[0]
        names = (posixpath.join(posixpath.dirname(manifest), name) for name in _LOCKS)
        lock = next((name for name in names if model.context.is_file(name)), None)
        if lock is not None:
            yield LockedInstall(own, item, manifest, lock, posixpath.dirname(place), lock in own.reads.values())


def why_not_by_lock(model: Image, stage: StageImage, step: Step, one: LockedInstall) -> str | None:
    """Why the lock file does not stand for what the install is to do; None where it does."""
    context = model.context
    beside = [posixpath.join(posixpath.dirname(one.manifest), name) for name in _OTHER_LOCKS]
    other = next((path for path in beside if context.is_file(path)), None)
    if other is not None:
        return f"{other} stands beside it, and is perhaps the one that counts"
    manager = package_json(context, one.manifest).package_manager
    if manager and not manager.startswith("npm@"):
        return f"{one.manifest} names {manager} as its package manager"
    given = npm_call(one.item.program)
    strange = [name for name, _ in given.options if name not in _SHARED] if given is not None else []
    if strange:
        return f"npm ci does not know {strange[0]}, or reads it in another way"
    if one.install.problem is not None:
        return one.install.problem
    if is_git_ignored(context, one.lock):
        return f"Git ignores {one.lock}, so that others do not have it"
    sent = sent_files(context)
    if sent is None or one.lock not in sent:
        return f"the ignore file keeps {one.lock} out of the build context"
    return why_changed(stage, step, one.item, one.folder) or _is_filled(stage, step, one)


def why_changed(stage: StageImage, step: Step, last: RunCommand, folder: str) -> str | None:
    """A command above an install that may change the manifest or the lock file in its folder."""
    for item in _above(stage, step, last):
        given = npm_call(item.program) or _other_call(item)
        here = item.workdir is None or item.workdir == folder
        is_global = given is not None and given.has("-g", "--global")
        if given is not None and here and not is_global and (given.verb in _CHANGING or _adds(given.operands)):
            return f"{item.program.name} {given.verb} above it changes what is installed"
        texts = [*(word.raw for word in item.command.words[1:]), *item.command.redirects]
        names = any(part in text for text in texts for part in _NAMED)
        if names and (item.program.name not in _LOOKING or item.command.outputs):
            return f"{item.program.name or 'a command'} above it may change package.json or the lock file"
    return None


def _other_call(item: RunCommand) -> Arguments | None:
    if item.program.name not in ("yarn", "pnpm", "bun"):
        return None
    given = arguments(item.program.words[1:])
    return given if given.verb is not None else None


def _adds(operands: tuple[str | None, ...]) -> bool:
    return operands[0] in INSTALLS and len(operands) > 1


def _above(stage: StageImage, step: Step, last: RunCommand) -> Iterator[RunCommand]:
    for earlier in stage.all_steps:
        for item in earlier.commands or ():
            if item is last:
                return
            yield item
        if earlier is step:
            return


def _is_filled(stage: StageImage, step: Step, one: LockedInstall) -> str | None:
    """What npm ci would delete: a node_modules that something else brought, or mounted."""
    place = f"{one.folder.rstrip('/')}/node_modules"
    for flag in step.instruction.flags:
        fields = mount_fields(flag.value) if flag.name == "mount" else {}
        target = fields.get("target") or fields.get("dst") or fields.get("destination") or ""
        if absolute(target, step.before.workdir) == place:
            return "node_modules is a mount, which npm ci cannot delete"
    for earlier in stage.all_steps[: stage.all_steps.index(step)]:
        item = earlier.transfer
        if item is not None and item.destination is not None and f"{item.destination}/".startswith(f"{place}/"):
            return f"line {earlier.instruction.start_line} brings node_modules, which npm ci would delete"
    if any(path.startswith(f"{place}/") for path in one.install.uses):
        return "node_modules is there already, and npm ci would delete it"
    return None
