"""The files that a call of pip, or of `uv pip`, reads: requirements files and all that they name.

Source: pip documentation, "pip install", "Requirements File Format", "Configuration"; uv documentation, "The pip
interface".
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import pairwise

from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.python.uv_settings import take_uv_settings
from dockerfix.project.manifests.lock_files import lock_file
from dockerfix.project.manifests.pyproject import pyproject
from dockerfix.project.manifests.requirements import LocalPath, Problem, requirements_file
from dockerfix.project.manifests.requirements_closure import RequirementsClosure, requirements_closure
from dockerfix.regexes import regex
from dockerfix.shell import PipCommand, ShellWord

__all__ = ["NEEDS_PROJECT", "PipReading", "is_project"]

NEEDS_PROJECT = "it installs the project itself, which needs the source"
_LOCK = regex(r"pylock(?:\.[^.]+)?\.toml")  # Source: pylock.toml specification, "File Name"
# Variables through which pip reads further files.
_FURTHER_REQUIREMENTS = {
    "pip": ("PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_BUILD_CONSTRAINT"),
    "uv": ("UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT", "UV_EXCLUDE"),
}
_FURTHER_FILES = ("PIP_CONFIG_FILE", "PIP_FIND_LINKS", "UV_FIND_LINKS", "UV_CONFIG_FILE")

# Options whose value, known or not, names no file to read.
_READ_NOTHING = frozenset(
    "-i --index-url --extra-index-url --default-index --index --trusted-host --prefix --root -t --target --python -p "
    "--platform --python-version --timeout --retries --cache-dir --proxy --progress-bar".split()
)


def _option(before: ShellWord, word: ShellWord) -> str:
    """The option that a word belongs to: `--option=word`, or the word in front of it."""
    name, equals, _ = word.raw.partition("=")
    return name if equals and name.startswith("-") else before.value or ""


def is_project(path: str) -> bool:
    """Whether a path that pip is given is a folder to install, and not an archive."""
    return not path.partition("[")[0].endswith((".whl", ".zip", ".tar.gz", ".tar.bz2", ".tgz"))


class PipReading:
    """Collects what one call of pip reads.

    `reading` has the files, `folders` those of the context that are read whole, `uses` the image paths of files that a
    command above it wrote.
    """

    def __init__(self, call: Call, pip: PipCommand) -> None:
        self.call = call
        self.pip = pip
        self.reading = Reading(call, call.workdir)
        self.folders: list[str] = []
        self.uses: list[str] = []

    def problem(self) -> str | None:
        """Fills `reading`; the reason why it is not certain, or None."""
        pip = self.pip
        if pip.editables or any(is_project(path) for path in pip.local):
            return NEEDS_PROJECT
        if not self._is_certain():
            return "what it installs is only known at build time"
        further = (*_FURTHER_FILES, *_FURTHER_REQUIREMENTS[pip.tool])
        variable = next((name for name in further if self.call.setting(name) == ""), None)
        if variable is not None:
            return f"{variable} names a file that is only known at build time"
        problems = (*self._named_files(), *self._named_by_variables(), *self._groups(), *self._other_files())
        if pip.tool == "uv":
            take_uv_settings(self.reading)
        return next((problem for problem in problems if problem is not None), None)

    def _is_certain(self) -> bool:
        """Whether all is known before run time that says what is read."""
        pip = self.pip
        named = (*pip.requirements, *pip.constraints, *pip.editables, *pip.find_links, *pip.groups)
        unknown = [(before, word) for before, word in pairwise(pip.command.words) if word.value is None]
        joined = [word for _, word in unknown if word.raw.startswith("-")]  # `--index-url=$X`, taken for a package
        return (
            None not in named
            and pip.packages.count(None) == len(joined)
            and all(_option(before, word) in _READ_NOTHING for before, word in unknown)
        )

    def _named_files(self) -> Iterator[str | None]:
        pip = self.pip
        for name in sorted(
            {*pip.requirements, *pip.constraints, *(pip.packages if pip.verb == "sync" else ())}, key=str
        ):
            yield self.requirements(name or "")
        for path in pip.local:
            yield self._archive(path.partition("[")[0])
        for name in pip.find_links:
            if name and "://" not in name:
                yield self._folder(name)

    def _named_by_variables(self) -> Iterator[str | None]:
        for name in ("PIP_CONFIG_FILE", "UV_CONFIG_FILE"):
            file = self.call.setting(name)
            yield self.reading.take_named(file) if file else None
        names = _FURTHER_REQUIREMENTS[self.pip.tool]
        for name in names:
            for file in (self.call.setting(name) or "").split():
                yield self.requirements(file)

    def _groups(self) -> Iterator[str | None]:
        for name in self.pip.groups:
            file = (name or "").rpartition(":")[0] or "pyproject.toml"
            if self.reading.take(file) is None:
                yield f"{file} is not among the files copied from the build context"

    def requirements(self, name: str) -> str | None:
        """Notes a requirements file, or a manifest given as one, with all that it names; why it is not certain."""
        if "://" in name or name == "-":
            return None
        place = self.call.place(name)
        if place is not None and place in self.call.made:
            self.uses.append(place)
            return None
        origin = self.reading.take(name)
        if place is None or origin is None:
            return f"{name} is not among the files copied from the build context"
        if posixpath.basename(name) in ("pyproject.toml", "setup.py", "setup.cfg"):
            return self._manifest(origin)
        if _LOCK.fullmatch(posixpath.basename(name)):
            return self._lock(name, origin)
        closure = requirements_closure(self.call.context, origin, self._project_folder(place, origin))
        serious = next((problem for problem in closure.problems if self._is_serious(problem)), None)
        if serious is not None:
            return f"{serious.path}: {serious.message}"
        problems = (*self._included(closure, place, origin), *map(self._local_path, closure.local_paths))
        return next((problem for problem in problems if problem is not None), None)

    def _manifest(self, origin: str) -> str | None:
        """`uv pip install -r pyproject.toml` reads dependencies from it, where these are not computed by a build."""
        found = pyproject(self.call.context, origin) if origin.endswith(".toml") else None
        if found is None or found.problem or {"dependencies", "optional-dependencies"} & set(found.dynamic):
            return f"{origin} may need the source to list its dependencies"
        if found.local_paths:
            return f"{origin} installs {found.local_paths[0] or '.'} from the project"
        return None

    def _lock(self, name: str, origin: str) -> str | None:
        """A `pylock.toml`, which names archives and folders of the project by their path from its own folder."""
        found = lock_file(self.call.context, origin, "pylock")
        if found.problem is not None:
            return found.problem
        folder = posixpath.dirname(name)
        for path in found.local_paths:
            if not self.reading.take_archive(posixpath.join(folder, path)):
                return f"{origin} installs {path} from the project"
        return None

    def _project_folder(self, place: str, origin: str) -> str:
        """The context folder that stands at pip's working directory, from where pip takes `./lib` in a file."""
        if self.call.workdir is None:
            return ""
        top = self.call.workdir.rstrip("/") + "/"
        inside = place[len(top) :] if place.startswith(top) else None
        return origin[: -len(inside) - 1] if inside and origin.endswith(f"/{inside}") else ""

    def _is_serious(self, problem: Problem) -> bool:
        """Whether a problem leaves open which files of the project are read."""
        if problem.kind == "remote":
            return False
        if problem.kind == "invalid":
            return not problem.message.endswith("is no PEP 508 requirement")
        if problem.kind != "variable":
            return True
        file = requirements_file(self.call.context, problem.path)
        unknown = [one.line for one in file.includes if one.problem] + [one.line for one in file.local_paths]
        return problem.line in unknown

    def _included(self, closure: RequirementsClosure, place: str, origin: str) -> Iterator[str | None]:
        """Each included file has to stand where the one that names it looks for it."""
        for file in closure.files:
            if file == origin:
                continue  # it may have another name in the image
            inside = posixpath.relpath(file, posixpath.dirname(origin) or ".")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(place), inside))
            if self.call.origin(target) != file:
                yield f"{file} is not copied to where {posixpath.basename(origin)} looks for it"
            self.reading.take(target)

    def _local_path(self, local: LocalPath) -> str | None:
        if local.kind in ("editable", "project") or local.path is None:
            return f"{local.source} installs {local.text} from the project"
        near = [place for place, path in self._copied(local.path)]
        if local.kind == "archive":
            return None if near else f"{local.path} is not among the files copied from the build context"
        return self._folder(next(iter(near), local.text))

    def _copied(self, path: str) -> list[tuple[str, str]]:
        """Where a file or folder of the context stands in the image, as seen from pip's working directory."""
        place = self.call.place(path)
        for candidate in self._candidates(path, place):
            if self.call.origin(candidate) == path:
                self.reading.take(candidate)
                return [(candidate, path)]
            if any(True for _ in self.call.below(candidate)):
                return [(candidate, path)]
        return []

    def _candidates(self, path: str, place: str | None) -> Iterator[str]:
        yield from [place] if place is not None else []
        for requirement in list(self.reading.reads):
            origin = self.reading.reads[requirement]
            inside = posixpath.relpath(path, posixpath.dirname(origin) or ".")
            yield posixpath.normpath(posixpath.join(posixpath.dirname(requirement), inside))

    def _archive(self, name: str) -> str | None:
        """A wheel or sdist of the project, or a pattern that names some."""
        if self.reading.take(name) is not None:
            return None
        place = self.call.place(name)
        if place is None or "*" not in posixpath.basename(place) or "*" in posixpath.dirname(place):
            return f"{name} is not among the files copied from the build context"
        return self._folder(posixpath.dirname(place))

    def _folder(self, name: str) -> str | None:
        folder = self.reading.take_below(name)
        if folder is None:
            return f"the folder {name} is not copied from one folder of the build context"
        self.folders.append(folder)
        return None

    def _other_files(self) -> Iterator[str]:
        """Words that name something copied: a certificate is read, any other folder is too much."""
        pip = self.pip
        for value in (*pip.values.values(), *(word.value for word in pip.command.words)):
            place = self.call.place(value) if value and not value.startswith("-") else None
            if place is None or value in pip.packages or value in pip.find_links or value in pip.local:
                continue
            if self.reading.take(place) is None and any(True for _ in self.call.below(place)):
                yield f"it uses the copied folder {value}"
