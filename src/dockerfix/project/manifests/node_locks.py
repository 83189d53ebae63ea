"""Whether the lock files of Yarn, pnpm and Bun fit their package.json, as each looks at it when it must not change it.

Sources: Yarn 1.22 `integrity-checker` and `install.js` (tried: only what package.json asks for has to be there), Yarn 4
`Project.ts`, pnpm 10 `satisfiesPackageManifest` and `getOutdatedLockfileSetting`, Bun 1.3 `bun.lock`.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.npm_lock import LockCheck
from dockerfix.project.manifests.package_json import PackageJson, package_json
from dockerfix.project.manifests.pyproject import table

__all__ = ["node_lock_check", "pnpm_lock_version", "yarn_lock_is_classic"]

_ALL = ("dependencies", "devDependencies", "optionalDependencies")
_TRAILING = re.compile(r",(\s*[}\]])")
# What pnpm holds a lock file against besides dependencies; how it sums them up is not followed here.
_PNPM_SETTINGS = ("packageExtensionsChecksum", "pnpmfileChecksum", "patchedDependencies", "catalogs")


def node_lock_check(context: BuildContext, lock: str, manifests: Sequence[str]) -> LockCheck:
    """What keeps a package manager from installing by a lock file as it is.

    Args:
        lock: `yarn.lock`, `pnpm-lock.yaml` or `bun.lock`, as a path of the context.
        manifests: the package.json beside it, then those of the members of its workspace.
    """
    return _checked(context, lock, "\n".join(manifests))


@memoised
def _checked(context: BuildContext, lock: str, manifests: str) -> LockCheck:
    check = _CHECKS.get(posixpath.basename(lock))
    text = context.text(lock)
    if check is None or text is None:
        return LockCheck(doubt=f"{lock} cannot be read")
    packages = [package_json(context, path) for path in manifests.split("\n")]
    broken = next((one.problem for one in packages if one.problem), None)
    try:
        return LockCheck(doubt=broken) if broken else check(text, lock, packages)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return LockCheck(doubt=f"{lock} cannot be read")


def yarn_lock_is_classic(text: str) -> bool:
    """Whether Yarn 1 wrote a lock file, and not a later Yarn."""
    return "__metadata:" not in text


def pnpm_lock_version(text: str) -> str | None:
    """The version of the format of a pnpm-lock.yaml."""
    found = re.search(r"^lockfileVersion: *['\"]?([\d.]+)", text, re.MULTILINE)
    return found[1] if found is not None else None


def _yarn(text: str, lock: str, packages: Sequence[PackageJson]) -> LockCheck:
    return (_classic if yarn_lock_is_classic(text) else _berry)(text, lock, packages)


def _classic(text: str, lock: str, packages: Sequence[PackageJson]) -> LockCheck:
    heads = (line.rstrip(":") for line in text.splitlines() if line.endswith(":") and line[:1] not in (" ", "#", ""))
    known = {key.strip().strip('"') for head in heads for key in head.split(",")}
    members = {str(one.data.get("name")) for one in packages}
    for one in packages:
        for name, wanted in one.dependencies.items():
            if f"{name}@{wanted}" not in known and name not in members and not wanted.startswith("link:"):
                return LockCheck(fault=f"{lock} has no {name}@{wanted}")
    is_overridden = any("resolutions" in one.data for one in packages)
    return LockCheck(doubt="resolutions of package.json are not followed here" if is_overridden else "")


def _berry(text: str, lock: str, packages: Sequence[PackageJson]) -> LockCheck:
    import yaml

    entries = yaml.safe_load(text)
    found = {
        place: entry for key, entry in entries.items() for place in [str(key).partition("@workspace:")[2]] if place
    }
    top = posixpath.dirname(packages[0].path)
    for one in packages:
        place = posixpath.relpath(posixpath.dirname(one.path) or ".", top or ".")
        locked = table(table(found, place), "dependencies")
        wanted = {name: _described(text) for name, text in one.dependencies.items()}
        if {name: str(text) for name, text in locked.items()} != wanted:
            return LockCheck(fault=_told(lock, locked, wanted))
    is_overridden = any("resolutions" in one.data for one in packages)
    return LockCheck(doubt="resolutions of package.json are not followed here" if is_overridden else "")


def _described(wanted: str) -> str:
    """A range as Yarn writes it down: with its protocol."""
    return wanted if re.match(r"[a-z][a-z+]*:", wanted) else f"npm:{wanted}"


def _pnpm(text: str, lock: str, packages: Sequence[PackageJson]) -> LockCheck:
    import yaml

    data = yaml.safe_load(text)
    importers = data.get("importers") or {".": data}
    top = posixpath.dirname(packages[0].path)
    for one in packages:
        importer = table(importers, posixpath.relpath(posixpath.dirname(one.path) or ".", top or "."))
        for kind in _ALL:
            locked = {name: str(table(entry).get("specifier")) for name, entry in table(importer, kind).items()}
            wanted = {name: str(text) for name, text in table(one.data, kind).items()}
            if locked != wanted:
                return LockCheck(fault=_told(lock, locked, wanted))
    root = packages[0].data
    if table(data, "overrides") != (table(root, "pnpm", "overrides") or table(root, "resolutions")):
        return LockCheck(doubt=f"the overrides of {lock} are not those of package.json")
    settings = next((name for name in _PNPM_SETTINGS if data.get(name)), None)
    return LockCheck(doubt=f"{settings} of {lock} is not followed here" if settings else "")


def _bun(text: str, lock: str, packages: Sequence[PackageJson]) -> LockCheck:
    workspaces = table(json.loads(_TRAILING.sub(r"\1", text)), "workspaces")
    top = posixpath.dirname(packages[0].path)
    for one in packages:
        place = posixpath.relpath(posixpath.dirname(one.path) or ".", top or ".")
        entry = table(workspaces, "" if place == "." else place)
        for kind in (*_ALL, "peerDependencies"):
            locked, wanted = table(entry, kind), table(one.data, kind)
            if locked != wanted:
                return LockCheck(fault=_told(lock, locked, wanted))
    is_overridden = any("overrides" in one.data or "resolutions" in one.data for one in packages)
    return LockCheck(doubt="overrides of package.json are not followed here" if is_overridden else "")


def _told(lock: str, locked: Mapping[str, object], wanted: Mapping[str, object]) -> str:
    """The first thing in which the two differ."""
    name = next(_differing(locked, wanted))
    if name not in wanted:
        return f"{lock} has {name}, which package.json does not ask for"
    return f"{lock} has no {name}@{wanted[name]}"


def _differing(locked: Mapping[str, object], wanted: Mapping[str, object]) -> Iterator[str]:
    yield from (name for name in {**wanted, **locked} if locked.get(name) != wanted.get(name))


_CHECKS: dict[str, Callable[[str, str, Sequence[PackageJson]], LockCheck]] = {
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
    "bun.lock": _bun,
}
