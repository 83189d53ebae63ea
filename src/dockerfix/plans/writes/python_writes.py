"""Where the Python code of the project writes when an image runs it: its places turned into places of the image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dockerfix.image.model import Image, StageImage
from dockerfix.plans.writes.flask_databases import database_keepers
from dockerfix.plans.writes.library_writes import importable_names, modules_used, note_python_libraries
from dockerfix.plans.writes.mounts import environments
from dockerfix.plans.writes.run_commands import note_command
from dockerfix.plans.writes.variables import writes_given
from dockerfix.plans.writes.written import SOME_NAME, Writes, Written
from dockerfix.programs.python_start import PythonStart, is_python
from dockerfix.programs.starts import Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import is_test_path
from dockerfix.project.formats.collector import collector_paused
from dockerfix.project.formats.path_values import Value
from dockerfix.project.python.facts import ModuleFacts, Write
from dockerfix.project.python.sources import imported_files, python_sources, reachable_modules
from dockerfix.project.python.writes import database_file, place
from dockerfix.regexes import regex

__all__ = ["note_python_writes", "running_modules"]

# Folders at the top of a project whose modules run by hand, unless another module imports them.
_ASIDE = ("scripts/", "docs/", "tools/", "examples/", "benchmarks/", "notebooks/", "ci/", "deploy/", "bin/")
_NOT_RUN = frozenset("setup.py conftest.py noxfile.py fabfile.py".split())
_FILE_FIELDS = regex(r"FileField|ImageField|FileSystemStorage|default_storage")
_OTHER_INSTANCE = regex(r"\binstance_path\s*=[^=]")
_FILE_HANDLER = regex(r"FileHandler")
_DATABASE_URL = regex(r"sqlite(?:\+\w+)?:///[^\s\"'<>,;)}]+")
_SETTINGS = (".ini", ".yaml", ".yml", ".json", ".conf", ".cfg", ".toml")
_UNKNOWN = "writes to a path that is only known at run time"


@collector_paused()
def running_modules(
    python: PythonStart, context: BuildContext, files: Mapping[str, str], words: frozenset[str] = frozenset()
) -> tuple[ModuleFacts, ...]:
    """What the modules tell that run: the started ones and all that they import.

    Where imports do not tell (Django, computed names), these are all that are copied and that are not plainly
    something else.

    Args:
        files: image path → context path of what is copied.
        words: all words of the start; a management command that stands among them runs.
    """
    sources = python_sources(context)
    reached = reachable_modules(context, *python.entries) if python.entries and not python.whole else None
    if reached is None:
        reached = _all_that_may_run(python, context, frozenset(files.values()), words)
    return tuple(module for path in sources.paths if path in reached and (module := sources.module(path)) is not None)


def _all_that_may_run(
    python: PythonStart, context: BuildContext, copied: frozenset[str], words: frozenset[str]
) -> frozenset[str]:
    """The copied modules that are not plainly something else: aside are those that no other one imports."""
    there = {path for path in python_sources(context).paths if path in copied}
    running = {path for path in there if path in python.entries or _may_run(path, words)}
    aside = {path for path in running - set(python.entries) if path.startswith(_ASIDE)}
    names = {name for path in aside for name in (path.partition("/")[0], posixpath.basename(path)[:-3])}
    names |= {posixpath.basename(posixpath.dirname(path)) for path in aside}  # a package goes by its folder's name
    speaks = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
    running -= aside
    waiting = {path for path in running if speaks.search(context.text(path) or "")} if aside else set()
    while waiting:
        found = set(imported_files(context, waiting.pop())) & aside
        aside -= found
        running |= found
        waiting |= found
    return frozenset(running)


def _may_run(path: str, words: frozenset[str]) -> bool:
    if posixpath.basename(path) in _NOT_RUN or "/migrations/" in f"/{path}":
        return False
    return "/management/commands/" not in f"/{path}" or posixpath.basename(path)[:-3] in words


def _options(words: Sequence[str | None]) -> dict[str, str | None]:
    """The options among the words of a start, as `Value.environment` names them, with their values."""
    found: dict[str, str | None] = {}
    for word, following in zip(words, [*words[1:], None], strict=True):
        if word is not None and word.startswith("-"):
            name, equals, value = word.partition("=")
            found[f"--{name.lstrip('-').replace('-', '_')}"] = value if equals else following
    return found


def _search_path(stage: StageImage) -> list[str]:
    return [part for part in (stage.final.env.get("PYTHONPATH") or "").split(":") if part.startswith("/")]


def note_python_writes(
    start: Start, stage: StageImage, model: Image, python: PythonStart, files: Mapping[str, str], found: Writes
) -> None:
    """Add what the modules that a start runs write, keep at home, run and listen on."""
    _Reader(start, stage, model, python, files, found).read()


class _Reader:
    def __init__(
        self,
        start: Start,
        stage: StageImage,
        model: Image,
        python: PythonStart,
        files: Mapping[str, str],
        found: Writes,
    ) -> None:
        self.context = context = model.context
        self.python = python
        self.found = found
        self._noted = set(found.places)
        self.files = files
        self.folders = {path: posixpath.dirname(place) for place, path in files.items() if path.endswith(".py")}
        given = dict.fromkeys(tuple(_options(one.argv).items()) for one in start.programs if is_python(one)) or ((),)
        self.environments = [{**one, **dict(options)} for one in environments(model, stage) for options in given]
        running = [p for p in start.programs if is_python(p)] or [p for p in start.programs if p.name in found.unknown]
        self.workdirs = list(dict.fromkeys(program.workdir for program in running))
        words = frozenset(value for program in start.programs for value in program.argv if value)
        self.collects = "collectstatic" in words
        self.placed = importable_names(files, [*(folder for folder in self.workdirs if folder), *_search_path(stage)])
        self.modules = running_modules(python, context, files, words)
        self.used = self._used()
        if any(self._is_placed(name) for name, _ in self.used):
            # imported by the name that it has in the image, which is another one than in the context
            self.modules = running_modules(replace(python, whole=True), context, files, words)
            self.used = self._used()
        self.libraries: frozenset[str] = frozenset()
        self.sqlalchemy = any(one.module.startswith("flask_sqlalchemy") for m in self.modules for one in m.imports)

    def _used(self) -> tuple[tuple[str, str], ...]:
        """What the modules that are copied import and the context does not hold."""
        return tuple(modules_used(self.context, [one for one in self.modules if one.path in self.folders]))

    def _is_placed(self, name: str) -> bool:
        return name.partition(".")[0] in self.placed

    def read(self) -> None:
        """Note all that the modules tell."""
        if not self.context.complete:
            self.found.doubts.note("", "the build context is not wholly known")
        used = [(name, where) for name, where in self.used if not self._is_placed(name)]
        self.libraries = note_python_libraries(used, self.workdirs, self.found)
        for module in self.modules:
            if module.path in self.folders:
                self._module(module)
        self._databases()
        if self.collects and not any(
            "STATIC" in self._line(write) for module in self.modules for write in module.writes
        ):
            self.found.doubts.note("", "where collectstatic puts files is not known")

    def _databases(self) -> None:
        """SQLite files in URLs that variables, or settings of the project, hold: whoever opens them writes there."""
        held = [(f"the variable {name}", value) for one in self.environments for name, value in one.items() if value]
        for path in dict.fromkeys(self.files.values()):
            is_alembics = posixpath.basename(path) == "alembic.ini"  # which is read where Alembic starts
            if path.endswith(_SETTINGS) and not is_test_path(path) and not is_alembics:
                text = self.context.text(path) or ""
                held += [(path, match[0]) for match in _DATABASE_URL.finditer(text)] if "sqlite" in text else []
        for where, url in held:
            file = database_file(url)
            if file is None or ":memory:" in url or "%(" in url:
                continue
            path, base = place(Value(file))
            for one in self._places(Write(path, base, "sqlite", "", 0)):
                self.found.places += (
                    [Written(one, where)] if all(known.path != one for known in self.found.places) else []
                )

    def _module(self, module: ModuleFacts) -> None:
        doubts = self.found.doubts
        if module.problem:
            doubts.note(module.path, module.problem)
        is_script = module.path in self.python.scripts
        for write in module.writes:
            if is_script or not write.main_only:
                self._write(write)
        for line, what in module.computed:
            self.found.inside.note(f"{module.path}:{line}", what)
        for line in module.directory_changes:
            doubts.note(f"{module.path}:{line}", "changes the working directory")
        self.found.home += [f"{use.module}:{use.line} ({use.what})" for use in module.home_uses]
        for server in module.servers:
            if server.port is not None and server.port < 1024 and (is_script or not server.main_only):
                self.found.needs.append(
                    f"{server.module}:{server.line} listens on port {server.port}; Docker 20.10 and later let any user "
                    "do so, not every Kubernetes does"
                )
        for tool in module.tools:
            note_command(tool.name, f"{tool.module}:{tool.line}", self.found, self.context)
        self._settings(module)

    def _settings(self, module: ModuleFacts) -> None:
        """A logging configuration that the code reads may name files."""
        for read in module.reads:
            path = read.path if read.base == "module" else read.path.removeprefix("./")
            if path.endswith(_SETTINGS) and _FILE_HANDLER.search(self.context.text(path) or ""):
                self.found.doubts.note(path, "names log files")

    def _write(self, write: Write) -> None:
        where = f"{write.module}:{write.line}"
        is_open = write.base == "temp" and not (write.path or "").startswith("/")
        if is_open or (write.library and not self._is_used(write.library)):
            return
        if write.base == "home":
            self.found.home.append(where)
        elif write.base == "below":
            self.found.unknown.setdefault(SOME_NAME, where)
        elif write.path is None or write.base == "unknown":
            self.found.doubts.note(where, _UNKNOWN)
        else:
            for given in writes_given(write, self.environments):
                if isinstance(given, str):
                    self.found.doubts.note(where, given)
                else:
                    self._known(given)

    def _known(self, write: Write) -> None:
        where = f"{write.module}:{write.line}"
        if not self._is_idle_setting(write):
            is_folder = write.kind in ("folder", "upload") or not write.exact
            beside = write.kind not in ("open", "save", "log") or self._is_from_outside(write)
            places = [Written(one, where, is_folder, write.exact, beside) for one in self._places(write)]
            for one in places:
                if one not in self._noted:
                    self._noted.add(one)
                    self.found.places.append(one)

    @staticmethod
    def _is_from_outside(write: Write) -> bool:
        """Whether a variable may still name another place."""
        return any(not name.startswith("--") for name in write.environment)

    def _is_used(self, library: str) -> bool:
        return library in self.libraries or library in self.found.unknown

    def _is_idle_setting(self, write: Write) -> bool:
        """Whether a folder is set that nothing fills: STATIC_ROOT after the build, MEDIA_ROOT without a file field."""
        if write.kind != "upload":
            return False
        line = self._line(write)
        if "STATIC" in line:
            return not self.collects
        texts = (self.context.text(module.path) or "" for module in self.modules)
        return "MEDIA_ROOT" in line and not any(_FILE_FIELDS.search(text) for text in texts)

    def _line(self, write: Write) -> str:
        lines = (self.context.text(write.module) or "").split("\n")
        return lines[write.line - 1] if write.line <= len(lines) else ""

    def _places(self, write: Write) -> Iterator[str]:
        assert write.path is not None
        if write.base in ("absolute", "temp"):
            yield posixpath.normpath(write.path)
        elif write.base == "module":
            folder = self.folders[write.module]
            offset = posixpath.relpath(write.path or ".", posixpath.dirname(write.module) or ".")
            yield posixpath.normpath(posixpath.join(folder, offset))
        elif write.base == "instance":
            yield from self._instance_folders(write.path)
        elif write.kind == "sqlite" and self.sqlalchemy:
            yield from self._flask_databases(write.path)
        else:
            for workdir in self.workdirs:
                if workdir is None:
                    self.found.doubts.note(f"{write.module}:{write.line}", "writes below a folder that is not known")
                else:
                    yield posixpath.normpath(posixpath.join(workdir, write.path))

    def _flask_databases(self, path: str) -> Iterator[str]:
        """A relative SQLite file of Flask-SQLAlchemy: in the instance folder, or beside the module of the app."""
        keepers = database_keepers(self.context)
        if "instance" in keepers:
            yield from self._instance_folders(path)
        if "root" in keepers:
            yield from (posixpath.normpath(posixpath.join(self.folders[app], path)) for app in self._flask_apps())
            if not self._flask_apps():
                self.found.doubts.note("", "which module makes Flask's app is not known")

    def _flask_apps(self) -> tuple[str, ...]:
        """The modules that make an app of Flask."""
        modules = [module for module in self.modules if module.path in self.folders]
        apps = dict.fromkeys(app.module for module in modules for app in module.apps if app.framework == "flask")
        return tuple(apps)

    def _instance_folders(self, path: str) -> Iterator[str]:
        """Flask's instance folder.

        It stands beside the app's top package or module, in the working directory for what runs as `__main__`.
        Source: Flask documentation, "Instance Folders", and `flask.sansio.scaffold._find_package_path`.
        """
        apps = self._flask_apps()
        for module in apps:
            if module in self.python.scripts:
                places = [folder for folder in self.workdirs if folder]
            else:
                places = [self._above_package(module)]
            yield from (posixpath.normpath(posixpath.join(place, "instance", path)) for place in places)
        if not apps or any(_OTHER_INSTANCE.search(self.context.text(module) or "") for module in apps):
            self.found.doubts.note("", "where Flask's instance folder lies is not known")

    def _above_package(self, module: str) -> str:
        """The folder in the image from which the package that a module belongs to is imported."""
        folder, inside = self.folders[module], posixpath.dirname(module)
        while inside and self.context.is_file(f"{inside}/__init__.py"):
            folder, inside = posixpath.dirname(folder), posixpath.dirname(inside)
        return folder
