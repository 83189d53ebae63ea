"""Which file of the build context is edited to see what a rebuild costs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image import Image, rerun_steps
from dockerfix.programs.entry import entry_file
from dockerfix.project.context.ignore_file import sent_files

__all__ = ["dependency_file", "source_file"]

# Files that name what is installed, those first that an image most often installs from.
_MANIFESTS = (
    "requirements.txt uv.lock poetry.lock Pipfile.lock pdm.lock pixi.lock pyproject.toml setup.py environment.yml "
    "environment.yaml package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock package.json go.mod "
    "Cargo.lock Cargo.toml Gemfile.lock composer.lock pom.xml".split()
)
_SOURCES = (".py", ".js", ".ts", ".mjs", ".go", ".rs", ".java", ".rb", ".php", ".html", ".css")


def source_file(image: Image) -> str | None:
    """The source that people edit: what the start command names, else the first source that a step brings."""
    entry = entry_file(image)
    if entry is not None:
        return entry
    names = (path for path in sent_files(image.context) or () if path.endswith(_SOURCES))
    return _first_brought(image, (path for path in names if posixpath.basename(path) != "setup.py"))


def dependency_file(image: Image) -> str | None:
    """The file that says what is installed, as far as its name tells and a step brings it; None when there is none."""
    sent = sent_files(image.context) or ()
    return _first_brought(image, _manifests(sent))


def _manifests(paths: tuple[str, ...]) -> Iterator[str]:
    nearest = sorted(paths, key=lambda path: path.count("/"))
    for name in _MANIFESTS:
        yield from (path for path in nearest if posixpath.basename(path) == name)
    yield from (path for path in nearest if "requirements" in path and path.endswith((".txt", ".in")))


def _first_brought(image: Image, paths: Iterator[str]) -> str | None:
    return next((path for path, _ in zip(paths, range(50), strict=False) if rerun_steps(image, path)), None)
