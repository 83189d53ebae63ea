"""What a `pip install` reads of the project: the manifests that must be in the image before it runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import StageImage, Step
from dockerfix.image.state import absolute, folders_above
from dockerfix.image.transfers import Origin, lay_over, placed_files
from dockerfix.project.context import BuildContext
from dockerfix.project.requirements_closure import requirements_closure
from dockerfix.shell import PipCommand, pip_command

__all__ = ["Install", "pip_install", "placed_before"]

# Variables through which pip reads further files. Source: pip documentation, "Configuration".
_PIP_FILES = ("PIP_CONFIG_FILE", "PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_FIND_LINKS", "PIP_BUILD_CONSTRAINT")

_UV_FILES = ("uv.toml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Install:
    """A dependency install. `reads` maps each image path it reads to the context path it came from.

    `problem` says why that is not all, or not certain; None when it is.
    """

    pip: PipCommand
    reads: Mapping[str, str]
    problem: str | None = None


def placed_before(stage: StageImage, step: Step, context: BuildContext) -> dict[str, Origin] | None:
    """What the copies above a step have left, place by place; None when one of them is unknown."""
    placed: dict[str, Origin] = {}
    for earlier in stage.all_steps:
        if earlier is step:
            return placed
        if earlier.transfer is not None:
            files = placed_files(earlier.transfer, context)
            if files is None:
                return None
            lay_over(placed, earlier.transfer, files)
    return placed


def pip_install(item: RunCommand, step: Step, placed: Mapping[str, Origin], context: BuildContext) -> Install | None:
    """The dependency install that a command is; None for any other command.

    Args:
        placed: what has been copied before it (`placed_before`).
    """
    pip = pip_command(item.program)
    if pip is None or pip.verb not in ("install", "sync"):
        return None
    reader = _Reader(item, placed, context)
    return Install(pip, reader.reads, _setting(step, item) or reader.problem(pip))


def _setting(step: Step, item: RunCommand) -> str | None:
    own = dict(item.command.assignments)
    name = next((n for n in _PIP_FILES if n in own or n in step.before.env or n in step.before.args), None)
    return f"{name} makes pip read a further file" if name else None


class _Reader:
    def __init__(self, item: RunCommand, placed: Mapping[str, Origin], context: BuildContext) -> None:
        self.item = item
        self.placed = placed
        self.context = context
        self.reads: dict[str, str] = {}

    def problem(self, pip: PipCommand) -> str | None:
        """Fills `reads`; the reason why they are not certain, or None."""
        if pip.local or pip.editables:
            return "it installs the project itself, which needs the source"
        if pip.groups:
            return "--group reads a pyproject.toml that is not followed here"
        if not pip.is_certain:
            return "what it installs is only known at build time"
        if pip.tool == "uv":
            self._uv_settings()
        files = (*pip.requirements, *pip.constraints, *(pip.packages if pip.verb == "sync" else ()))
        problems = (problem for name in files if (problem := self._requirements(name or "")))
        return next(problems, None) or next(self._other_files(pip), None)

    def _image_path(self, name: str) -> str | None:
        return absolute(name, self.item.workdir)

    def _requirements(self, name: str) -> str | None:
        if "://" in name:
            return None
        place = self._image_path(name)
        origin = self.placed.get(place) if place is not None else None
        if place is None or origin is None or origin[0] != "context":
            return f"{name} is not among the files copied from the build context"
        closure = requirements_closure(self.context, origin[2])
        if closure.problems:
            return f"{closure.problems[0].path}: {closure.problems[0].message}"
        if closure.local_paths:
            local = closure.local_paths[0]
            return f"{local.source} installs {local.text} from the project"
        folder = posixpath.dirname(origin[2]) or "."
        for file in closure.files:
            inside = posixpath.relpath(file, folder)
            target = place if file == origin[2] else absolute(inside, posixpath.dirname(place))
            assert target is not None  # the folder is known
            if self.placed.get(target) != ("context", "", file):
                return f"{file} is not copied to where {name} looks for it"
            self.reads[target] = file
        return None

    def _uv_settings(self) -> None:
        """uv reads its settings from the working directory or a folder above."""
        folders = folders_above(self.item.workdir) if self.item.workdir is not None else set()
        for place in (f"{folder.rstrip('/')}/{name}" for folder in folders for name in _UV_FILES):
            if place in self.placed and self.placed[place][0] == "context":
                self.reads[place] = self.placed[place][2]

    def _other_files(self, pip: PipCommand) -> Iterator[str]:
        """Words that name something copied: a certificate is read, a folder of wheels or a target is too much."""
        for value in (*pip.values.values(), *(word.value for word in pip.command.words)):
            place = self._image_path(value) if value and not value.startswith("-") else None
            if place is None or place in self.reads or value in pip.packages:
                continue
            origin = self.placed.get(place)
            if origin is not None and origin[0] == "context":
                self.reads[place] = origin[2]
            elif any(path.startswith(place.rstrip("/") + "/") for path in self.placed):
                yield f"it uses the copied folder {value}"
