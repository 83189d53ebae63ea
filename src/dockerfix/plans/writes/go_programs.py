"""A compiled program of the project's own Go source: which package it is built from, and what its sources write."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import absolute
from dockerfix.plans.writes.mounts import environments
from dockerfix.plans.writes.variables import Environment, writes_given
from dockerfix.plans.writes.written import Writes, Written
from dockerfix.programs.node_packages import ways
from dockerfix.programs.starts import Program
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.go.source import GoFacts, go_facts, is_of_the_build, is_standard, reaching
from dockerfix.project.known.go_libraries import go_library
from dockerfix.project.manifests.go_modules import GoModules, go_modules
from dockerfix.project.python.facts import Write

__all__ = ["note_go_program"]

# Options of `go build` that take the next word. Source: go help build.
_VALUED = frozenset(
    "-o -p -asmflags -buildmode -compiler -gccgoflags -gcflags -installsuffix -ldflags -mod -pgo -pkgdir -tags".split()
)
_UNREAD = frozenset({"-overlay", "-toolexec", "-modfile", "-C"})
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BINARIES = "/go/bin"  # of the golang images


@frozen
class _Build:
    """A program that `go build` makes: its place, and the folder of its package, both in the image of `stage`."""

    stage: StageImage
    program: str
    package: str


def note_go_program(program: Program, model: Image, stage: StageImage, found: Writes) -> bool:
    """Add what a program of the project's own Go source writes and needs; False where it is none."""
    build = next(_builds(program, model, stage), None)
    if build is None:
        return False
    if not model.context.complete:
        found.doubts.note("", "the build context is not wholly known")
    sources = _Sources(build, model)
    for facts in sources.packages():
        _note(facts, program, environments(model, stage), found)
    for where, what in sources.doubts:
        found.doubts.note(where, what)
    found.known.update(sources.libraries)
    return True


def _builds(program: Program, model: Image, stage: StageImage) -> Iterator[_Build]:
    for place in _places(program, stage):
        for earlier, path in ways(model, stage, place):
            made = [build for build in _made(earlier, model) if build.program == path]
            yield from made[-1:]


def _places(program: Program, stage: StageImage) -> Iterator[str]:
    name = program.argv[0] or ""
    if "/" in name:
        place = absolute(name, program.workdir)
        yield from [place] if place is not None else []
    elif name:
        path = stage.final.env.get("PATH") or _USUAL_PATH
        yield from (f"{folder.rstrip('/')}/{name}" for folder in path.split(":"))


def _made(stage: StageImage, model: Image) -> Iterator[_Build]:
    """The programs that the RUNs of a stage build."""
    files = context_files(model, stage)
    for step in stage.all_steps:
        for item in step.commands or ():
            if item.program.name == "go" and item.program.argv[1:2] in (("build",), ("install",)):
                yield from _made_by(item, stage, files, model.context)


def _made_by(item: RunCommand, stage: StageImage, files: Mapping[str, str], context: BuildContext) -> Iterator[_Build]:
    given = _given(item)
    if given is None or item.workdir is None:
        return
    output, packages = given
    module = _module(item.workdir, files, context)
    for package in packages or [item.workdir]:
        folder = absolute(posixpath.dirname(package) if package.endswith(".go") else package, item.workdir)
        if folder is None or module is None:
            continue
        name = posixpath.basename(folder if folder != module.top or not module.name else module.name)
        if item.program.argv[1] == "install":
            place = f"{_BINARIES}/{name}"
        elif output is None:
            place = f"{item.workdir.rstrip('/')}/{name}"
        else:
            target = absolute(output, item.workdir) or ""
            is_folder = output.endswith("/") or any(one.startswith(f"{target}/") for one in files)
            place = f"{target}/{name}" if is_folder else target
        yield _Build(stage, place, folder)


def _given(item: RunCommand) -> tuple[str | None, list[str]] | None:
    """What `go build` is told: the output, and the packages or files; None where that is not certain."""
    output: str | None = None
    packages: list[str] = []
    words = iter(item.program.argv[2:])
    for word in words:
        option, equals, value = (word or "").partition("=")
        option = option.replace("--", "-", 1) if option.startswith("--") else option
        if word is None or option in _UNREAD or "..." in word:
            return None
        if option in _VALUED:
            taken = value if equals else next(words, None)
            if option == "-o":
                if taken is None:
                    return None
                output = taken
        elif not word.startswith("-"):
            packages.append(word)
    return output, packages


@frozen
class _Module:
    """The module around a folder of an image: its name, and the folder of its go.mod."""

    name: str
    top: str
    modules: GoModules


def _module(folder: str, files: Mapping[str, str], context: BuildContext) -> _Module | None:
    while True:
        path = files.get(posixpath.join(folder, "go.mod"))
        modules = go_modules(context, path) if path is not None else None
        if modules is not None:
            return _Module(modules.name, folder, modules)
        if folder == "/":
            return None
        folder = posixpath.dirname(folder)


class _Sources:
    """The packages of the project that a program is built from; `doubts` say why these may not be all."""

    def __init__(self, build: _Build, model: Image) -> None:
        self.context = model.context
        self.package = build.package
        files = context_files(model, build.stage)
        self.module = _module(build.package, files, model.context)
        self.folders: dict[str, list[str]] = {}
        for place, path in files.items():
            if is_of_the_build(model.context, path):
                self.folders.setdefault(posixpath.dirname(place), []).append(path)
        self.doubts: list[tuple[str, str]] = []
        self.libraries: set[str] = set()

    def packages(self) -> Iterator[GoFacts]:
        """What each package tells, from the program's own on to all that are imported."""
        seen: set[str] = set()
        waiting = [(self.package, "")]
        while waiting:
            folder, where = waiting.pop()
            if folder in seen:
                continue
            seen.add(folder)
            if folder not in self.folders:
                self.doubts.append((where, f"needs Go sources in {folder}, which are not among the files copied"))
                continue
            facts = go_facts(self.context, self.folders[folder])
            yield facts
            for package, place in facts.imports.items():
                waiting += [(one, place) for one in self._imported(package, place)]

    def _imported(self, package: str, where: str) -> Iterator[str]:
        """The folder of a package of the project; notes what else an import means."""
        what = reaching(package)
        own = self._own_folder(package)
        if what is not None:
            self.doubts.append((where, f"{what} ({package})"))
        elif own is not None:
            yield own
        elif not is_standard(package):
            library = go_library(package)
            if library is None:
                self.doubts.append((where, f"imports {package}, of which it is not known where it writes"))
            else:
                self.libraries.add(package)

    def _own_folder(self, package: str) -> str | None:
        if self.module is None:
            return None
        homes = {self.module.name: "."} | dict(self.module.modules.replacements)
        for name in sorted(homes, key=len, reverse=True):
            if name and (package == name or package.startswith(f"{name}/")):
                return posixpath.normpath(posixpath.join(self.module.top, homes[name], package[len(name) + 1 :]))
        return None


def _note(facts: GoFacts, program: Program, environment: Sequence[Environment], found: Writes) -> None:
    for where, what in facts.doubts:
        found.doubts.note(where, what)
    for port, where in facts.ports:
        found.needs.append(
            f"{where} listens on port {port}; Docker 20.10 and later let any user do so, not every Kubernetes does"
        )
    for write in facts.writes:
        for given in writes_given(write, environment):
            if isinstance(given, str):
                found.doubts.note(f"{write.module}:{write.line}", given)
            else:
                _note_write(given, program, found)


def _note_write(write: Write, program: Program, found: Writes) -> None:
    where = f"{write.module}:{write.line}"
    place = absolute(write.path, program.workdir) if write.path is not None else None
    if write.base == "temp" and not (write.path or "").startswith("/"):
        return
    if write.base == "home":
        found.home.append(where)
    elif place is None or (write.base == "cwd" and program.workdir is None):
        found.doubts.note(where, "writes to a path that is only known at run time")
    else:
        is_folder = write.kind == "folder" or not write.exact
        found.places.append(Written(place, where, is_folder, write.exact, service=program.service))
