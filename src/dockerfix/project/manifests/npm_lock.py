"""Whether `npm ci` takes a package-lock.json: every edge of the tree in it leads to a package that fits.

`npm ci` builds the tree from package.json and the lock file and stops where that tree has something that the lock file
has not. Source: npm 11.19, `lib/commands/ci.js`, `lib/utils/validate-lockfile.js`, and Arborist's `dep-valid.js`,
`edge.js`, `node.js` and `build-ideal-tree.js`.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.npm_ranges import fits
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.manifests.pyproject import strings, table

__all__ = ["LockCheck", "lock_check"]

_KINDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_LEAST_VERSION = 2  # of the file's format: npm 7, with the tree under "packages"
_PLACES = ("file:", "link:", "git", "http:", "https:", "github:", "gitlab:", "bitbucket:", "gist:", "workspace:")


@frozen
class LockCheck:
    """What is wrong with a lock file; nothing is where both are empty.

    `fault` is what `npm ci` refuses, `doubt` what cannot be told from the files alone; `is_old` that nothing can, as
    the file has the format of npm 6.
    """

    fault: str = ""
    doubt: str = ""
    is_old: bool = False


@frozen
class _Edge:
    """What a package asks for; `kind` is the last of `prod`, `dev`, `optional`, `peer`, `peerOptional` to name it."""

    name: str
    wanted: str
    kind: str


def lock_check(
    context: BuildContext, manifest: str, lock: str, members: Sequence[str] = (), *, has_peers: bool = True
) -> LockCheck:
    """What keeps `npm ci` from installing by a lock file.

    Args:
        manifest: the package.json at the root, as a path of the context, like all others here.
        members: the package.json of each member of the workspace.
        has_peers: whether peer dependencies count, which `--legacy-peer-deps` turns off.
    """
    return _lock_check(context, manifest, lock, "\n".join(members), "peers" if has_peers else "")


@memoised_on("code")
def _lock_check(context: BuildContext, manifest: str, lock: str, members: str, peers: str) -> LockCheck:
    try:
        data = json.loads(context.text(lock) or "")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return LockCheck(f"{lock} is no valid JSON")
    version = data.get("lockfileVersion")
    if not isinstance(version, int) or version < _LEAST_VERSION:
        return LockCheck(doubt=f"{lock} has the format of npm 6, which does not tell the whole tree", is_old=True)
    packages = {place: entry for place, entry in table(data, "packages").items() if isinstance(entry, dict)}
    if "" not in packages:
        return LockCheck(doubt=f"{lock} does not tell what package.json asked for")
    tree = _Tree(context, manifest, lock, packages, has_peers=bool(peers))
    problem = tree.other_manifest(manifest, "")
    for member in members.split("\n") if members else ():
        folder = posixpath.relpath(posixpath.dirname(member) or ".", posixpath.dirname(manifest) or ".")
        problem = problem or tree.other_manifest(member, folder)
    fault = problem or next(tree.faults(), "")
    return LockCheck(fault, "" if fault else next(tree.doubts(), ""))


class _Tree:
    """The packages of a lock file by their place (`node_modules/a/node_modules/b`)."""

    def __init__(
        self,
        context: BuildContext,
        manifest: str,
        lock: str,
        packages: Mapping[str, Mapping[str, object]],
        *,
        has_peers: bool,
    ) -> None:
        self.context = context
        self.lock = lock
        self.packages = packages
        self.has_peers = has_peers
        self.manifest = package_json(context, manifest)
        said = self.manifest.data.get("overrides")
        self.overrides = _flat_overrides(said, self.manifest.dependencies)

    def other_manifest(self, path: str, place: str) -> str:
        """What differs between a package.json and what the lock file says that it was."""
        entry = self.packages.get(place)
        if entry is None:
            return f"{self.lock} does not know {path}"
        data = package_json(self.context, path).data
        for kind in _KINDS:
            was, now = _asked(entry, kind), _asked(data, kind)
            other = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
            if other:
                return f"{path} and {self.lock} say different things of {other[0]}"
        return ""

    def faults(self) -> Iterator[str]:
        """The edges that lead nowhere, or to a version that does not fit."""
        for place, edge in self._edges():
            there = self._resolved(place, edge.name)
            if there is None:
                if edge.kind != "peerOptional":
                    yield f"{edge.name}, which {self._named(place)} asks for, is missing from {self.lock}"
            elif edge.kind.startswith("peer") and place and there == f"{place}/node_modules/{edge.name}":
                yield f"{edge.name} stands below {self._named(place)}, which asks for it beside itself"
            elif self._fits(there, edge) is False and edge.kind != "peerOptional":
                version = self._target(there).get("version")
                yield f"{self.lock} has {edge.name} {version}, and {self._named(place)} asks for {edge.wanted}"

    def doubts(self) -> Iterator[str]:
        """What is not known to fit."""
        if self.overrides is None:
            yield f"{self.manifest.path} has overrides for some packages only, which are not followed here"
        for place, edge in self._edges():
            there = self._resolved(place, edge.name)
            if there is not None and edge.kind == "peerOptional" and self._fits(there, edge) is False:
                # npm 11.19 does not mind. Source: npm/cli issue 8726.
                yield f"{self._named(place)} would like {edge.name} {edge.wanted}, and older npm insists on it"
            if there is not None and self._fits(there, edge) is None:
                yield f"{self._named(place)} asks for {edge.name} {edge.wanted}, which no version can be held against"
        yield from self._strangers()

    def _strangers(self) -> Iterator[str]:
        """Packages for other systems alone that nothing names: those for Linux have been lost beside them.

        Source: npm/cli issue 4828; such lock files were made beside a node_modules of another system.
        """
        named = {edge.name for _, edge in self._edges()}
        for place, entry in self.packages.items():
            systems = strings(entry.get("os"))
            if systems and "linux" not in systems and place.rpartition("node_modules/")[2] not in named:
                yield f"{self.lock} has {place}, which only runs on {systems[0]}, and nothing that asks for it"

    def _edges(self) -> Iterator[tuple[str, _Edge]]:
        """Every edge of what the root reaches, with the place that it starts from."""
        waiting, seen = [""], {""}
        while waiting:
            place = waiting.pop()
            for edge in self._edges_of(place):
                yield place, edge
                there = self._resolved(place, edge.name)
                if there is not None:
                    there = self._real(there)
                    if there not in seen:
                        seen.add(there)
                        waiting.append(there)

    def _edges_of(self, place: str) -> list[_Edge]:
        entry = self.packages[place]
        found: dict[str, _Edge] = {}
        if self.has_peers:
            optional = table(entry, "peerDependenciesMeta")
            for name, wanted in _texts(entry, "peerDependencies"):
                is_optional = table(optional, name).get("optional") is True
                found[name] = _Edge(name, wanted, "peerOptional" if is_optional else "peer")
        is_top = "node_modules/" not in place
        kinds = ["dependencies", "optionalDependencies", *(["devDependencies"] if is_top else [])]
        for kind in kinds:
            found.update((name, _Edge(name, wanted, kind)) for name, wanted in _texts(entry, kind))
        bundled = () if is_top else strings(entry.get("bundleDependencies"))
        links = {member: _Edge(member, "*", "workspace") for member in self._members()} if not place else {}
        return [edge for edge in {**found, **links}.values() if edge.name not in bundled]

    def _members(self) -> Iterator[str]:
        """The names of the members of the workspace."""
        if self.manifest.workspaces:
            for place, entry in self.packages.items():
                if place and "node_modules/" not in place:
                    name = entry.get("name")
                    yield name if isinstance(name, str) else posixpath.basename(place)

    def _resolved(self, place: str, name: str) -> str | None:
        """Where Node finds a package from a place: in its own node_modules, then in those above it."""
        while True:
            found = f"{place}/node_modules/{name}".lstrip("/")
            if found in self.packages:
                return found
            if not place:
                return None
            place = self._above(place)

    def _above(self, place: str) -> str:
        head, inside, _ = place.rpartition("node_modules/")
        if inside:
            return head.rstrip("/")
        above = posixpath.dirname(place)
        while above and above not in self.packages:
            above = posixpath.dirname(above)
        return above

    def _real(self, place: str) -> str:
        """The place that a link leads to."""
        said = self.packages[place].get("resolved")
        is_link = self.packages[place].get("link") is True
        return said if is_link and isinstance(said, str) and said in self.packages else place

    def _target(self, place: str) -> Mapping[str, object]:
        return self.packages[self._real(place)]

    def _fits(self, there: str, edge: _Edge) -> bool | None:
        wanted = edge.wanted
        if edge.kind == "workspace":
            return self.packages[there].get("link") is True
        if self.packages[there].get("inBundle") is not True:
            wanted = (self.overrides or {}).get(edge.name, wanted)
        if wanted.startswith("npm:"):
            wanted = wanted.rpartition("@")[2] if wanted.rfind("@") > len("npm:") else "*"
        if wanted.startswith(_PLACES) or "/" in wanted:
            resolved = self.packages[there].get("resolved")
            return True if wanted.startswith("http") and wanted == resolved else None
        version = self._target(there).get("version")
        if not isinstance(version, str):
            return True if wanted.strip() in ("", "*") else None
        found = fits(version, wanted)
        return True if found is None and self._has_tag(there, wanted) else found

    def _has_tag(self, there: str, wanted: str) -> bool:
        """Whether a tag such as `latest` came from a registry, which is all that npm asks."""
        resolved = self.packages[there].get("resolved")
        return wanted.isalpha() and isinstance(resolved, str) and resolved.startswith("https://")

    def _named(self, place: str) -> str:
        return place.rpartition("node_modules/")[2] or "package.json"


def _texts(data: Mapping[str, object], kind: str) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in table(data, kind).items() if isinstance(text, str))


def _asked(data: Mapping[str, object], kind: str) -> dict[str, str]:
    """The dependencies of a kind; what is optional counts as that alone, as npm writes the lock file."""
    optional = table(data, "optionalDependencies") if kind == "dependencies" else {}
    return {name: text for name, text in _texts(data, kind) if name not in optional}


def _flat_overrides(said: object, asked: Mapping[str, str]) -> Mapping[str, str] | None:
    """What replaces a package wherever it is asked for; None where some are replaced in places alone."""
    if said is None:
        return {}
    found: dict[str, str] = {}
    for name, text in said.items() if isinstance(said, Mapping) else [("", "")]:
        if not isinstance(text, str) or "@" in name[1:] or not name:
            return None
        value = asked.get(text[1:], "") if text.startswith("$") else text
        if not value or asked.get(name, value) != value:
            return None
        found[name] = value
    return found
