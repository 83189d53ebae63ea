"""All that `pip install -r FILE` reads: the files that must be there, the requirements, the local projects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.manifests.dependencies import Dependency
from dockerfix.project.manifests.requirements import (
    IndexOption,
    LocalPath,
    Problem,
    RequirementsFile,
    VcsRequirement,
    requirements_file,
)

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["RequirementsClosure", "requirements_closure"]

_DEEPEST = 50  # files that include each other, one by one


@frozen
class RequirementsClosure:
    """A requirements file with everything that it includes.

    `files` are the context paths of all files read, in the order pip reads them, the first one included:
    copy all of them before the install. `constraints` are what `-c` files say. Anything in `problems` means
    that the install may read more, or other, than stands here.
    """

    path: str
    files: tuple[str, ...]
    requirements: tuple[Dependency, ...]
    constraints: tuple[Dependency, ...]
    local_paths: tuple[LocalPath, ...]
    vcs: tuple[VcsRequirement, ...]
    index_options: tuple[IndexOption, ...]
    problems: tuple[Problem, ...]

    @property
    def certain(self) -> bool:
        """Whether all that the install reads of the project is known."""
        return not self.problems

    @property
    def editable(self) -> tuple[LocalPath, ...]:
        """The local paths installed with `-e`."""
        return tuple(local for local in self.local_paths if local.kind == "editable")


@memoised_on("without_dockerfile")
def requirements_closure(context: BuildContext, path: str, folder: str = "") -> RequirementsClosure:
    """What `pip install -r path` reads, all `-r` and `-c` lines followed.

    Args:
        path: the requirements file, in the context.
        folder: the context folder that stands at pip's working directory (see `requirements_file`).
    Returns:
        The closure; a file that is not there is a problem, never an error.
    Source: pip's requirements file format: nested files are relative to the file that names them.
    """
    walk = _Walk(context, folder)
    walk.visit(path, constraint=False, above=())
    files = tuple(file for file, _ in walk.read)
    return RequirementsClosure(
        path=path,
        files=tuple(dict.fromkeys(file.path for file in files if context.is_file(file.path))),
        requirements=tuple(one for file, constraint in walk.read if not constraint for one in file.requirements),
        constraints=tuple(
            replace(one, use="constraint") for file, constraint in walk.read if constraint for one in file.requirements
        ),
        local_paths=tuple(local for file in files for local in file.local_paths),
        vcs=tuple(one for file in files for one in file.vcs),
        index_options=tuple(one for file in files for one in file.index_options),
        problems=tuple(dict.fromkeys((*walk.problems, *(problem for file in files for problem in file.problems)))),
    )


class _Walk:
    """Reads files depth first, each once as requirements and once as constraints."""

    def __init__(self, context: BuildContext, folder: str) -> None:
        self.context = context
        self.folder = folder
        self.read: list[tuple[RequirementsFile, bool]] = []
        self.problems: list[Problem] = []
        self.seen: set[tuple[str, bool]] = set()

    def visit(self, path: str, constraint: bool, above: tuple[str, ...]) -> None:
        if (path, constraint) in self.seen:
            return
        self.seen.add((path, constraint))
        file = requirements_file(self.context, path, self.folder)
        self.read.append((file, constraint))
        for include in file.includes:
            if include.path is None or include.problem:
                continue
            if include.path in (*above, path):
                message = f"{path} and {include.path} include each other"
                self.problems.append(Problem("cycle", message, path, include.line))
                continue
            if len(above) >= _DEEPEST:
                message = f"{path} is included by way of {_DEEPEST} other files, and no further one is read"
                self.problems.append(Problem("cycle", message, path, include.line))
                continue
            self.visit(include.path, constraint or include.constraint, (*above, path))
