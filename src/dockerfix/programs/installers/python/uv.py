"""`uv sync`, and the uv commands that write a requirements file.

Source: uv documentation, "Using uv in Docker" (intermediate layers), "Locking and syncing", "Workspaces".
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.programs.installers.python.uv_settings import take_uv_settings
from dockerfix.project.manifests.lock_files import lock_file
from dockerfix.project.manifests.pyproject import strings, table, toml

__all__ = ["recognise"]

_VALUED = frozenset(
    "--extra --no-extra --group --no-group --only-group --python -p --package --project --directory --index "
    "--default-index --index-url -i --extra-index-url --find-links -f --index-strategy --keyring-provider --resolution "
    "--prerelease --exclude-newer --link-mode --config-setting -C --cache-dir --no-install-package --no-build-package "
    "--no-binary-package --upgrade-package -P --reinstall-package --refresh-package --python-platform --color "
    "--config-file --script --allow-insecure-host --format -o --output-file --no-emit-package --prune --fork-strategy "
    "--no-build-isolation-package --output-format".split()
)
# Options that leave the project itself out.
_WITHOUT_PROJECT = ("--no-install-project", "--no-install-workspace", "--no-install-local")
_NOT_EMITTED = ("--no-emit-project", "--no-emit-workspace", "--no-emit-local")
_DEPENDENCIES = frozenset({"dependencies", "optional-dependencies"})
_MOST_MEMBERS = 8


def recognise(call: Call) -> Install | None:
    """The install that `uv sync` is, or the writing of a requirements file or lock file."""
    given = arguments(call.program.words[1:], _VALUED)
    if given.verb in ("sync", "export", "lock") and given.has("--script"):
        return _of_script(call, given)
    if given.verb == "sync":
        return _Sync(call, given).install()
    if given.verb == "export":
        return _written(call, given, _Sync(call, given))
    if given.verb == "lock":
        sync = _Sync(call, given)
        problem = sync.problem()
        lock = call.place("uv.lock", sync.folder) if sync.folder else None
        return Install("uv", call.program, sync.reading.reads, makes=(lock,) if lock else (), problem=problem)
    return None


def _of_script(call: Call, given: Arguments) -> Install:
    """A script with dependencies of its own: neither the project nor its lock file is read. Source: uv, "Scripts"."""
    reading = Reading(call, call.workdir)
    name = next(iter(given.values("--script")), None)
    problem = reading.take_named(name)
    reading.take(f"{name}.lock")
    take_uv_settings(reading)
    if given.verb != "sync":
        problem = problem or "what uv writes for a script is not followed here"
    return Install("uv", call.program, reading.reads, problem=problem)


def _written(call: Call, given: Arguments, sync: _Sync) -> Install:
    """`uv export`, whose file names the project itself unless told otherwise."""
    name = next(iter(given.values("-o", "--output-file")), None)
    target = call.place(name) if name else call.written()
    problem = sync.problem()
    if problem is None and sync.is_package and not given.has(*_NOT_EMITTED):
        problem = "the requirements that uv exports name the project itself, which needs the source"
    return Install("uv", call.program, sync.reading.reads, makes=(target,) if target else (), problem=problem)


def _learnt(dynamic: list[str]) -> str:
    """What a build tells that matters here, in words."""
    return "dependencies" if _DEPENDENCIES & set(dynamic) else f"{dynamic[0]} (there is no uv.lock)"


class _Sync:
    """One project as `uv sync` sees it."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        folder = next(iter(given.values("--project", "--directory")), ".")
        self.folder = call.place(folder) if folder is not None else None
        self.root = self._workspace_above() or self.folder
        self.reading = Reading(call, self.root)
        self.manifest: dict[str, object] = {}
        self.members: list[str] = []
        self.manifests: tuple[str, ...] = ()

    @property
    def is_package(self) -> bool:
        """Whether the project is built and installed: it has a build system, or says so."""
        said = table(self.manifest, "tool", "uv").get("package")
        return said if isinstance(said, bool) else "build-system" in self.manifest

    def install(self) -> Install:
        """What the command reads, with the form that uv's documentation has for an image."""
        problem = self.problem()
        installs_project = self.is_package and not self.given.has(*_WITHOUT_PROJECT)
        installs_members = bool(self.members) and not self.given.has(*_WITHOUT_PROJECT[1:])
        split = None
        if problem is None and (installs_project or installs_members):
            problem = "it installs the project itself, which needs the source"
            option = "--no-install-workspace" if self.members else "--no-install-project"
            split = Split(dict(self.reading.reads), behind=self.given.verb_word, options=(option,))
        return Install(
            "uv",
            self.call.program,
            self.reading.reads,
            fills=tuple(self._environment()),
            problem=problem,
            split=split,
            is_project=installs_project or installs_members,
            manifests=self.manifests,
        )

    def problem(self) -> str | None:
        """Fills `reading`; the reason why it is not certain, or None."""
        if self.folder is None or not self.given.is_certain:
            return "what uv installs is only known at build time"
        origin = self.reading.take("pyproject.toml")
        own = self.reading.take(posixpath.join(self.folder, "pyproject.toml"))
        if origin is None or own is None:
            return "pyproject.toml is not among the files copied from the build context"
        self.manifests = tuple(dict.fromkeys((own, origin)))
        self.manifest = toml(self.call.context, own) or {}
        if not self.manifest:
            return f"{own} cannot be read"
        for name in ("uv.lock", "uv.toml", ".python-version", posixpath.join(self.folder, ".python-version")):
            self.reading.take(name)
        return next((problem for problem in self._problems(origin) if problem is not None), None)

    def _problems(self, origin: str) -> Iterator[str | None]:
        is_frozen = self.given.has("--frozen") or self.call.setting("UV_FROZEN") is not None
        if is_frozen or self.given.has("--locked") or self.call.setting("UV_LOCKED") is not None:
            yield self.reading.lacks("uv.lock")
        dynamic = strings(table(self.manifest, "project").get("dynamic"))
        if not is_frozen and self._is_built(dynamic):
            yield f"uv builds the project to learn its {_learnt(dynamic)}, which needs the source"
        yield self._workspace(origin)
        yield self._local_sources(origin)

    def _workspace_above(self) -> str | None:
        """The folder above that holds a manifest with a workspace, whose lock file and environment count then."""
        above = posixpath.dirname(self.folder or "/")
        while above.strip("/"):
            origin = self.call.origin(f"{above}/pyproject.toml")
            if origin is not None and table(toml(self.call.context, origin) or {}, "tool", "uv", "workspace"):
                return above
            above = posixpath.dirname(above)
        return None

    def _workspace(self, origin: str) -> str | None:
        """Takes the manifest of every member that is there."""
        workspace = table(toml(self.call.context, origin) or {}, "tool", "uv", "workspace")
        patterns, excluded = strings(workspace.get("members")), strings(workspace.get("exclude"))
        base = posixpath.dirname(origin)
        folders = {path for text in patterns for path in self.call.context.match(posixpath.join(base, text))}
        folders -= {path for text in excluded for path in self.call.context.match(posixpath.join(base, text))}
        manifests = {path: f"{posixpath.relpath(path, base or '.')}/pyproject.toml" for path in sorted(folders)}
        self.members = [path for path, name in manifests.items() if self.reading.has(name)]
        if len(self.members) > _MOST_MEMBERS:
            return f"the workspace has {len(self.members)} members, each with a manifest to copy first"
        for member in self.members:
            if self.reading.take(manifests[member]) is None:
                return f"{member}/pyproject.toml is not among the files copied from the build context"
            dynamic = self._dynamic_of(member)
            if self._is_built(dynamic):
                return f"uv builds {member} to learn its {_learnt(dynamic)}, which needs the source"
        return None

    def _is_built(self, dynamic: list[str]) -> bool:
        """Whether a project is built for what its manifest does not say; a lock file says all but dependencies."""
        return bool(_DEPENDENCIES & set(dynamic)) or (bool(dynamic) and not self.reading.has("uv.lock"))

    def _dynamic_of(self, member: str) -> list[str]:
        return strings(table(toml(self.call.context, f"{member}/pyproject.toml") or {}, "project").get("dynamic"))

    def _local_sources(self, origin: str) -> str | None:
        """What is installed from a path that is no member of the workspace."""
        base = posixpath.dirname(origin)
        sources = table(self.manifest, "tool", "uv", "sources").values()
        paths = [path for source in sources for path in strings(table(source).get("path"))]
        lock = self.reading.take("uv.lock")
        if lock is not None:
            paths += lock_file(self.call.context, lock, "uv-lock").local_paths
        inside = posixpath.relpath(self.folder or "/", self.root or "/")
        known = {base or ".", posixpath.normpath(posixpath.join(base, inside)), *self.members}
        local = [path for path in paths if posixpath.normpath(posixpath.join(base, path)) not in known]
        unknown = next((path for path in local if not self.reading.take_archive(path)), None)
        return f"it installs {unknown} from the project" if unknown is not None else None

    def _environment(self) -> Iterator[str]:
        """The virtual environment that the command fills, where it lies in the project."""
        said = self.call.setting("UV_PROJECT_ENVIRONMENT")
        if self.given.has("--active"):
            said = self.call.setting("VIRTUAL_ENV") or ".venv"
        place = self.call.place(said or ".venv", self.root) if self.root is not None else None
        if place is not None:
            yield place
