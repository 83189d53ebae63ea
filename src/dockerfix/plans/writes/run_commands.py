"""The commands that an app's code runs: what takes root, what writes where it is told, and of what nothing is known.

A program of the project's own is read. Of a program without a record nothing is known: it may need root, or write
anywhere. A command that is only known at run time can be no other than what the image has.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator

from dockerfix.image.model import StageImage
from dockerfix.image.package_work import installed_by
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.image.steps import Step
from dockerfix.memo import memoised
from dockerfix.plans.writes.written import Writes, Written
from dockerfix.programs.own_programs import is_shell_script
from dockerfix.programs.starts import functions_in
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import is_test_path, own_paths
from dockerfix.project.javascript.modules import ENDINGS, javascript_facts
from dockerfix.project.known.privileges import needs_root
from dockerfix.project.known.run_programs import (
    is_known_package,
    is_ordinary_program,
    is_plain_program,
    keeps_home,
)
from dockerfix.project.python.sources import python_sources
from dockerfix.shell import Command, parse_script, unwrapped
from dockerfix.text import MappedText, Span, encode

__all__ = ["note_command", "note_installed"]

_INTERPRETER = re.compile(r"(?:python|pypy|node|nodejs|ruby|perl|php|deno|bun|tsx|ts-node)[\d.]*")
_SCRIPTS = (".sh", ".bash", ".py", *ENDINGS, ".rb", ".pl", ".php")
_FILE_COMMANDS = frozenset("mkdir touch tee cp mv install ln rm rmdir dd mktemp rsync".split())
_UNKNOWN = "runs a command that is only known at run time"
_UNREAD = ", and what that runs is not looked into"


def note_command(
    name: str | None, where: str, found: Writes, context: BuildContext, seen: frozenset[str] = frozenset()
) -> None:
    """Add a command that stands in code.

    Args:
        name: the program; None where it is only known at run time.
        where: file and line.
        seen: the files of the project that are being read.
    """
    if name is None:
        found.inside.note(where, _UNKNOWN)
        found.computed.append(where)
        return
    own = [path for path in _own(context).get(name, ()) if path not in seen]
    if needs_root(name):
        found.needs.append(f"{where} runs {name}, which needs root")
    elif name in POSIX_SHELLS or _INTERPRETER.fullmatch(name):
        found.inside.note(where, f"runs {name}{_UNREAD}")
        _note_files(_named(context, where, seen), where, found, context, seen)
    elif own:
        _note_files(own, where, found, context, seen)
    elif name in seen or is_plain_program(name):
        return
    elif is_ordinary_program(name):
        found.inside.note(where, f"runs {name}, which may write below the folder that it works in")
        found.home += [f"{where} ({name})"] if keeps_home(name) else []
    else:
        found.programs.setdefault(name, where)


@memoised
def _own(context: BuildContext) -> dict[str, list[str]]:
    """The project's own programs by their names: scripts, and files without an ending that no program is called by."""
    found: dict[str, list[str]] = {}
    for path in own_paths(context):
        name = posixpath.basename(path)
        is_program = name.endswith(_SCRIPTS) or ("." not in name and _is_executable(context, path))
        if is_program and not is_test_path(path):
            found.setdefault(name, []).append(path)
    return found


def _is_executable(context: BuildContext, path: str) -> bool:
    mode = context.mode(path)
    return mode is not None and bool(mode & 0o100)


def _named(context: BuildContext, where: str, seen: frozenset[str]) -> list[str]:
    """The scripts of the project that the file speaks of, one of which an interpreter is handed."""
    path = where.partition(":")[0]
    text = context.text(path) or ""
    found = [one for name, paths in _own(context).items() if name in text for one in paths]
    return [one for one in found if one != path and one not in seen and one.endswith(_SCRIPTS)]


def _note_files(paths: list[str], where: str, found: Writes, context: BuildContext, seen: frozenset[str]) -> None:
    if not paths:
        found.computed.append(where)
    for path in paths:
        text = context.text(path)
        if path.endswith(".py"):
            _note_python(path, where, found, context, seen | {path})
        elif path.endswith(ENDINGS):
            for name, line in javascript_facts(context, path).commands:
                note_command(name, f"{path}:{line}", found, context, seen | {path})
        elif text is not None and (is_shell_script(text) or path.endswith((".sh", ".bash"))):
            _note_script(path, text, found, context, seen | {path})
        else:
            found.programs.setdefault(path, where)


def _note_python(path: str, where: str, found: Writes, context: BuildContext, seen: frozenset[str]) -> None:
    module = python_sources(context).module(path)
    if module is None:
        found.programs.setdefault(path, where)
        return
    for tool in module.tools:
        note_command(tool.name, f"{path}:{tool.line}", found, context, seen)
    found.needs += [
        f"{path}:{one.line} {one.what}" for one in module.privileged if one.kind in ("raw", "call", "device")
    ]
    for write in module.writes:
        if write.base in ("absolute", "unknown") or write.path is None:
            found.doubts.note(f"{path}:{write.line}", "writes to a path that may lie anywhere")


def _note_script(path: str, text: str, found: Writes, context: BuildContext, seen: frozenset[str]) -> None:
    raw = encode(text.replace("\r\n", "\n"))
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    if not script.readable:
        found.doubts.note(path, "cannot be read with certainty")
    functions = functions_in(script)
    names = frozenset(posixpath.basename(one) for one in seen)
    for command in script.commands:
        program = unwrapped(command)
        where = f"{path}:{raw.count(chr(10).encode(), 0, command.start) + 1}"
        if program.words and program.name not in functions and program.name not in names:
            note_command(program.name, where, found, context, seen)
        for target in _targets(program):
            _note_target(target, where, found)


def _targets(command: Command) -> Iterator[str | None]:
    """The files that a command of a script writes, None for one that is only known at run time."""
    yield from command.outputs
    if command.name in _FILE_COMMANDS:
        yield from (word for word in command.argv[1:] if word is None or not word.startswith("-"))


def _note_target(target: str | None, where: str, found: Writes) -> None:
    if target is None:
        found.doubts.note(where, "writes to a path that is only known at run time")
    elif target.startswith("/") and not target.startswith(("/dev/", "/proc/", "/tmp/")):
        found.places.append(Written(posixpath.normpath(target), where))
    elif not target.startswith(("/", "&")):
        found.inside.note(where, "writes below the folder that it works in")


def note_installed(stage: StageImage, found: Writes) -> None:
    """Add the packages of the image that a command may be of which is only known at run time."""
    for step in stage.all_steps if found.computed else ():
        for name in _packages(step):
            plain = None if name is None else name.partition("=")[0].partition(":")[0].partition("/")[0]
            if plain is None or not is_known_package(plain):
                line = f"line {step.instruction.start_line}"
                what = f"{line} installs {plain or 'packages that are not known'}, which may need root to run"
                found.doubts.note(found.computed[0], f"{_UNKNOWN}, and {what}")


def _packages(step: Step) -> Iterator[str | None]:
    yield from (name for apt in installed_by(step) for name in apt.names)
    for item in step.commands or ():
        argv = item.program.argv
        if item.program.name in ("apk", "dnf", "microdnf", "yum", "zypper") and {"add", "install"} & set(argv[1:3]):
            skipped = {after for word, after in itertools.pairwise(argv) if word in ("-t", "--virtual")}
            words = (word for word in argv[2:] if word not in ("add", "install", *skipped))
            yield from (word for word in words if word is None or not word.startswith(("-", ".", "@")))
