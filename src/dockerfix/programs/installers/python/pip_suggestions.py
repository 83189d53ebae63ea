"""Ways to install the dependencies of a project first where no file of requirements holds them.

Before release 26.2 pip has no word for it, and a person has to choose one of the others.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Split
from dockerfix.programs.installers.python.pip_dependencies import ProjectDependencies
from dockerfix.programs.installers.python.pip_only_deps import only_deps
from dockerfix.programs.installers.python.pip_reading import PipReading
from dockerfix.project.manifests.pyproject import pyproject, strings, table, toml
from dockerfix.shell import PipCommand

__all__ = ["suggested_split"]

# What uv takes too, or may do without.
_HARMLESS = frozenset("-e --editable --no-cache-dir -U --upgrade -q --quiet --upgrade-strategy".split())


def suggested_split(call: Call, pip: PipCommand, folders: Sequence[str]) -> Split | None:
    """One for a project whose manifest names its dependencies; None where pip is not pip, or several are installed."""
    if pip.tool != "pip" or len(folders) != 1:
        return None
    by_pip = only_deps(call, pip, folders[0])
    if by_pip is not None and not by_pip.doubt:
        return by_pip
    return _of_empty_package(call, folders[0]) or by_pip or _by_uv(call, pip, folders[0])


def _of_empty_package(call: Call, folder: str) -> Split | None:
    """The same command where only the manifest stands: setuptools finds no package then, and installs none."""
    reading = Reading(call, call.place(folder.partition("[")[0]))
    origin = reading.take("pyproject.toml")
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


def _by_uv(call: Call, pip: PipCommand, folder: str) -> Split | None:
    """uv reads the dependencies of a manifest without building the project. Source: uv, "The pip interface"."""
    tool = call.item.command.words[: call.item.command.words.index(pip.verb_word) + 1]
    if set(pip.options) - _HARMLESS or pip.packages or "/" in tool[0].raw:
        return None
    reader = PipReading(call, pip)
    words = ProjectDependencies(call, folder, reader).of_uv()
    if not words:
        return None
    own = ["--no-cache-dir"] if pip.has("--no-cache-dir") else []
    uv = ["uv", "pip", "install", *(["--no-cache"] if own else [])]
    system = [] if call.setting("VIRTUAL_ENV") else ["--system"]
    instead = " ".join([*(word.raw for word in tool), *own, "uv", "&&", *uv, *system, *words])
    doubt = "uv reads the dependencies from pyproject.toml alone; it would be a new tool in the image"
    return Split(dict(reader.reading.reads), instead=instead, doubt=doubt, by_person=True)
