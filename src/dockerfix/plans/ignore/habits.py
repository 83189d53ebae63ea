"""Who may want a folder of tests or documentation in an image: all that is not known to read just what it is told."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from dockerfix.image.state import POSIX_SHELLS
from dockerfix.memo import memoised
from dockerfix.plans.ignore.context_commands import context_commands, models_of_context
from dockerfix.programs.starts import UNSAID, Program, inner_program
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.known.context_readers import any_of, reader_data, reader_names
from dockerfix.project.manifests.console_scripts import console_scripts
from dockerfix.project.readers.engine_calls import engine_command
from dockerfix.project.readers.make_targets import make_commands
from dockerfix.regexes import regex
from dockerfix.shell import Command
from dockerfix.syntax import Dockerfile

__all__ = ["reader_by_habit"]

_ALIASING = frozenset({"hatch", "pdm", "pipenv", "rye"})  # `run NAME` may be a script of pyproject.toml
_PYTHON = regex(r"python(?:\d+(?:\.\d+)*)?|pypy3?")
_ASKED = frozenset("test tests spec specs check lint docs doc e2e smoke".split())
_SPEAKS = regex(r"\b(?:e2e|specs?|smoke|tests?|testing|lint|check|verify|docs?)\b|test(?=[:_-])|(?<=[:_-])test", re.I)
_INSTALLED = regex(
    r"(?:^|/)(?:\.?venv|env|node_modules/\.bin|vendor/bin|usr/bin|usr/local/bin|\.local/bin|opt/[^/]+/bin)(?:/|$)"
)
_SOURCES = (".py", ".js", ".mjs", ".cjs", ".ts")
_MAKES = frozenset({"make", "gmake"})
_DEEPEST = 4


@memoised
def reader_by_habit(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """Who may look for `tests`, `docs` and the like without naming them; None where all that runs is known not to.

    All Dockerfiles of the context are looked at, and what compose files, CI, Makefiles and scripts run in the image.
    """
    commands = context_commands(dockerfile, context)
    problem = next((one for one in commands.problems if not one.endswith(UNSAID)), None)
    if problem is not None:
        return problem
    made = _made(dockerfile, context)
    for program in commands.programs:
        said = None if program.name in made else _reads(program, context)
        if said is not None:
            return said
    place = engine_command(context, _words())
    return f"{place} runs it in a container" if place is not None else None


def _made(dockerfile: Dockerfile, context: BuildContext) -> frozenset[str]:
    """The programs that a stage hands to another, or that a command writes by `-o`: made from code that is read."""
    found: set[str] = set()
    for _, model in models_of_context(dockerfile, context):
        for step in (step for stage in model.stages for step in stage.steps):
            if step.transfer is not None:
                ends = [source.path for source in step.transfer.sources if source.kind == "stage" and source.path]
                found.update(
                    path.rpartition("/")[2] for path in (*ends, *([step.transfer.destination] if ends else [])) if path
                )
            for command in step.commands or ():
                argv = command.program.argv
                found.update((b or "").rpartition("/")[2] for a, b in pairwise(argv) if a in ("-o", "--output"))
    return frozenset(name for name in found if name and name not in reader_names("habits", "words"))


@cache
def _words() -> re.Pattern[str]:
    """A program that looks for tests or documentation by habit."""
    return re.compile(rf"(?<![\w.@-]){any_of(reader_names('habits', 'words'))}(?![\w.-])|{_SPEAKS.pattern}", re.I)


def _reads(program: Program, context: BuildContext) -> str | None:
    """What may read more than it is told, in words."""
    where = f"{program.place} runs {program}" if program.place else f"{program} is run"
    if not program.argv or program.name is None:
        return where if program.argv else None
    if program.name in _MAKES:
        return _by_make(program, context, where)
    if program.file is not None:
        return where if _file_speaks(program.file, context) else None
    return None if _is_told_all(program.command, context) else where


def _file_speaks(path: str, context: BuildContext) -> bool:
    """Whether a file of the project that is run may start such a program; a shell script was followed already."""
    text = context.text(path)
    return text is None or (not path.endswith(".sh") and _runner_in_code().search(text) is not None)


@cache
def _runner_in_code() -> re.Pattern[str]:
    """Such a program as a word of a source; a name that is a word of its own in any text is none."""
    names = reader_names("habits", "words") - reader_names("habits", "common_words")
    return re.compile(rf"""["'\s.]{any_of(names)}["'\s.(]""")


def _by_make(program: Program, context: BuildContext, where: str) -> str | None:
    targets = [word for word in program.argv[1:] if word is not None and not word.startswith("-") and "=" not in word]
    if len(targets) < sum(word is None for word in program.argv) or any(w in ("-C", "-f") for w in program.argv):
        return where
    commands = make_commands(context, tuple(targets))
    if commands is None or not all(_is_told_all(command, context) for command in commands):
        return where
    return None


def _is_told_all(command: Command, context: BuildContext, depth: int = 0) -> bool:
    """Whether a command is known to read no folder that neither its words nor the code name."""
    name = command.name
    if name is None:
        return not command.words
    words = tuple(value for value in command.argv[1:] if value is not None)
    if len(words) > 1 and words[0] in reader_names("verbs", "execs") and name in reader_data("verbs"):
        return _is_told_all(command.without_first(2), context, depth + 1)
    if name in reader_names("verbs", "starters") and any(_words().fullmatch(word.rpartition("/")[2]) for word in words):
        return False
    if name in _ALIASING and words[:1] == ("run",):
        return bool(words[1:]) and _is_python_or_server(words[1])
    inner = inner_program(command)
    if inner is not command and inner.words != command.words and depth < _DEEPEST:
        return _is_told_all(inner, context, depth + 1)
    if _PYTHON.fullmatch(name):
        return _python_is_told(words, context)
    if name.endswith(_SOURCES):
        return _python_is_told((command.argv[0] or "",), context)
    module = console_scripts(context.without_dockerfile).get(name)
    if module is not None:
        return _module_is_told(module, context)
    verbs = reader_data("verbs").get(name)
    if verbs is not None:
        verb = _verb(words)
        asked = any("test" in word if word.startswith("-") else word in _ASKED for word in words)
        return not asked if "*" in verbs or verb.endswith(_SOURCES) else verb in verbs
    return name in _quiet() or name in POSIX_SHELLS or _is_own(command, context)


def _verb(words: tuple[str, ...]) -> str:
    return next((word for word in words if not word.startswith("-")), words[0] if words else "")


def _is_python_or_server(name: str) -> bool:
    return bool(_PYTHON.fullmatch(name)) or name in reader_names("programs", "servers")


@cache
def _quiet() -> frozenset[str]:
    return frozenset(name for group in reader_data("programs").values() for name in group)


def _is_own(command: Command, context: BuildContext) -> bool:
    """Whether a program is what the build made or brought under a path of its own: code that was read."""
    value = command.words[0].value or ""
    installed = _INSTALLED.search(value) is not None or value.rpartition("/")[2] in reader_names("habits", "words")
    return "/" in value and not installed and not _SPEAKS.search(value)


def _python_is_told(words: tuple[str, ...], context: BuildContext) -> bool:
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c"):
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    if not rest:
        return True
    if rest[0] == "-m":
        return len(rest) > 1 and _module_is_told(rest[1], context)
    if rest[0] == "-c":
        return len(rest) > 1 and not _words().search(rest[1])
    if _ASKED & {*rest[1:]} - {"check"}:  # Django's, which checks settings
        return False
    if rest[0].endswith("manage.py"):
        return not set(rest[1:2]) & reader_names("verbs", "django_verbs_that_read")
    path = next(
        (path for path in context.paths() if path == rest[0] or path.endswith("/" + rest[0].lstrip("./"))), None
    )
    return not _file_speaks(path, context) if path is not None else not _SPEAKS.search(rest[0])


def _module_is_told(module: str, context: BuildContext) -> bool:
    if module in reader_names("verbs", "python_modules"):
        return True
    path = module.replace(".", "/")
    own = (f"{path}.py", f"{path}/__main__.py", f"src/{path}.py", f"src/{path}/__main__.py")
    return any(context.is_file(one) and not _file_speaks(one, context) for one in own) and not _SPEAKS.search(module)
