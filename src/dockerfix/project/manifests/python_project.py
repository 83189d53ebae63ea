"""The project's manifests put together: what it depends on, and where each statement stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.manifests.dependencies import Dependency
from dockerfix.project.manifests.lock_files import LockFile, lock_file, pipfile
from dockerfix.project.manifests.manifest import Manifest, manifests
from dockerfix.project.manifests.pyproject import Pyproject, pyproject
from dockerfix.project.manifests.requirements import Problem, RequirementsFile, requirements_file
from dockerfix.project.manifests.setup_files import SetupFile, setup_file

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["PythonProject", "python_project"]


@frozen
class PythonProject:
    """All manifests of a context, read; those nearest to the root come first.

    `dependencies` is what they all ask for together, each with its manifest and line; a package may stand
    there many times. `problems` name what could not be read: there the dependencies are not all of them.
    """

    manifests: tuple[Manifest, ...]
    pyprojects: tuple[Pyproject, ...]
    requirements: tuple[RequirementsFile, ...]
    setup_files: tuple[SetupFile, ...]
    lock_files: tuple[LockFile, ...]
    dependencies: tuple[Dependency, ...]
    problems: tuple[Problem, ...]

    def of_kind(self, *kinds: str) -> tuple[Manifest, ...]:
        """The manifests of some kinds (see `Manifest.kind`)."""
        return tuple(manifest for manifest in self.manifests if manifest.kind in kinds)

    @property
    def run_dependencies(self) -> tuple[Dependency, ...]:
        """The dependencies without those that only development, tests and documentation need."""
        aside = {manifest.path for manifest in self.manifests if manifest.development}
        return tuple(one for one in self.dependencies if one.use != "development" and one.path not in aside)

    @property
    def names(self) -> frozenset[str]:
        """The normalised names of everything but development dependencies."""
        return frozenset(one.name for one in self.run_dependencies)

    def stated(self, name: str) -> tuple[Dependency, ...]:
        """Where a package (normalised name) is asked for."""
        return tuple(one for one in self.dependencies if one.name == name)


def python_project(context: BuildContext) -> PythonProject:
    """The Python project around a Dockerfile.

    Returns:
        The project; without a manifest all its parts are empty. An unknown context gives an empty project
        too, which then proves nothing.
    """
    return _python_project(context.without_dockerfile)


@memoised
def _python_project(context: BuildContext) -> PythonProject:
    found = manifests(context)
    pyprojects = [pyproject(context, one.path) for one in found if one.kind == "pyproject"]
    listed = [one for one in found if one.kind in {"requirements", "constraints"}]
    requirements = [requirements_file(context, one.path) for one in listed]
    setups = [setup_file(context, one.path) for one in found if one.kind in {"setup.py", "setup.cfg"}]
    locks = [_locks(context, one) for one in found if one.kind.endswith("-lock") or one.kind == "pipfile"]
    read: list[Pyproject | SetupFile | LockFile] = [*pyprojects, *setups, *locks]
    constraints = {one.path for one in found if one.kind == "constraints"}
    return PythonProject(
        manifests=found,
        pyprojects=tuple(pyprojects),
        requirements=tuple(requirements),
        setup_files=tuple(setups),
        lock_files=tuple(locks),
        dependencies=(
            *(one for file in requirements if file.path not in constraints for one in file.requirements),
            *(one for file in read for one in file.dependencies),
        ),
        problems=(
            *(problem for file in requirements for problem in file.problems),
            *(Problem("invalid", file.problem, file.path) for file in read if file.problem),
        ),
    )


def _locks(context: BuildContext, manifest: Manifest) -> LockFile:
    if manifest.kind == "pipfile":
        return pipfile(context, manifest.path)
    return lock_file(context, manifest.path, manifest.kind)
