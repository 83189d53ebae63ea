"""`pip install --only-deps`, which installs the dependencies of a project and not the project.

Source: pip, NEWS 26.2; run with pip 26.3: with the manifest alone, setuptools 84, poetry-core 2.5, pdm-backend 2.5 and
uv_build 0.13 tell the dependencies, hatchling and flit_core do not. Neither does setuptools where it is told of
packages.
"""

from __future__ import annotations

import posixpath

from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Split
from dockerfix.programs.installers.versions import stated_version
from dockerfix.project.manifests.pyproject import pyproject, strings, table, toml
from dockerfix.shell import PipCommand

__all__ = ["only_deps"]

_SINCE = (26, 2)
_BACKENDS = frozenset({"setuptools.build_meta", "poetry.core.masonry.api", "pdm.backend", "uv_build"})


def only_deps(call: Call, pip: PipCommand, folder: str) -> Split | None:
    """An install of the dependencies alone; with a doubt where the image's pip may not have the option.

    Args:
        folder: the project, as the command names it.
    """
    version = stated_version(call, "pip")
    if (
        pip.tool != "pip"
        or pip.requirements
        or pip.groups
        or pip.packages
        or (version is not None and version < _SINCE)
    ):
        return None
    reading = Reading(call, call.place(folder.partition("[")[0]))
    if not _tells_by_manifest(reading):
        return None
    if version is not None:
        return Split(dict(reading.reads), behind=pip.verb_word, options=("--only-deps",))
    doubt = "pip has --only-deps since 26.2, and nothing in the file says which pip the image has"
    return Split(dict(reading.reads), behind=pip.verb_word, options=("--only-deps",), doubt=doubt, by_person=True)


def _tells_by_manifest(reading: Reading) -> bool:
    """Whether the build backend needs nothing but the manifest, and what that names, to tell the dependencies."""
    origin = reading.take("pyproject.toml")
    data = (toml(reading.call.context, origin) or {}) if origin is not None else {}
    backend = table(data, "build-system").get("build-backend", "setuptools.build_meta")
    if origin is None or backend not in _BACKENDS or "project" not in data:
        return False
    if strings(table(data, "project").get("dynamic")) or table(data, "build-system").get("backend-path"):
        return False
    has_more = "setuptools" in table(data, "tool") or reading.has("setup.py") or reading.has("setup.cfg")
    if backend == "setuptools.build_meta" and has_more:
        return False
    found = pyproject(reading.call.context, origin)
    named = [posixpath.relpath(path, found.folder or ".") for path in (*found.readme, *found.license_files)]
    return all(reading.take(name) is not None for name in named)
