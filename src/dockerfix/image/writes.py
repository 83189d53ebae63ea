"""Where an image's programs write when they run, as far as the start command and the Python sources tell."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping

from dockerfix.image.console_scripts import followed
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.node_start import is_node, node_start
from dockerfix.image.node_writes import note_node_writes
from dockerfix.image.programs import Program, Start, is_shell_script
from dockerfix.image.python_start import is_python, python_start
from dockerfix.image.python_writes import note_python_writes
from dockerfix.image.written import Writes, Written
from dockerfix.project.context import BuildContext
from dockerfix.project.setup_files import parsed
from dockerfix.syntax import Run

__all__ = ["start_writes"]

# Commands of start scripts that write nothing but what their redirections say.
_QUIET = frozenset(
    ": . [ [[ (( alias awk basename break case cat cd command continue curl cut date declare dirname echo env eval "
    "exec exit expr export false getent grep head hostname id if kill let local ls nc netcat nproc nslookup "
    "pg_isready printenv printf ps psql pwd read readlink realpath redis-cli return seq set shift shopt sleep sort "
    "source tail test tr trap true ulimit umask uname uniq unset until wait wc wget which while whoami mysqladmin "
    "mysql mongosh jq serve http-server sirv xargs gosu su-exec sudo doas".split()
)
# Programs that only start others, which are looked at by themselves.
_RUNNERS = frozenset(
    "tini dumb-init catatonit docker-init timeout stdbuf xvfb-run ddtrace-run opentelemetry-instrument newrelic-admin "
    "docker-entrypoint.sh docker-php-entrypoint __cacert_entrypoint.sh wait-for-it wait-for-it.sh wait-for wait-for.sh "
    "doppler infisical dockerize watchmedo op chamber conda micromamba coverage poetry pipenv pdm hatch rye cross-env "
    "sh bash ash dash".split()
)
_FILE_COMMANDS = frozenset("mkdir touch tee cp mv install ln rm".split())
_FILE_OPTIONS = frozenset(
    "--access-logfile --error-logfile --log-file --pid --pidfile --logfile --access-log --statedb --schedule".split()
)
# Subcommands that change the project's own files.
_SOURCE_WRITERS = {"makemigrations": "migrations", "startapp": "sources", "makemessages": "translations"}
# Variables that name a folder for a library's cache. Source: documentation of the libraries.
_CACHE_VARIABLES = (
    "HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE TRANSFORMERS_CACHE SENTENCE_TRANSFORMERS_HOME TORCH_HOME "
    "XDG_CACHE_HOME MPLCONFIGDIR NUMBA_CACHE_DIR YOLO_CONFIG_DIR EASYOCR_MODULE_PATH KERAS_HOME U2NET_HOME "
    "TIKTOKEN_CACHE_DIR".split()
)
_GUNICORN_FILES = frozenset("accesslog errorlog pidfile logfile".split())


def start_writes(start: Start, model: Image, stage: StageImage) -> Writes:
    """Where the programs of a start write, their Python modules included."""
    found = Writes()
    start, own_commands = followed(start, model.context)
    for problem in start.problems:
        found.doubts.note("", problem)
    for program in start.programs:
        _note_program(program, model.context, found)
    if any(is_node(program) for program in start.programs):
        copied = context_files(model, stage)
        note_node_writes(start, stage, model.context, node_start(start, model.context, copied), copied, found)
    if any(is_python(program) for program in start.programs):
        files = context_files(model, stage)
        python = python_start(start, model, stage)
        for doubt in python.doubts:
            found.doubts.note("", doubt)
        note_python_writes(start, stage, model.context, python, files, found)
        for program in start.programs:
            _note_settings(program, model.context, files, found)
        _note_caches(stage, found)
    if own_commands and found.places:
        found.doubts.note("", f"{min(own_commands)} runs an installed copy, which may write beside itself")
    return found


def _note_program(program: Program, context: BuildContext, found: Writes) -> None:
    name = program.name
    for redirect in program.command.redirects:
        _note_redirect(program, redirect, found)
    if name is None:
        if program.command.words:
            found.doubts.note(program.place, "starts a program that is only known at run time")
    elif name in _FILE_COMMANDS:
        _note_file_command(program, name, found)
    elif name == "uv":
        found.doubts.note("", "uv run may bring its environment up to date at each start, which belongs to root")
    elif is_python(program):
        _note_options(program, found)
    elif is_node(program):
        return
    elif name not in _QUIET | _RUNNERS and not is_shell_script(context.text(program.file or "") or ""):
        found.doubts.note(program.place, f"starts {name}, and what that writes is not looked into")


def _place(program: Program, path: str | None) -> str | None:
    if path is None or path.startswith("~") or (program.workdir is None and not path.startswith("/")):
        return None
    return posixpath.normpath(posixpath.join(program.workdir or "/", path))


def _note_place(found: Writes, program: Program, path: str | None, *, is_folder: bool = False) -> None:
    place = _place(program, path)
    if place is None:
        found.doubts.note(program.place, "writes to a place that is only known at run time")
    else:
        found.places.append(Written(place, program.place, is_folder, service=program.service))


def _note_redirect(program: Program, redirect: str, found: Writes) -> None:
    operator = re.match(r"[\d&]*>>?\|?(?!&)", redirect)
    target = redirect[operator.end() :].strip().strip("\"'") if operator else ""
    if target and not target.startswith(("/dev/", "/proc/", "&")):
        _note_place(found, program, None if "$" in target or "`" in target else target)


def _note_file_command(program: Program, name: str, found: Writes) -> None:
    words = [word for word in program.command.words[1:] if not (word.value or "").startswith("-")]
    targets = words if name in ("mkdir", "touch", "tee", "rm") else words[-1:]
    for word in targets:
        _note_place(found, program, None if word.expands else word.value, is_folder=name == "mkdir")


def _note_options(program: Program, found: Writes) -> None:
    """Files that a server's options name, and what a subcommand writes."""
    argv = program.argv
    for at, value in enumerate(argv):
        option, equals, given = (value or "").partition("=")
        if option in _FILE_OPTIONS or (option == "-s" and "beat" in argv):
            target: str | None = given
            if not equals:
                target = argv[at + 1] if at + 1 < len(argv) else None
            if target != "-":
                _note_place(found, program, target)
    if _is_beat(argv):
        _note_place(found, program, "celerybeat-schedule")
    for word, what in _SOURCE_WRITERS.items():
        if word in argv:
            found.doubts.note(program.place, f"writes {what} into the project's own folders ({word})")
    if (program.name == "flask" and {"db", "migrate"} <= set(argv)) or {"alembic", "revision"} <= set(argv):
        found.doubts.note(program.place, "writes a migration into the project's own folders")


def _is_beat(argv: tuple[str | None, ...]) -> bool:
    """Whether Celery's scheduler runs, and keeps its schedule in a file of the working directory."""
    if "celery" not in argv or not {"beat", "-B", "--beat"} & set(argv) or {"-s", "--schedule"} & set(argv):
        return False
    return not any((value or "").startswith(("-S", "--scheduler")) for value in argv)


def _note_settings(program: Program, context: BuildContext, files: Mapping[str, str], found: Writes) -> None:
    """gunicorn's configuration file, and logging configurations that name files."""
    argv = program.argv
    is_gunicorn = "gunicorn" in (*argv, program.name)
    if not is_gunicorn and not {"uvicorn", "hypercorn"} & {*argv, program.name}:
        return
    names = ["gunicorn.conf.py"] if is_gunicorn else []
    for at, value in enumerate(argv[:-1]):
        if value in ("-c", "--config", "--log-config", "--log-config-json"):
            names.append((argv[at + 1] or "").removeprefix("file:").removeprefix("python:"))
    for name in names:
        path = files.get(_place(program, name) or "")
        if path is not None and path.endswith(".py"):
            for line, target in _gunicorn_files(context.text(path) or ""):
                if target is None:
                    found.doubts.note(f"{path}:{line}", "writes to a path that is only known at run time")
                else:
                    _note_place(found, program, target)
        elif path is not None and re.search(r"filename|FileHandler|logfile|pid", context.text(path) or ""):
            found.doubts.note(path, "may name files that are written")


def _gunicorn_files(text: str) -> Iterator[tuple[int, str | None]]:
    """Line and path of each file that a gunicorn configuration names; None for a computed path."""
    tree = parsed(text)
    if tree is None:
        yield 1, None
        return
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.targets[0].id in _GUNICORN_FILES:
            value = node.value.value if isinstance(node.value, ast.Constant) else Ellipsis
            if value is not None and value != "-":
                yield node.lineno, value if isinstance(value, str) else None


def _note_caches(stage: StageImage, found: Writes) -> None:
    """Folders that variables name for caches; what the build puts into one belongs to root."""
    for name in _CACHE_VARIABLES:
        value = stage.final.env.get(name)
        if value is None or not value.startswith("/") or value.startswith("/root"):
            continue
        if any(isinstance(step.instruction, Run) and name in step.before.env for step in stage.all_steps):
            found.doubts.note("", f"{name} is {value}, where the build may have put files as root")
        found.places.append(Written(posixpath.normpath(value), name, is_folder=True))
