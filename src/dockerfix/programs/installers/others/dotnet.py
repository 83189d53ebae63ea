"""`dotnet restore`, and the commands that restore on the way.

Source: Microsoft documentation, "dotnet restore" (implicit restore), "Containerize a .NET app", "Common NuGet
configurations"; the Dockerfiles of the samples in dotnet/dotnet-docker.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.state import folders_above
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.programs.installers.kept import keeps
from dockerfix.project.manifests.msbuild import local_sources, msbuild, solution_projects
from dockerfix.shell import ShellWord

__all__ = ["recognise"]

_VALUED = frozenset(
    "-c --configuration -o --output -r --runtime -f --framework -v --verbosity -s --source --configfile --packages "
    "--version-suffix --arch -a --os --lock-file-path --filter -l --logger --results-directory --self-contained --sc "
    "--project --tool-manifest --manifest --launch-profile --collect --settings".split()
)
_BUILDS = frozenset("build publish pack test run".split())
_RESTORED = ("--runtime", "--source", "--configfile")
_ABOVE = ("global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props")
_NUGET = ("nuget.config", "NuGet.config", "NuGet.Config")
_SOLUTIONS = (".sln", ".slnx")
_MOST_PROJECTS = 12


def recognise(call: Call) -> Install | None:
    """The restore that a call of dotnet is, or does on the way."""
    words = [word for word in call.program.words[1:] if not _is_property(word)]
    given = arguments(words, _VALUED)
    if given.operands[:2] == ("tool", "restore"):
        return _tools(call)
    if given.verb == "restore":
        restore = _Restore(call, given, given.operands[1:])
        if restore.problem is None and not restore.installs:
            return None
        return Install("dotnet", call.program, restore.reading.reads, fills=restore.fills, problem=restore.problem)
    if given.verb in _BUILDS and not given.has("--no-restore", "--no-build"):
        return _on_the_way(call, given)
    return None


def _is_property(word: ShellWord) -> bool:
    return word.raw.lower().lstrip("\"'").startswith(("/p:", "-p:", "--property:", "-property:", "/property:"))


def _tools(call: Call) -> Install:
    """`dotnet tool restore`. Source: Microsoft documentation, "dotnet tool restore"."""
    reading = Reading(call, call.workdir)
    found = reading.take(".config/dotnet-tools.json") or reading.take("dotnet-tools.json")
    for name in _NUGET:
        reading.take(name)
    problem = None if found is not None else "the list of tools is not among the files copied from the build context"
    return Install("dotnet-tools", call.program, reading.reads, problem=problem)


def _on_the_way(call: Call, given: Arguments) -> Install | None:
    """A command that builds. None where it restores nothing, or keeps what it restores in a cache mount."""
    named = tuple(given.values("--project")) if given.verb == "run" else given.operands[1:]
    restore = _Restore(call, given, named)
    if (restore.problem is None and not restore.installs) or not restore.projects or _is_kept(call):
        return None
    split = None
    if restore.problem is None:
        split = Split(dict(restore.reading.reads), instead=" ".join(_restore_words(call, named)))
    problem = restore.problem or f"dotnet {given.verb} reads the source"
    return Install(
        "dotnet",
        call.program,
        restore.reading.reads,
        fills=restore.fills,
        problem=problem,
        split=split,
        is_project=True,
    )


def _is_kept(call: Call) -> bool:
    return keeps(call, call.setting("NUGET_PACKAGES") or "~/.nuget/packages")


def _restore_words(call: Call, named: tuple[str | None, ...]) -> Iterator[str]:
    """The restore of the same project with what of the command counts for it."""
    yield from ("dotnet", "restore")
    counting = _RESTORED if "test" in call.program.argv else (*_RESTORED, "-r")
    before: str | None = None
    for word in call.program.words[1:]:
        name = (word.value or word.raw).partition("=")[0]
        if before in counting or name in counting or _is_property(word) or word.value in named:
            yield word.raw
        before = word.value


class _Restore:
    """What a restore of a project or a solution reads."""

    def __init__(self, call: Call, given: Arguments, named: tuple[str | None, ...]) -> None:
        self.call = call
        self.given = given
        self.reading = Reading(call, call.workdir)
        self.projects: dict[str, None] = {}
        self.installs = False
        self.artifacts: list[str] = []
        self.problem = next((problem for problem in self._problems(named) if problem is not None), None)

    @property
    def fills(self) -> tuple[str, ...]:
        """Where the answers of a restore are kept: `obj` of each project, or one folder for all."""
        own = [posixpath.join(posixpath.dirname(project), "obj") for project in self.projects]
        return tuple(dict.fromkeys([*own, *self.artifacts]))

    def _problems(self, named: tuple[str | None, ...]) -> Iterator[str | None]:
        if self.call.workdir is None or None in named or len(named) > 1:
            yield "what dotnet restores is only known at build time"
            return
        start = self._start(named[0] if named else None)
        if start is None:
            yield "which project dotnet restores is not certain from the files copied from the build context"
            return
        yield from self._of_solution(start) if start.endswith(_SOLUTIONS) else self._of_project(start)
        if len(self.projects) > _MOST_PROJECTS:
            yield f"there are {len(self.projects)} projects, each with a file to copy first"
        yield from self._settings()

    def _start(self, named: str | None) -> str | None:
        """The place of the project or solution: the one named, or the only one in the folder."""
        place = self.call.place(named or ".")
        if place is None or self.call.is_there(place):
            return place
        here = [at for at, _ in self.call.below(place) if posixpath.dirname(at) == place]
        solutions = [at for at in here if at.endswith(_SOLUTIONS)]
        found = solutions or [at for at in here if at.endswith("proj")]
        return found[0] if len(found) == 1 else None

    def _of_solution(self, place: str) -> Iterator[str | None]:
        origin = self.reading.take(place)
        paths = solution_projects(self.call.context, origin) if origin is not None else None
        if paths is None:
            yield f"{posixpath.basename(place)} is not among the files copied from the build context"
            return
        for path in paths:
            yield from self._of_project(posixpath.normpath(posixpath.join(posixpath.dirname(place), path)))

    def _of_project(self, place: str) -> Iterator[str | None]:
        """Takes a project, all that it refers to, and the files that are taken in without being named."""
        if place in self.projects:
            return
        self.projects[place] = None
        yield from self._of_file(place)
        self.reading.take(posixpath.join(posixpath.dirname(place), "packages.lock.json"))
        for folder in folders_above(posixpath.dirname(place)):
            for name in _ABOVE:
                file = posixpath.join(folder, name)
                if name.endswith("json"):
                    self.reading.take(file)
                elif file not in self.reading.reads and self.call.is_there(file):
                    yield from self._of_file(file)

    def _of_file(self, place: str) -> Iterator[str | None]:
        origin = self.reading.take(place)
        if origin is None:
            yield f"{posixpath.basename(place)} is not among the files copied from the build context"
            return
        said = msbuild(self.call.context, origin)
        yield said.problem
        self.installs = self.installs or said.installs
        folder = posixpath.dirname(place)
        if said.artifacts:
            self.artifacts.append(posixpath.join(folder, "artifacts"))
        for path in said.references:
            yield from self._of_project(posixpath.normpath(posixpath.join(folder, path)))
        taken = [posixpath.join(folder, path) for path in said.imports]
        taken += [posixpath.join(one, name) for name in said.above for one in folders_above(folder)]
        for file in map(posixpath.normpath, taken):
            if file not in self.reading.reads and self.call.is_there(file):
                yield from self._of_file(file)

    def _settings(self) -> Iterator[str | None]:
        """The settings of NuGet in all folders above, and the folders of packages that they name."""
        said = self.given.values("--configfile")
        yield from map(self.reading.take_named, said)
        for value in self.given.values("-s", "--source"):
            if value is None or "://" not in value:
                yield "packages come from a folder that the command names"
        folders = {above for project in self.projects for above in folders_above(posixpath.dirname(project))}
        named = [self.call.place(value) for value in said if value is not None]
        for place in named or [posixpath.join(folder, name) for folder in folders for name in _NUGET]:
            origin = self.reading.take(place) if place is not None else None
            sources = local_sources(self.call.context, origin) if origin is not None else []
            if sources:
                yield f"{origin} takes packages from {sources[0]}, a folder of the project"
            elif sources is None:
                yield f"{origin} cannot be read"
