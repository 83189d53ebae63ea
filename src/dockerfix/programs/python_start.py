"""Which Python modules of the project a start runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.programs.starts import Program, Start
from dockerfix.regexes import regex
from dockerfix.shell.cd import absolute_word

__all__ = ["PythonStart", "installed_module", "is_python", "not_known", "python_start"]

_INTERPRETER = regex(r"(?:python|pypy)(?:[23](?:\.\d+)?)?t?\Z")
# Servers and runners that import a module of the project that their words name.
_SERVERS = frozenset(
    "uvicorn gunicorn hypercorn daphne granian waitress-serve flask fastapi litestar sanic celery dramatiq arq "
    "huey_consumer huey_consumer.py taskiq faust streamlit chainlit panel gradio django-admin quart aerich alembic "
    "bokeh nicegui robyn".split()
)
# Runners whose jobs may come from anywhere in the project.
_QUIET_MODULES = frozenset({"http.server", "pydoc", "asyncio", "this"})
_RUNS_ANY = frozenset({"rq", "rqworker", "alembic", "aerich", "django-admin"})
_FOLDER_OPTIONS = ("--app-dir", "--chdir", "--working-dir", "--workdir")
_SCRIPT_OF = {"streamlit": "run", "fastapi": "run", "chainlit": "run", "panel": "serve", "bokeh": "serve"}
# Where `flask` and `fastapi` look when nothing is named. Sources: Flask and FastAPI CLI documentation.
_DEFAULTS = {
    "flask": ("app", "wsgi"),
    "fastapi": ("main", "app", "api", "app.main", "app.app", "app.api"),
}


@frozen
class PythonStart:
    """`entries` are context paths of the modules that are started, `scripts` those of them run as `__main__`.

    `whole` tells that any module of the project may run. `doubts` name programs whose module is not found.
    """

    entries: tuple[str, ...]
    scripts: frozenset[str]
    whole: bool = False
    doubts: tuple[str, ...] = ()


def is_python(program: Program) -> bool:
    """Whether a program runs Python code of the project, told by its name alone."""
    name = program.name or ""
    if program.is_own:
        return (program.file or "").endswith(".py")
    return bool(_INTERPRETER.match(name)) or name in _SERVERS | _RUNS_ANY or (program.file or "").endswith(".py")


def not_known(module: str) -> str:
    """The doubt about `python -m MODULE`, where the project does not hold the module."""
    return f"what python -m {module} writes is not known"


def installed_module(program: Program) -> str | None:
    """What a program of Python runs that was installed: the server, or the module behind `-m`; None for a script."""
    name, words = program.name or "", list(program.argv[1:])
    if not _INTERPRETER.match(name):
        return name if program.file is None else None
    rest = words[words.index("-m") + 1 :] if "-m" in words else []
    return rest[0] if rest else None


def python_start(start: Start, model: Image, stage: StageImage) -> PythonStart:
    """The modules that the Python programs of a start run."""
    reader = _Reader(stage, context_files(model, stage))
    has_own = any(is_python(program) and len(program.argv) > 1 for program in start.programs if not program.service)
    for program in start.programs:
        if is_python(program):
            known = len(reader.doubts)
            reader.read(program)
            if program.service and has_own:  # a compose file is often older than the image
                del reader.doubts[known:]
    entries, doubts = tuple(dict.fromkeys(reader.entries)), tuple(dict.fromkeys(reader.doubts))
    return PythonStart(entries, frozenset(reader.scripts), reader.whole, doubts)


class _Reader:
    def __init__(self, stage: StageImage, files: Mapping[str, str]) -> None:
        self.env = stage.final.env
        self.files = files
        self.entries: list[str] = []
        self.scripts: list[str] = []
        self.doubts: list[str] = []
        self.whole = False

    def read(self, program: Program) -> None:
        name, argv = program.name or "", list(program.argv)
        if _INTERPRETER.match(name):
            self._interpreter(program, argv[1:])
        elif program.file is not None:
            self._script(program.file)
        else:
            self._server(program, name, argv[1:])

    def _script(self, path: str) -> None:
        self.entries.append(path)
        self.scripts.append(path)
        if posixpath.basename(path) == "manage.py":
            self.whole = True

    def _interpreter(self, program: Program, words: list[str | None]) -> None:
        while words and words[0] is not None and words[0].startswith("-") and words[0] not in ("-m", "-c"):
            words = words[2:] if words[0] in ("-W", "-X") else words[1:]
        if not words or words[0] is None:
            self.doubts.append(f"{program.place}: the script that Python runs is only known at run time")
        elif words[0] == "-c":
            self.doubts.append(f"{program.place}: what the code behind python -c does is not looked at")
        elif words[0] == "-m" and len(words) > 1 and words[1] is not None:
            self._module(program, words[1], words[2:])
        elif (found := self._placed(program, words[0])) is not None:
            self._script(found)
        else:
            self.doubts.append(f"{words[0]} is not among the files copied from the build context")

    def _placed(self, program: Program, path: str) -> str | None:
        place = absolute_word(path, program.workdir)
        if place is None:
            return None
        return self.files.get(place) or self.files.get(posixpath.join(place, "__main__.py"))

    def _module(self, program: Program, module: str, words: list[str | None]) -> None:
        if module in _SERVERS | _RUNS_ANY:
            self._server(program, module, words)
            return
        found = self._dotted(program, module, words)
        if module in _QUIET_MODULES:
            return
        if found is not None:
            inner = found.removesuffix("__init__.py") + "__main__.py"
            self._script(inner if found.endswith("__init__.py") and inner in self.files.values() else found)
        else:
            self.doubts.append(not_known(module))

    def _server(self, program: Program, name: str, words: list[str | None]) -> None:
        self.whole = self.whole or name in _RUNS_ANY
        found = next(self._named(program, name, words), None)
        if found is not None:
            self.entries.append(found)
            if name in _SCRIPT_OF:
                self.scripts.append(found)
        elif name not in _RUNS_ANY:
            self.doubts.append(f"the module that {name} runs is not among the files copied from the build context")

    def _named(self, program: Program, name: str, words: list[str | None]) -> Iterator[str]:
        """Files that the words name, as a path or a module; then what a variable or the server's default names."""
        for word in words:
            for text in _spellings(word or ""):
                path = self._placed(program, text) if text.endswith(".py") else self._dotted(program, text, words)
                if path is not None and path.endswith(".py"):
                    yield path
        variables = {"flask": "FLASK_APP", "celery": "CELERY_APP"}
        named = self.env.get(variables.get(name, "")) or ""
        if named:
            module = named.partition(":")[0].removesuffix(".py")
            path = self._placed(program, named) or self._dotted(program, module, [])
            yield from [path] if path is not None else []
        for default in _DEFAULTS.get(name, ()):
            path = self._dotted(program, default, words)
            yield from [path] if path is not None else []

    def _dotted(self, program: Program, module: str, words: list[str | None]) -> str | None:
        """The file of a module, looked for below the working directory, `--app-dir` and PYTHONPATH."""
        if program.workdir is None or not module.replace(".", "").replace("_", "a").isalnum():
            return None
        folders = [program.workdir, *_given_folders(words, program.workdir)]
        folders += [part for part in (self.env.get("PYTHONPATH") or "").split(":") if part.startswith("/")]
        inner = module.replace(".", "/")
        for folder in (*folders, posixpath.join(program.workdir, "src")):
            base = posixpath.normpath(posixpath.join(folder, inner))
            for place in (f"{base}.py", f"{base}/__init__.py"):
                if place in self.files:
                    return self.files[place]
        return None


def _spellings(word: str) -> Iterator[str]:
    """`main:app`, `-A=proj.celery`, `--app=main`, `app/main.py`, `config.wsgi`, `main:create_app()`."""
    text = word.partition("=")[2] if word.startswith("-") and "=" in word else word
    if text.startswith("-"):
        return
    yield text.partition(":")[0]
    if "." in text and not text.endswith(".py"):
        yield text.partition(":")[0].rpartition(".")[0]  # `proj.celery` may be the variable `celery` of `proj`


def _given_folders(words: list[str | None], workdir: str) -> Iterator[str]:
    for at, word in enumerate(words):
        name, equals, value = (word or "").partition("=")
        if name in _FOLDER_OPTIONS:
            folder = value if equals else (words[at + 1] if at + 1 < len(words) else None)
            if folder:
                yield posixpath.join(workdir, folder)
