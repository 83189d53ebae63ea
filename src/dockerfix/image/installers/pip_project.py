"""An install of the project itself by pip, or `uv pip`: how to install its dependencies alone.

Source: uv documentation, "Using uv in Docker" (the pip interface); setuptools documentation, "Dynamic Metadata". pip
has no option for the dependencies of a project alone.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from dockerfix.image.installers.call import Call, Reading
from dockerfix.image.installers.contract import Split
from dockerfix.image.installers.pip_reading import PipReading, is_project
from dockerfix.project.pyproject import pyproject, strings, table, toml
from dockerfix.project.setup_files import setup_file
from dockerfix.shell import Command, PipCommand, ShellWord, pip_command

__all__ = ["project_split"]


def project_split(call: Call, pip: PipCommand) -> Split | None:
    """The same install of what is named besides the project, and of files that name the project's dependencies."""
    if pip.verb != "install" or call.item.command.assignments or not pip.is_certain:
        return None
    program = _without_projects(call.item.command, pip)
    rest = pip_command(program)
    folders = [path for path in (*pip.editables, *pip.local) if path is not None and is_project(path)]
    if rest is None or not folders:
        return None
    reader = PipReading(call, rest)
    if reader.problem() is not None:
        return None
    words: list[str] = []
    doubts: list[str] = []
    for folder in folders:
        project = _Project(call, folder, reader)
        words += project.of_uv() if pip.tool == "uv" else project.of_pip()
        doubts += project.doubts
    if not words and not rest.requirements and not rest.groups:
        return _of_empty_package(call, pip, folders)
    command = " ".join([*(word.raw for word in program.words), *words])
    return Split(dict(reader.reading.reads), instead=command, doubt=next(iter(doubts), ""))


def _of_empty_package(call: Call, pip: PipCommand, folders: list[str]) -> Split | None:
    """The same command where only the manifest stands: setuptools finds no package then, and installs none.

    For a person to decide: it is a habit, and no promise of setuptools.
    """
    reading = Reading(call, call.place(folders[0].partition("[")[0]))
    origin = reading.take("pyproject.toml") if pip.tool == "pip" and len(folders) == 1 else None
    if origin is None or not _finds_packages_itself(reading, origin):
        return None
    found = pyproject(call.context, origin)
    for path in (*found.readme, *found.license_files):
        if reading.take(posixpath.relpath(path, found.folder or ".")) is None:
            return None
    command = " ".join(word.raw for word in call.item.command.words)
    doubt = (
        "setuptools makes an empty package of the manifest alone, which is a habit of many and no promise of its own"
    )
    return Split(dict(reading.reads), instead=command, doubt=doubt, by_person=True)


def _finds_packages_itself(reading: Reading, origin: str) -> bool:
    """Whether setuptools builds a project from what stands in its manifest alone, and looks for packages by itself."""
    data = toml(reading.call.context, origin) or {}
    backend = table(data, "build-system").get("build-backend", "setuptools.build_meta")
    is_static = "project" in data and not strings(table(data, "project").get("dynamic"))
    has_more = "setuptools" in table(data, "tool") or reading.has("setup.py") or reading.has("setup.cfg")
    return backend == "setuptools.build_meta" and is_static and not has_more


def _without_projects(command: Command, pip: PipCommand) -> Command:
    """A command without the folders it installs, and without the `-e` in front of them."""
    words: list[ShellWord] = []
    for word in command.words:
        value = word.value or ""
        follows = bool(words) and words[-1].value in ("-e", "--editable")
        if follows:
            words.pop()
        is_folder = value.startswith("--editable=") or (value in pip.local and is_project(value))
        if not follows and not is_folder:
            words.append(word)
    return replace(command, words=tuple(words))


class _Project:
    """A folder that is installed: the words that install its dependencies alone, and what is not certain of them."""

    def __init__(self, call: Call, text: str, reader: PipReading) -> None:
        self.call = call
        self.reader = reader
        self.path, _, extras = text.partition("[")
        self.extras = [name.strip() for name in extras.rstrip("]").split(",") if name.strip()]
        self.doubts: list[str] = []

    def of_uv(self) -> list[str]:
        """`uv pip install -r pyproject.toml`, which reads what stands there and builds nothing."""
        name = self._name("pyproject.toml")
        if self.reader.requirements(name) is not None:
            return []
        return ["-r", name, *(word for extra in self.extras for word in ("--extra", extra))]

    def of_pip(self) -> list[str]:
        """The requirements files that the project takes its dependencies from."""
        if self.extras:
            return []
        words: list[str] = []
        for file in self._files():
            name = self._name(file)
            if self.reader.requirements(name) is not None:
                return []
            words += ["-r", name]
        return words

    def _files(self) -> Iterator[str]:
        manifest = self._origin("pyproject.toml")
        data = (toml(self.call.context, manifest) or {}) if manifest is not None else {}
        if "project" in data:
            if "dependencies" in strings(table(data, "project").get("dynamic")):
                dynamic = table(data, "tool", "setuptools", "dynamic", "dependencies")
                yield from strings(dynamic.get("file"))
            return
        setup = self._origin("setup.py")
        found = setup_file(self.call.context, setup) if setup is not None else None
        if setup is None or found is None or found.complete:
            return
        named = [path for path in found.named_files if "requirements" in path and path.endswith(".txt")]
        if len(named) == 1:
            self.doubts.append(f"{setup} computes its dependencies, most likely from {named[0]}")
            yield posixpath.relpath(named[0], posixpath.dirname(setup) or ".")

    def _name(self, file: str) -> str:
        """A file of the project as the command would call it."""
        return posixpath.normpath(posixpath.join(self.path, file))

    def _origin(self, file: str) -> str | None:
        place = self.call.place(self._name(file))
        return self.call.origin(place) if place is not None else None
