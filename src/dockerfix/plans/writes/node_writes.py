"""Where the JavaScript of the project writes when an image runs it: its places turned into places of the image."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.image.model import Image, StageImage
from dockerfix.plans.writes.library_writes import note_javascript_libraries
from dockerfix.plans.writes.mounts import environments
from dockerfix.plans.writes.run_commands import note_command
from dockerfix.plans.writes.variables import writes_given
from dockerfix.plans.writes.written import SOME_NAME, Writes, Written
from dockerfix.programs.node_start import NodeStart, runs_modules
from dockerfix.programs.starts import Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.javascript.facts import JavaScriptFacts
from dockerfix.project.javascript.modules import javascript_facts, speaks_of_writing
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.python.facts import Write

__all__ = ["note_node_writes"]

_COREPACK = frozenset({"yarn", "pnpm"})
_UNKNOWN = "writes to a path that is only known at run time"


def note_node_writes(
    start: Start, stage: StageImage, model: Image, node: NodeStart, files: Mapping[str, str], found: Writes
) -> None:
    """Add what the modules that a start runs write, keep at home, run and listen on.

    Args:
        files: image path → context path of what is copied.
    """
    context = model.context
    reader = _Reader(start, stage, model, node, files, found)
    for doubt in node.doubts:
        found.doubts.note("", doubt)
    if not context.complete:
        found.doubts.note("", "the build context is not wholly known")
    modules = [javascript_facts(context, path) for path in node.modules]
    note_javascript_libraries(context, modules, reader.workdirs, found)
    for facts in modules:
        reader.read(facts)
    reader.manage()
    reader.frameworks(context)


class _Reader:
    def __init__(
        self,
        start: Start,
        stage: StageImage,
        model: Image,
        node: NodeStart,
        files: Mapping[str, str],
        found: Writes,
    ) -> None:
        self.context = model.context
        self.environments = environments(model, stage)
        self.start = start
        self.stage = stage
        self.is_built = node.is_built
        self.packages = node.packages
        self.found = found
        self.folders = {path: posixpath.dirname(place) for place, path in files.items()}
        self.workdirs = list(dict.fromkeys(program.workdir for program in start.programs if runs_modules(program)))

    def read(self, facts: JavaScriptFacts) -> None:
        """Note what one module tells."""
        if facts.problem and speaks_of_writing(self.context, facts.path):
            self.found.doubts.note(facts.path, facts.problem)
        for write in facts.writes:
            self._write(write)
        for line in facts.moves:
            self.found.doubts.note(f"{facts.path}:{line}", "changes the working directory")
        for port, line in facts.ports:
            if port < 1024:
                self.found.needs.append(
                    f"{facts.path}:{line} listens on port {port}; Docker 20.10 and later let any user do so, "
                    "not every Kubernetes does"
                )
        for tool, line in facts.commands:
            note_command(tool, f"{facts.path}:{line}", self.found)

    def _write(self, write: Write) -> None:
        where = f"{write.module}:{write.line}"
        if write.base == "temp" and not (write.path or "").startswith("/"):
            return
        if write.base == "home":
            self.found.home.append(where)
        elif write.base == "below":
            self.found.unknown.setdefault(SOME_NAME, where)
        elif write.path is None or write.base == "unknown":
            self.found.doubts.note(where, _UNKNOWN)
        else:
            for given in writes_given(write, self.environments):
                self._given(given, where)

    def _given(self, write: Write | str, where: str) -> None:
        if isinstance(write, str):
            self.found.doubts.note(where, write)
        elif write.base == "module" and (self.is_built or write.module not in self.folders):
            self.found.doubts.note(where, _UNKNOWN)
        else:
            is_folder = write.kind in ("folder", "upload") or not write.exact
            beside = write.kind not in ("open", "log") or bool(write.environment)
            places = [Written(one, where, is_folder, write.exact, beside) for one in self._places(write)]
            self.found.places += [one for one in places if one not in self.found.places]

    def _places(self, write: Write) -> Iterator[str]:
        assert write.path is not None
        if write.base in ("absolute", "temp"):
            yield posixpath.normpath(write.path)
        elif write.base == "module":
            offset = posixpath.relpath(write.path or ".", posixpath.dirname(write.module) or ".")
            yield posixpath.normpath(posixpath.join(self.folders[write.module], offset))
        else:
            for workdir in self.workdirs:
                if workdir is None:
                    self.found.doubts.note(f"{write.module}:{write.line}", "writes below a folder that is not known")
                else:
                    yield posixpath.normpath(posixpath.join(workdir, write.path))

    def manage(self) -> None:
        """What package managers and runners need of the user that they run as."""
        names = {program.name for program in self.start.programs}
        if names & {"npm", "npx", "yarn", "pnpm", "pm2-runtime", "bun"}:
            self.found.home.append("the package manager's logs and caches")
        commands = (item.command for step in self.stage.all_steps for item in step.commands or ())
        enabled = any(command.name == "corepack" for command in commands)
        for name in sorted(_COREPACK & {name for name in names if name}):
            if enabled:
                self.found.doubts.note(
                    "", f"corepack keeps {name} in root's home; another user has to download it again"
                )

    def frameworks(self, context: BuildContext) -> None:
        """Frameworks that write what they rendered beside their build."""
        for path in dict.fromkeys(self.folders):
            runs = self.packages is None or posixpath.dirname(path) in self.packages
            if not runs or posixpath.basename(path) != "package.json":
                continue
            if "@prisma/client" in package_json(context, path).dependencies and _has_sqlite_schema(context):
                self.found.doubts.note(path, "names Prisma with an SQLite file")


def _has_sqlite_schema(context: BuildContext) -> bool:
    return any(path.endswith(".prisma") and '"sqlite"' in (context.text(path) or "") for path in context.paths())
