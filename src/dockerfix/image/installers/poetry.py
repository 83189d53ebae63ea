"""`poetry install`, and the Poetry commands that write a requirements file or the lock file.

Source: Poetry documentation, "Commands" (install, export), "FAQ" (Docker cache), "Configuration", "Basic usage"
(package mode).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.installers.arguments import Arguments, arguments
from dockerfix.image.installers.call import Call, Reading
from dockerfix.image.installers.contract import Install, Split
from dockerfix.project.lock_files import lock_file
from dockerfix.project.pyproject import pyproject, table, toml

__all__ = ["recognise"]

_VALUED = frozenset(
    "-C --directory -P --project --without --with --only -E --extras --format -f --output -o --group -G "
    "--python --source".split()
)
_WRITES_LOCK = frozenset({"lock", "update", "add", "remove"})
_OFF = ("false", "0", "no")


def recognise(call: Call) -> Install | None:
    """The install that `poetry install` is, or the writing of a requirements file or lock file."""
    given = arguments(call.program.words[1:], _VALUED)
    project = _Project(call, given)
    if given.verb in ("install", "sync"):
        return project.install()
    if given.verb == "export":
        name = next(iter(given.values("-o", "--output")), None)
        target = call.place(name) if name else call.written()
        problem = project.problem()
        return Install(
            "poetry", call.program, project.reading.reads, makes=(target,) if target else (), problem=problem
        )
    if given.verb in _WRITES_LOCK:
        problem = project.problem()
        files = ("poetry.lock", *(("pyproject.toml",) if given.verb in ("add", "remove") else ()))
        places = (call.place(file, project.folder) for file in files if project.folder is not None)
        makes = tuple(place for place in places if place is not None)
        return Install("poetry", call.program, project.reading.reads, makes=makes, problem=problem)
    return None


class _Project:
    """One project as Poetry sees it."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        folder = next(iter(given.values("-C", "--directory", "-P", "--project")), ".")
        self.folder = call.place(folder) if folder is not None else None
        self.reading = Reading(call, self.folder)
        self.manifest: dict[str, object] = {}
        self.manifests: tuple[str, ...] = ()

    def install(self) -> Install:
        """What the command reads, with the form that Poetry's FAQ has for an image."""
        problem = self.problem()
        installs_project = self._is_package() and not self.given.has("--no-root")
        split = None
        if problem is None and installs_project:
            problem = "it installs the project itself, which needs the source"
            if not self.given.has("--only-root"):
                split = Split(dict(self.reading.reads), behind=self.given.verb_word, options=("--no-root",))
        return Install(
            "poetry",
            self.call.program,
            self.reading.reads,
            fills=tuple(self._environment()),
            problem=problem,
            split=split,
            is_project=installs_project,
            manifests=self.manifests,
        )

    def problem(self) -> str | None:
        """Fills `reading`; the reason why it is not certain, or None."""
        if self.folder is None or not self.given.is_certain:
            return "what poetry installs is only known at build time"
        origin = self.reading.take("pyproject.toml")
        if origin is None:
            return "pyproject.toml is not among the files copied from the build context"
        self.manifests = (origin,)
        self.manifest = toml(self.call.context, origin) or {}
        if not self.manifest:
            return f"{origin} cannot be read"
        lock = self.reading.take("poetry.lock")
        self.reading.take("poetry.toml")
        base = posixpath.dirname(origin)
        paths = [
            posixpath.relpath(path or ".", base or ".") for path in pyproject(self.call.context, origin).local_paths
        ]
        if lock is not None:
            paths += lock_file(self.call.context, lock, "poetry-lock").local_paths
        unknown = next((path for path in paths if not self.reading.take_archive(path)), None)
        if unknown is not None and not self.given.has("--no-directory"):
            return f"it installs {unknown} from the project"
        return None

    def _is_package(self) -> bool:
        return table(self.manifest, "tool", "poetry").get("package-mode") is not False

    def _environment(self) -> Iterator[str]:
        """The environment in the project, which Poetry makes, or takes where one stands there."""
        settings = table(toml(self.call.context, self._settings_file() or "") or {}, "virtualenvs")
        said = self.call.setting("POETRY_VIRTUALENVS_CREATE")
        off = (said or "").lower() in _OFF or settings.get("create") is False
        off = off or any(text.startswith("poetry config virtualenvs.create false") for text in self.call.configured)
        place = self.call.place(".venv", self.folder) if self.folder is not None else None
        if place is not None and not off:
            yield place

    def _settings_file(self) -> str | None:
        place = self.call.place("poetry.toml", self.folder) if self.folder is not None else None
        return self.call.origin(place) if place is not None else None
