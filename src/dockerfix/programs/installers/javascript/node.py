"""What npm, yarn, pnpm and bun have in common: the manifest, its workspace, and what its scripts and packages need."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.javascript.node_scripts import script_needs
from dockerfix.project.manifests.package_json import PackageJson, package_json
from dockerfix.project.manifests.pyproject import table

__all__ = ["NodeProject"]

_MOST_MEMBERS = 8
_PRISMA_SETTINGS = ("ts", "js", "mjs", "cjs", "mts", "cts")
# Packages that look at a setting of the project while they are installed.
_SETTINGS = {"puppeteer": (".puppeteerrc", ".puppeteerrc.json", ".puppeteerrc.cjs", ".puppeteerrc.js")}


class NodeProject:
    """The project that an install finds in a folder of the image.

    After `problem` has been asked, `reading` holds what the install reads, `folders` the folders of the context
    among them, `fills` the folders that it fills, `doubt` what may go wrong without the source.
    """

    def __init__(self, call: Call, folder: str | None, *, runs_scripts: bool) -> None:
        self.call = call
        self.folder = folder
        self.runs_scripts = runs_scripts
        self.reading = Reading(call, folder)
        self.folders: list[str] = []
        self.fills: list[str] = []
        self.doubt = ""
        self.manifest: PackageJson | None = None

    @property
    def manifests(self) -> tuple[str, ...]:
        """Every package.json that is read."""
        return tuple(path for path in self.reading.reads.values() if posixpath.basename(path) == "package.json")

    def problem(self, files: tuple[str, ...], members: tuple[str, ...] | None = None) -> str | None:
        """Reads the project; the reason why that is not certain, or None.

        Args:
            files: what the package manager reads beside the manifest, where it is there.
            members: the patterns of the workspace's members; those of the manifest where None.
        """
        if self.folder is None:
            return "the folder of the install is only known at build time"
        origin = self.reading.take("package.json")
        if origin is None:
            return "package.json is not among the files copied from the build context"
        manifest = self.manifest = package_json(self.call.context, origin)
        if manifest.problem:
            return manifest.problem
        for name in files:
            self.reading.take(name)
        self._fill(self.folder)
        problems = self._problems(manifest, members if members is not None else manifest.workspaces)
        return next((problem for problem in problems if problem is not None), None)

    def take_folder(self, name: str) -> str | None:
        """Takes a folder of the project whole; why that cannot be, or None."""
        folder = self.reading.take_below(name)
        if folder is None:
            return f"the folder {name} is not among the files copied from the build context"
        self.folders.append(folder)
        return None

    def _fill(self, folder: str) -> None:
        self.fills.append(posixpath.join(folder, "node_modules"))

    def _problems(self, manifest: PackageJson, members: tuple[str, ...]) -> Iterator[str | None]:
        yield self._above()
        yield self._elsewhere(manifest, has_members=bool(members))
        yield from self._of_package(manifest, "")
        yield from self._workspace(manifest, members)
        yield from map(self.take_patch, manifest.patches)
        for package, names in _SETTINGS.items():
            for name in names if package in manifest.dependencies else ():
                self.reading.take(name)

    def _above(self) -> str | None:
        """A package.json above may make this one a member of its workspace."""
        folder = posixpath.dirname(self.folder or "/")
        while folder.strip("/"):
            origin = self.call.origin(f"{folder}/package.json")
            if origin is not None and package_json(self.call.context, origin).workspaces:
                return f"the project belongs to the workspace of {origin}"
            if self.call.is_there(f"{folder}/pnpm-workspace.yaml"):
                return "the project belongs to a workspace of pnpm"
            folder = posixpath.dirname(folder)
        return None

    def _elsewhere(self, manifest: PackageJson, *, has_members: bool) -> str | None:
        """A manifest that names packages of a workspace which is not there belongs to another build context."""
        texts = manifest.dependencies.values()
        if not has_members and any(text.startswith("workspace:") for text in texts):
            return f"{manifest.path} names packages of a workspace that is not there"
        has_catalog = self.reading.has("pnpm-workspace.yaml") or "catalog" in str(manifest.data.get("workspaces"))
        if not has_catalog and any(text.startswith("catalog:") for text in texts):
            return f"{manifest.path} takes versions from a catalog that is not there"
        return None

    def _of_package(self, manifest: PackageJson, member: str) -> Iterator[str | None]:
        """The root (member "") or a member of the workspace."""
        for text in (*manifest.local_paths, *_overriding(manifest)):
            yield self._local(text, manifest, member)
        if self.reading.has(posixpath.join(member, "binding.gyp")):
            yield "npm compiles the project itself (binding.gyp), which needs the source"
        if self.runs_scripts:
            yield from self._scripts(manifest, member)

    def _local(self, text: str, manifest: PackageJson, member: str) -> str | None:
        path = text.removeprefix("file:")
        if path.endswith((".tgz", ".tar.gz")) and self.reading.take(posixpath.join(member, path)) is not None:
            return None
        return f"{manifest.path} installs {text} from the project"

    def _scripts(self, manifest: PackageJson, member: str) -> Iterator[str | None]:
        needs = script_needs(manifest)
        yield needs.problem
        self.doubt = self.doubt or needs.doubt
        for folder in needs.folders:
            yield self.take_folder(posixpath.join(member, folder))
        generates = any("prisma generate" in text for name, text in manifest.scripts.items() if "build" in name)
        if needs.prisma or ("@prisma/client" in manifest.dependencies and not generates):
            yield self._prisma(manifest, member, must=needs.prisma)

    def _prisma(self, manifest: PackageJson, member: str, *, must: bool) -> str | None:
        """Prisma's client is generated from the schema while it is installed.

        Source: Prisma documentation, "Generating Prisma Client" (postinstall hook), "Prisma schema location",
        "Prisma Config".
        """
        names = (f"{stem}.{end}" for stem in ("prisma.config", ".config/prisma") for end in _PRISMA_SETTINGS)
        if any(self.reading.has(posixpath.join(member, name)) for name in names):
            return f"{manifest.path} installs Prisma, whose settings are code of the project"
        said = manifest.data.get("prisma")
        schema = said.get("schema") if isinstance(said, dict) else None
        if schema is None and self.reading.has(posixpath.join(member, "prisma/schema.prisma")):
            schema = "prisma/schema.prisma"
        if isinstance(schema, str) and posixpath.dirname(posixpath.normpath(schema)):
            return self.take_folder(posixpath.join(member, posixpath.dirname(posixpath.normpath(schema))))
        found = self.reading.take(posixpath.join(member, "schema.prisma"))
        return f"{manifest.path} runs prisma generate, and no schema is found" if must and found is None else None

    def _workspace(self, manifest: PackageJson, patterns: tuple[str, ...]) -> Iterator[str | None]:
        if not patterns:
            return
        if any(text.startswith("!") or "**" in text for text in patterns):
            yield f"the workspace of {manifest.path} names its members with patterns that are not followed here"
            return
        base = posixpath.dirname(manifest.path)
        found = {path for text in patterns for path in self.call.context.match(posixpath.join(base, text))}
        members = sorted(path for path in found if self.call.context.is_file(f"{path}/package.json"))
        if len(members) > _MOST_MEMBERS:
            yield f"the workspace has {len(members)} members, each with a manifest to copy first"
            return
        for path in members:
            yield from self._member(path, posixpath.relpath(path, base or "."))

    def _member(self, path: str, inside: str) -> Iterator[str | None]:
        origin = self.reading.take(f"{inside}/package.json")
        if origin is None:
            yield f"{path}/package.json is not among the files copied from the build context"
            return
        manifest = package_json(self.call.context, origin)
        yield manifest.problem
        if "bin" in manifest.data:
            yield f"{origin} has programs (bin) that are linked while their files are there"
        assert self.folder is not None  # the manifest was found in it
        self._fill(posixpath.join(self.folder, inside))
        yield from self._of_package(manifest, inside)

    def take_patch(self, name: str) -> str | None:
        """Takes a file that changes a dependency; why that cannot be, or None."""
        if self.reading.take(name) is None:
            return f"the patch {name} is not among the files copied from the build context"
        return None


def _overriding(manifest: PackageJson) -> Iterator[str]:
    """The paths that stand in for dependencies of dependencies. Source: npm `overrides`, Yarn `resolutions`, pnpm."""
    entries = (table(manifest.data, *keys) for keys in (("overrides",), ("resolutions",), ("pnpm", "overrides")))
    for text in _texts(list(entries)):
        if text.startswith(("file:", "link:", "portal:")):
            yield text


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inside in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(inside)
