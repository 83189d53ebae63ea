"""Where a project that pip installs names its dependencies, as words for an install of these alone."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.python.pip_reading import PipReading
from dockerfix.project.manifests.pyproject import strings, table, toml
from dockerfix.project.manifests.setup_files import setup_file

__all__ = ["ProjectDependencies"]


class ProjectDependencies:
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
