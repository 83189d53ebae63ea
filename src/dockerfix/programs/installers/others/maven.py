"""`mvn dependency:go-offline`, and the phases of a build that download on the way.

Source: Maven documentation, "dependency:go-offline", "Configuring Maven" (.mvn), "Maven Wrapper"; Docker
documentation, the guide for Java (`./mvnw dependency:go-offline` above the source).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.state import folders_above
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.programs.installers.kept import keeps
from dockerfix.programs.installers.others.wrapper import wrapper_problem
from dockerfix.project.manifests.maven import pom

__all__ = ["recognise"]

_VALUED = frozenset(
    "-f --file -s --settings -gs --global-settings -P --activate-profiles -pl --projects -T --threads -l --log-file "
    "-rf --resume-from -t --toolchains -gt --global-toolchains -D --define -b --builder -C".split()
)
_RESOLVES = (":go-offline", ":resolve", ":resolve-plugins")
_PHASES = frozenset(
    "validate compile process-classes test-compile test package verify install deploy spring-boot:run "
    "spring-boot:build-image quarkus:build jib:build site prepare-package".split()
)
# Options that say how dependencies are found, and how little is told.
_RESOLVING = frozenset(
    "-f --file -s --settings -gs --global-settings -P --activate-profiles -B --batch-mode -ntp "
    "--no-transfer-progress -q --quiet -U --update-snapshots".split()
)
_SETTINGS = ("-s", "--settings", "-gs", "--global-settings", "-t", "--toolchains")
_PROJECT_SETTINGS = (".mvn/maven.config", ".mvn/jvm.config", ".mvn/settings.xml")
_MOST_MODULES = 8


def recognise(call: Call) -> Install | None:
    """The download that a call of Maven is, or does on the way."""
    given = arguments(call.program.words[1:], _VALUED)
    goals = [goal for goal in given.operands if goal is not None and goal != "clean"]
    if not goals or given.has("-o", "--offline", "-v", "--version"):
        return None
    resolves = [goal.endswith(_RESOLVES) for goal in goals]
    if not any(resolves) and not _PHASES & set(goals):
        return None
    project = _Project(call, given)
    if project.problem is None and not project.downloads:
        return None
    if all(resolves):
        return Install("maven", call.program, project.reading.reads, tuple(project.folders), problem=project.problem)
    return _on_the_way(call, project, goals)


def _on_the_way(call: Call, project: _Project, goals: list[str]) -> Install | None:
    """A phase that needs the source. None where no manifest is known, or a cache mount keeps what is downloaded."""
    if not project.reading.reads or keeps(call, "~/.m2/repository", "~/.m2"):
        return None
    split = None
    if project.problem is None and not project.is_parted:
        split = Split(dict(project.reading.reads), instead=" ".join(_words(call)))
    reason = f"mvn {goals[-1]} reads the source"
    if project.is_parted and project.problem is None:
        reason += ", and dependency:go-offline does not find modules of the project that are not built yet"
    return Install(
        "maven",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        problem=project.problem or reason,
        split=split,
        is_project=True,
    )


def _words(call: Call) -> Iterator[str]:
    """The same call of Maven with one other goal; what steers tests and the packages that are built is left out."""
    yield call.program.words[0].raw
    pending = False
    for word in call.program.words[1:]:
        text = word.value or word.raw
        if pending or text.partition("=")[0] in _RESOLVING or (text.startswith("-P") and len(text) > 2):
            yield word.raw
        pending = text in _RESOLVING & _VALUED
    yield "dependency:go-offline"


class _Project:
    """One project, or several that belong together, as Maven sees it."""

    def __init__(self, call: Call, given: Arguments) -> None:
        self.call = call
        self.given = given
        self.folders: list[str] = []
        self.poms: set[str] = set()
        self.is_parted = False
        self.downloads = False
        named = next(iter(given.values("-f", "--file")), ".")
        place = call.place(named) if named is not None else None
        self.manifest = place if place is None or call.is_there(place) else posixpath.join(place, "pom.xml")
        self.reading = Reading(call, posixpath.dirname(self.manifest) if self.manifest is not None else None)
        self.problem = next((problem for problem in self._problems() if problem is not None), None)

    def _problems(self) -> Iterator[str | None]:
        if self.manifest is None or not self.given.is_certain:
            yield "what Maven builds is only known at build time"
            return
        yield from self._wrapper()
        yield from self._of_module(self.manifest)
        if len(self.poms) > _MOST_MODULES:
            yield f"the project has {len(self.poms)} pom.xml to copy first"
        yield from map(self.reading.take_named, self.given.values(*_SETTINGS))

    def _wrapper(self) -> Iterator[str | None]:
        """The settings below `.mvn`, and all of it with the wrapper, which downloads what stands there."""
        called = self.call.program.words[0].value or ""
        is_wrapper = called.endswith("mvnw")
        if is_wrapper:
            yield wrapper_problem(self.reading, called)
        for above in folders_above(self.reading.folder or "/"):
            if self.call.is_there(posixpath.join(above, ".mvn/extensions.xml")):
                yield "extensions of Maven (.mvn/extensions.xml) may read the source"
            for name in _PROJECT_SETTINGS:
                self.reading.take(posixpath.join(above, name))
        top = self.call.place(".mvn", self.reading.folder) or "/.mvn"
        if is_wrapper and any(True for _ in self.call.below(top)):
            folder = self.reading.take_below(top)
            self.folders += [folder] if folder is not None else []
            yield "the folder .mvn comes from more than one folder" if folder is None else None

    def _of_module(self, place: str, *, is_parent: bool = False) -> Iterator[str | None]:
        """Takes a pom.xml, those of its modules, and its parent where that lies in the project."""
        if place in self.poms:
            return
        self.poms.add(place)
        origin = self.reading.take(place)
        if origin is None:
            name = posixpath.relpath(place, self.reading.folder or "/")
            yield f"{name} is not among the files copied from the build context"
            return
        said = pom(self.call.context, origin)
        yield said.problem
        self.downloads = self.downloads or said.has_dependencies
        parent = self._file(place, said.parent) if said.parent is not None else None
        if parent is not None and self.call.is_there(parent):
            yield from self._of_module(parent, is_parent=True)
        for module in said.modules if not is_parent else ():
            self.is_parted = True
            yield from self._of_module(self._file(place, module))

    @staticmethod
    def _file(place: str, named: str) -> str:
        """The pom.xml that another one names, be it the file or its folder."""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), named))
        return target if target.endswith(".xml") else posixpath.join(target, "pom.xml")
