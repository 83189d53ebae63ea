"""Repositories of real files, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dockerfix.project.builds.reading import BuildUse, build_uses
from dockerfix.project.context.build_context import BuildContext


def repository(root: Path, files: Mapping[str, str]) -> BuildContext:
    """The files on disk, below a folder that has the marks of a Git repository."""
    (root / ".git").mkdir(exist_ok=True)
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return BuildContext.at(root)


def uses(root: Path, files: Mapping[str, str], *dockerfiles: str) -> tuple[BuildUse, ...]:
    """How the Dockerfiles are built; `Dockerfile` where none is named."""
    names = dockerfiles or ("Dockerfile",)
    return build_uses(repository(root, {**dict.fromkeys(names, "FROM scratch\n"), **files}))


def told(found: tuple[BuildUse, ...]) -> list[str]:
    """Each use in one line: `docker/Dockerfile from . (Makefile:3)`, with `?` behind what is not certain."""
    return [
        f"{use.dockerfile} from {use.context or '.'} ({use.place}){'' if use.certain else ' ?'}"
        for use in found
    ]  # fmt: skip
