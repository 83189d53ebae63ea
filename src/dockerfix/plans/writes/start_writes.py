"""Where an image's programs write when they run, as far as the start command and the Python sources tell."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.plans.writes.go_programs import note_go_program
from dockerfix.plans.writes.jvm_programs import note_jvm_program
from dockerfix.plans.writes.library_writes import note_program_library
from dockerfix.plans.writes.node_tool_writes import note_node_tools
from dockerfix.plans.writes.node_writes import note_node_writes
from dockerfix.plans.writes.python_writes import note_python_writes
from dockerfix.plans.writes.server_settings import listening
from dockerfix.plans.writes.temporary import TEMPORARY, is_made_temporary
from dockerfix.plans.writes.uv_run import uses_cache, uv_run_problem
from dockerfix.plans.writes.written import Doubts, Writes, Written
from dockerfix.programs.console_scripts import followed
from dockerfix.programs.node_start import is_node, node_start
from dockerfix.programs.python_start import installed_module, is_python, not_known, python_start
from dockerfix.programs.starts import Program, Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.known.home_use import is_free_program
from dockerfix.project.known.libraries import python_libraries
from dockerfix.project.manifests.setup_files import parsed
from dockerfix.regexes import regex
from dockerfix.shell import runner, started_at
from dockerfix.shell.cd import absolute_word
from dockerfix.syntax import Run

__all__ = ["start_writes"]

# Commands of start scripts that write nothing but what their redirections say.
_QUIET = frozenset(
    ": . [ [[ (( alias awk basename break case cat cd command continue curl cut date declare dirname echo env eval "
    "exec exit expr export false getent grep head hostname id if kill let local ls nc netcat nproc nslookup "
    "pg_isready printenv printf ps psql pwd read readlink realpath redis-cli return seq set shift shopt sleep sort "
    "source tail test tr trap true ulimit umask uname uniq unset until wait wc wget which while whoami mysqladmin "
    "mysql mongosh jq xargs gosu su-exec sudo doas".split()
)
_FILE_COMMANDS = frozenset("mkdir touch tee cp mv install ln rm".split())
_FILE_OPTIONS = frozenset(
    "--access-logfile --error-logfile --log-file --pid --pidfile --logfile --access-log --statedb --schedule "
    "--worker-tmp-dir".split()
)
# Subcommands that change the project's own files.
_SOURCE_WRITERS = {"makemigrations": "migrations", "startapp": "sources", "makemessages": "translations"}
# Schedulers of Celery that keep the schedule in a database. Sources: django-celery-beat, celery-redbeat and
# sqlalchemy-celery-beat documentation.
_SCHEDULERS_OF_DATABASES = frozenset(
    "django django_celery_beat.schedulers:DatabaseScheduler django_celery_beat.schedulers.DatabaseScheduler "
    "redbeat.RedBeatScheduler redbeat.schedulers.RedBeatScheduler redbeat.schedulers:RedBeatScheduler "
    "sqlalchemy_celery_beat.schedulers:DatabaseScheduler celery_sqlalchemy_scheduler.schedulers:DatabaseScheduler "
    "celerybeatmongo.schedulers.MongoScheduler".split()
)
# The database that alembic.ini names; env.py may replace it. Source: Alembic's tutorial.
_ALEMBIC_FILE = regex(r"^sqlalchemy\.url\s*=\s*sqlite(?:\+\w+)?:///(?:%\(here\)s/)?([^\s:?]+)", re.MULTILINE)
_INTERPRETERS = frozenset({"python", "pypy", "node", "bun", "deno", "tsx"})
_EMPTY = frozenset({"mkdir", "chmod", "chown"})  # what they leave behind holds no file
_GUNICORN_FILES = frozenset("accesslog errorlog pidfile logfile".split())


def start_writes(start: Start, model: Image, stage: StageImage) -> Writes:
    """Where the programs of a start write, their Python modules included."""
    found = Writes()
    start, own_commands = followed(start, model.context)
    for problem in start.problems:
        found.doubts.note("", problem)
    installed = [one for one in start.programs if note_program_library(one, model.context, found)]
    for program in start.programs:
        _note_program(program, model, stage, found, is_installed=program in installed)
        if program.name == "uv":
            _note_uv(program, model, stage, found)
    servers = listening(model, stage, start)
    found.places += servers.sockets
    for place in servers.unknown:
        found.doubts.note(place, "listens on a socket that is only known at run time")
    if any(is_node(program) for program in start.programs):
        node = node_start(start, model, stage)
        note_node_writes(start, stage, model, node, context_files(model, stage), found)
        note_node_tools(start, model, stage, node, found)
    strangers = [one for one in installed if not is_python(one) and one.name in found.unknown]
    if strangers or any(is_python(program) for program in start.programs):
        files = context_files(model, stage)
        python = python_start(start, model, stage)
        if strangers:
            python = replace(python, whole=True)
        ran = {not_known(installed_module(one) or "") for one in start.programs if one in installed}
        for doubt in python.doubts:
            if doubt not in ran:
                found.doubts.note("", doubt)
        note_python_writes(start, stage, model, python, files, found)
        for program in start.programs:
            _note_settings(program, model.context, files, found)
        _note_caches(stage, found)
    found.places = [place for place in found.places if _is_to_be_owned(place, model, stage)]
    if own_commands and found.places:
        found.doubts.note("", f"{min(own_commands)} runs an installed copy, which may write beside itself")
    return found


def _is_to_be_owned(place: Written, model: Image, stage: StageImage) -> bool:
    """Whether a place is none that code writes below /tmp, where everybody may, unless the build made it there."""
    in_code = place.path.startswith(TEMPORARY) and place.source.partition(":")[0] in model.context.paths()
    return not in_code or is_made_temporary(model, stage, place.path)


def _note_program(program: Program, model: Image, stage: StageImage, found: Writes, *, is_installed: bool) -> None:
    name = program.name
    for target in program.command.outputs:
        if target is None or not target.startswith(("/dev/", "/proc/", "&")):
            _note_place(found, program, target)
    if name is None:
        if program.command.words:
            found.doubts.note(program.place, "starts a program that is only known at run time")
    elif name in _FILE_COMMANDS:
        _note_file_command(program, name, found)
    elif is_python(program):
        _note_options(program, found)
    elif is_node(program) or name == "uv" or is_installed or program.is_read or _is_harmless(program):
        return
    elif not note_go_program(program, model, stage, found) and not note_jvm_program(program, model.context, found):
        found.doubts.note(program.place, f"starts {name}, and what that writes is not looked into")


def _note_uv(program: Program, model: Image, stage: StageImage, found: Writes) -> None:
    problem = uv_run_problem(program, model, stage)
    if problem is not None:
        found.doubts.note("", problem)
    if uses_cache(program, stage):
        found.home.append("uv's cache")
    cache = stage.final.env.get("UV_CACHE_DIR")
    if cache and "--no-cache" not in program.argv:
        found.doubts.note("", f"UV_CACHE_DIR is {cache}, where the build may have put files as root")


def _is_harmless(program: Program) -> bool:
    """Whether a program writes nothing by itself: what it starts is looked at by itself."""
    if program.is_own:
        return False
    found = runner(program.name)
    if found is not None and found.everywhere and found.assigns and len(program.argv) > 1:
        return False  # `env -S "…"`
    if found is not None and not found.everywhere:
        return found.waits or started_at(program.command) is not None
    return program.name in _QUIET | POSIX_SHELLS


def _place(program: Program, path: str | None) -> str | None:
    return None if path is None else absolute_word(path, program.workdir)


def _note_place(found: Writes, program: Program, path: str | None, *, is_folder: bool = False) -> None:
    place = _place(program, path)
    if place is None:
        found.doubts.note(program.place, "writes to a place that is only known at run time")
    else:
        found.places.append(Written(place, program.place, is_folder, service=program.service))


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
    _note_beat(program, found)
    for word, what in _SOURCE_WRITERS.items():
        if word in argv:
            _sources(program, found).note(program.place, f"writes {what} into the project's own folders ({word})")
    if (program.name == "flask" and {"db", "migrate"} <= set(argv)) or {"alembic", "revision"} <= set(argv):
        _sources(program, found).note(program.place, "writes a migration into the project's own folders")


def _sources(program: Program, found: Writes) -> Doubts:
    """Where a write into the project's folders is noted: with a relative script they lie where the program works."""
    script = next((value or "/" for value in program.argv if value is None or value.endswith(".py")), "")
    return found.doubts if script.startswith(("/", "..")) else found.inside


def _note_beat(program: Program, found: Writes) -> None:
    """Celery's scheduler keeps its schedule in a file of the working directory, unless it is given another scheduler.

    Source: Celery documentation, "Periodic Tasks": PersistentScheduler and `celerybeat-schedule`.
    """
    argv = program.argv
    if "celery" not in argv or not {"beat", "-B", "--beat"} & set(argv) or {"-s", "--schedule"} & set(argv):
        return
    if any((value or "").startswith("--schedule=") for value in argv):
        return
    scheduler = _scheduler(argv)
    if scheduler is None or "PersistentScheduler" in scheduler:
        _note_place(found, program, "celerybeat-schedule")
    elif scheduler not in _SCHEDULERS_OF_DATABASES:
        found.unknown.setdefault(scheduler or "a scheduler that is only known at run time", program.place)


def _scheduler(argv: tuple[str | None, ...]) -> str | None:
    """The scheduler that the words name, "" for one that is only known at run time; None where they name none."""
    for at, value in enumerate(argv):
        option, equals, given = (value or "").partition("=")
        if option in ("-S", "--scheduler"):
            return given if equals else (argv[at + 1] or "") if at + 1 < len(argv) else ""
        if option.startswith("-S"):
            return option[2:]
    return None


def _note_settings(program: Program, context: BuildContext, files: Mapping[str, str], found: Writes) -> None:
    """gunicorn's configuration file, Alembic's, and logging configurations that name files."""
    argv = program.argv
    words = {*argv, program.name}
    if not {"gunicorn", "uvicorn", "hypercorn", "alembic"} & words:
        return
    names = ["gunicorn.conf.py"] if "gunicorn" in words else ["alembic.ini"] if "alembic" in words else []
    for at, value in enumerate(argv[:-1]):
        if value in ("-c", "--config", "--log-config", "--log-config-json"):
            names.append((argv[at + 1] or "").removeprefix("file:").removeprefix("python:"))
    for name in names:
        path = files.get(_place(program, name) or "")
        if path is not None:
            _note_configuration(program, path, context.text(path) or "", found)


def _note_configuration(program: Program, path: str, text: str, found: Writes) -> None:
    if path.endswith(".py"):
        for line, target in _gunicorn_files(text):
            if target is None:
                found.doubts.note(f"{path}:{line}", "writes to a path that is only known at run time")
            else:
                _note_place(found, program, target)
    elif "alembic" in (*program.argv, program.name):
        if database := _ALEMBIC_FILE.search(text):
            _note_place(found, program, database[1])
        if "FileHandler" in text:
            found.doubts.note(path, "may name files that are written")
    elif re.search(r"filename|FileHandler|logfile|pid", text):
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
    for name in python_libraries().variables:
        value = stage.final.env.get(name)
        if value is None or not value.startswith("/") or value.startswith("/root"):
            continue
        runs = (step for step in stage.all_steps if isinstance(step.instruction, Run) and name in step.before.env)
        if any(_may_fill(step, name, value) for step in runs):
            found.doubts.note("", f"{name} is {value}, where the build may have put files as root")
        found.places.append(Written(posixpath.normpath(value), name, is_folder=True))


def _may_fill(step: Step, name: str, folder: str) -> bool:
    """Whether a RUN may put files into a folder that a variable names: by code that reads it, or by naming it."""
    if step.commands is None:
        return True
    for item in step.commands:
        program = (item.program.name or "").rstrip("0123456789.")
        is_named = any(name in word.raw or folder in word.raw for word in item.program.words)
        runs_code = program in _INTERPRETERS and item.program.argv[1:3] != ("-m", "pip")
        if program not in _EMPTY and (is_named or runs_code or not is_free_program(program)):
            return True
    return False
