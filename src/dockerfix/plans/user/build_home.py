"""What the steps of a build may have put into root's home: run there is code that is not known to leave it alone.

It matters where what the image starts may look there: its libraries are not all known to ignore the home folder.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.image.commands import commands_of
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.plans.user.home_keepers import is_keeper, keeps_at_home
from dockerfix.plans.writes.python_writes import running_modules
from dockerfix.programs.node_start import is_node
from dockerfix.programs.own_programs import is_shell_script
from dockerfix.programs.python_start import is_python, python_start
from dockerfix.programs.starts import Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.javascript.modules import ENDINGS, javascript_facts
from dockerfix.project.known.home_use import is_free_command, is_free_module, is_free_program, is_free_tool, only_by
from dockerfix.project.known.libraries import python_libraries
from dockerfix.project.manifests.setup_files import parsed
from dockerfix.project.python.facts import ModuleFacts
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.sources import python_sources, reachable_modules
from dockerfix.shell import Command, parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["may_be_left_at_home"]

_SELF = frozenset({"pipenv", "poetry"})  # looked at by themselves
_DEPTH = 4  # scripts that run scripts
_PLACES = ("dir", "path", "root", "folder", "cache", "home", "dest", "target")  # keywords that name another place
_QUESTIONS = frozenset({"--version", "-V", "-v", "-version", "version", "--help", "-h", "help"})
_QUIET_CALLS = frozenset({"print", "len", "str", "repr", "getattr", "hasattr", "type"})


def may_be_left_at_home(model: Image, stage: StageImage, start: Start | None) -> Iterator[str]:
    """The steps that may have put something into root's home that the program looks for, a sentence each."""
    imports = frozenset(_imports(model, stage, start))
    reader = _Reader(model, stage, imports)
    found = [text for step in stage.all_steps if _runs_at_home(step) for text in reader.step(step)]
    if found and _may_look(model, stage, start):
        yield from dict.fromkeys(found)


def _environment(step: Step) -> dict[str, str | None]:
    """The variables of a RUN, those that it sets itself included."""
    found = dict(step.before.env)
    for item in step.commands or ():
        found.update({name: word.value for name, word in item.command.assignments})
        if item.program.name == "export":
            pairs = (word.raw.partition("=") for word in item.program.words[1:])
            found.update({name: value.strip("\"'") for name, equals, value in pairs if equals})
    return found


def _runs_at_home(step: Step) -> bool:
    """Whether a step runs as root, with root's own folder for a home."""
    return step.before.is_root is not False and (step.before.env.get("HOME") or "/root").rstrip("/") == "/root"


class _Reader:
    def __init__(self, model: Image, stage: StageImage, imports: frozenset[str]) -> None:
        self.context = model.context
        self.imports = imports  # of what starts, and of which nothing is known
        self.files = context_files(model, stage)

    def step(self, step: Step) -> Iterator[str]:
        """Of the commands of a RUN, those that may fill the home folder."""
        for item in step.commands or ():
            env = _environment(step)
            at_home = (env.get("HOME") or "/root").rstrip("/") == "/root"
            is_silent = is_keeper(item) or not at_home
            what = None if is_silent else self._program(item.program, item.workdir, env, 0)
            if what is not None:
                line = step.instruction.start_line
                yield f"line {line} {what} in root's home, where another user does not look"

    def _program(self, program: Command, workdir: str | None, env: Mapping[str, str | None], depth: int) -> str | None:
        name = program.name or ""
        words = [
            value if value is not None else word.raw for value, word in zip(program.argv, program.words, strict=True)
        ]
        bare = name.rstrip("0123456789.")
        if bare in ("python", "pypy"):
            return self._python(words[1:], workdir, env)
        if bare in ("node", "bun", "tsx"):
            return self._javascript(words[1:], workdir)
        file = self._file(words, workdir)
        if file is not None:
            return self._script(file, env, depth)
        is_free = is_free_program(name) or is_free_program(bare) or name in _SELF
        is_free = is_free or _only_asks(words[1:])
        if not name or (is_free and name not in self.imports) or "/" in words[0]:
            return None
        return f"runs {name}, which may keep something"

    def _file(self, words: list[str], workdir: str | None) -> str | None:
        """The file of the project that a command runs: `./fetch.sh`, `sh fetch.sh`, `/app/fetch.py`."""
        named = words[0] if words else ""
        if named in ("sh", "bash", "ash", "dash", "source", ".", "/bin/sh", "/bin/bash"):
            named = next((word for word in words[1:] if not word.startswith("-")), "")
        elif "/" not in named:
            return None
        if not named.startswith("/") and workdir is None:
            return None
        return self.files.get(posixpath.normpath(posixpath.join(workdir or "/", named)))

    def _script(self, file: str, env: Mapping[str, str | None], depth: int) -> str | None:
        text = self.context.text(file) or ""
        if file.endswith(".py") or "python" in text.split("\n", 1)[0]:
            return self._modules(file, env)
        if depth > _DEPTH or not (file.endswith((".sh", ".bash")) or is_shell_script(text)):
            return None
        raw = encode(text)
        script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
        if not script.readable:
            return None
        folder = next((posixpath.dirname(place) for place, path in self.files.items() if path == file), None)
        for item in commands_of(script, folder):
            kept = keeps_at_home(item)
            what = kept and f"keeps {kept}"
            if not is_keeper(item):
                what = self._program(item.program, item.workdir, env, depth + 1)
            if what is not None:
                return f"runs {file}, which {what}"
        return None

    def _python(self, words: list[str], workdir: str | None, env: Mapping[str, str | None]) -> str | None:
        while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
            words = words[2:] if words[0] in ("-W", "-X") else words[1:]
        if len(words) > 1 and words[0] == "-c":
            return self._code(words[1], workdir, env)
        if len(words) > 1 and words[0] == "-m":
            return self._module(words[1], words[2:], workdir, env)
        if not words or workdir is None:
            return None
        file = self.files.get(posixpath.normpath(posixpath.join(workdir, words[0])))
        if file is None:
            return None
        if posixpath.basename(file) in ("manage.py", "setup.py"):
            return self._managed(words[1:], env)
        return None if any(map(is_free_command, words[1:2])) else self._modules(file, env)

    def _javascript(self, words: list[str], workdir: str | None) -> str | None:
        """A module of the project that writes below the home folder."""
        place = next((word for word in words if not word.startswith("-") and word != "run"), "")
        file = self.files.get(posixpath.normpath(posixpath.join(workdir or "/", place)))
        if file is None or not file.endswith(ENDINGS):
            return None
        kept = any(write.base == "home" for write in javascript_facts(self.context, file).writes)
        return f"runs {file}, which keeps files" if kept else None

    def _managed(self, words: list[str], env: Mapping[str, str | None]) -> str | None:
        """A command of manage.py that the project itself brings; others come from Django and its apps."""
        named = next((word for word in words if not word.startswith("-")), "")
        ending = f"management/commands/{named}.py"
        found = next((path for path in self.files.values() if path.endswith(ending)), None)
        return None if found is None or is_free_command(named) else self._modules(found, env)

    def _module(self, name: str, words: list[str], workdir: str | None, env: Mapping[str, str | None]) -> str | None:
        top = name.partition(".")[0]
        file = self._module_file(name, workdir)
        if file is not None:
            return self._modules(file, env)
        if (
            is_free_tool(top)
            or _only_asks(words)
            or _names_place(top, env)
            or any(word.startswith("/") for word in words)
        ):
            return None
        return f"runs {name}, which may keep something"

    def _module_file(self, name: str, workdir: str | None) -> str | None:
        base = posixpath.join(workdir or "/", name.replace(".", "/"))
        tried = (f"{base}.py", f"{base}/__main__.py", f"{base}/__init__.py")
        return next((self.files[place] for place in tried if place in self.files), None)

    def _code(self, code: str, workdir: str | None, env: Mapping[str, str | None]) -> str | None:
        """The code behind `python -c`."""
        tree = parsed(code)
        if tree is None:
            return None
        imported = list(_imported(tree))
        for name in imported:
            file = self._module_file(name, workdir)
            what = self._modules(file, env) if file is not None else None
            if what is not None:
                return what
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if all(_called(call) in _QUIET_CALLS for call in calls) or any(map(_gives_place, calls)):
            return None
        tops = [
            top for name in imported if self._module_file(name, workdir) is None for top in [name.partition(".")[0]]
        ]
        names = [_called(call) for call in calls]
        unknown = [top for top in tops if _is_filled(top, names) and not _names_place(top, env)]
        return f"runs code of {unknown[0]}, which may keep something" if unknown else None

    def _modules(self, file: str, env: Mapping[str, str | None]) -> str | None:
        """What code of the project may keep, with all that it imports."""
        reached = reachable_modules(self.context, file) or {file}
        sources = python_sources(self.context)
        for path in sorted(reached, key=lambda one: one != file):
            module = sources.module(path)
            if module is None:
                continue
            text = self.context.text(path) or ""
            for top in _unknown_imports(module, self.context):
                begins = only_by(top)
                if (begins is None or begins in text) and not _names_place(top, env):
                    return f"runs {file}, which may keep files of {top}"
            kept = next((use.what for use in module.home_uses if not _kept_at_home(use.what)), None)
            if kept is not None:
                return f"runs {file}, which may keep files"
        return None


def _kept_at_home(module: str) -> str:
    """What a library keeps below the home folder, "" where nothing is known to be kept."""
    record = python_libraries().of(module)
    return record.home if record is not None else ""


def _only_asks(words: list[str]) -> bool:
    """Whether a program is only asked for its version or its help."""
    return bool(words) and set(words) <= _QUESTIONS


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _gives_place(call: ast.Call) -> bool:
    """Whether a call names the place to fill: an absolute path, or a keyword such as `cache_dir`."""
    texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    named = any(word in (keyword.arg or "") for keyword in call.keywords for word in _PLACES)
    return named or any(text.startswith("/") for text in texts)


def _is_filled(top: str, calls: list[str]) -> bool:
    begins = only_by(top)
    return not is_free_module(top) and (begins is None or any(begins in name for name in calls))


def _names_place(top: str, env: Mapping[str, str | None]) -> bool:
    """Whether a variable that is named for the library says where it keeps its files: `STANZA_RESOURCES_DIR`."""
    word = top.upper().replace("-", "_")
    for name, value in env.items():
        if value is None or not value.startswith("/") or f"{value}/".startswith("/root/"):
            continue
        of_cache = _kept_at_home(top).startswith(".cache/")
        if word in name or (of_cache and name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "TRANSFORMERS_CACHE")):
            return True
    return False


def _unknown_imports(module: ModuleFacts, context: BuildContext) -> Iterator[str]:
    for one in module.imports:
        top = one.module.partition(".")[0]
        is_free = bool(one.level) or not top or is_free_module(top)
        if not is_free and not resolved(context, module.path, one.module, 0):
            yield top


def _may_look(model: Image, stage: StageImage, start: Start | None) -> bool:
    """Whether what starts may look into the home folder of whoever runs it."""
    if start is None or any(map(is_node, start.programs)):
        return True
    for program in start.programs:
        name = program.name or ""
        if not is_python(program) and not is_free_program(name) and program.file is None:
            return True
        if is_python(program) and not (
            is_free_program(name.rstrip("0123456789.")) or is_free_module(name) or program.file
        ):
            return True
    if not any(map(is_python, start.programs)):
        return False
    return bool(python_start(start, model, stage).doubts) or any(
        _module_looks(module, model) for module in _started(model, stage, start)
    )


def _started(model: Image, stage: StageImage, start: Start) -> tuple[ModuleFacts, ...]:
    """The project's modules of Python that a start runs."""
    words = frozenset(value for program in start.programs for value in program.argv if value)
    return running_modules(python_start(start, model, stage), model.context, context_files(model, stage), words)


def _imports(model: Image, stage: StageImage, start: Start | None) -> Iterator[str]:
    if start is not None and any(map(is_python, start.programs)):
        for module in _started(model, stage, start):
            yield from _unknown_imports(module, model.context)


def _module_looks(module: ModuleFacts, model: Image) -> bool:
    if module.problem or module.home_uses or module.dynamic_imports:
        return True
    if any(tool.name is None or not is_free_program(tool.name) for tool in module.tools):
        return True
    return any(True for _ in _unknown_imports(module, model.context))
