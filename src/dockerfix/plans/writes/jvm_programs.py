"""What `java` runs: the application is not read, but what its settings and sources say of places and ports is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.memo import memoised
from dockerfix.plans.writes.written import Writes
from dockerfix.programs.starts import Program
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import own_paths

__all__ = ["note_jvm_program"]

_SOURCES = (".java", ".kt", ".kts", ".groovy", ".scala", ".clj")
_SETTINGS = (".properties", ".yml", ".yaml", ".xml", ".conf")
# Folders of a system; other texts that begin with a slash are routes more often than not.
_PLACE = re.compile(
    r"(?<![\w.}/])/(?:var|opt|data|srv|mnt|home|root|etc|run|logs?|uploads?|storage|backups?)/?[\w./-]*"
)
_READ_ONLY = ("/etc/ssl", "/etc/localtime", "/var/run/secrets")
_PORT = re.compile(r"^\s*server\.port\s*[=:]\s*(\d+)\s*$|^server:\s*\n(?:\s+.*\n)*?\s+port:\s*(\d+)\s*$", re.M)
_WITHOUT_WORK = frozenset({"-version", "--version", "-help", "--help", "-h"})


def note_jvm_program(program: Program, context: BuildContext, found: Writes) -> bool:
    """Add what is known of a program that `java` runs; False where it is another program.

    The virtual machine itself writes to /tmp, and a log beside the app when it crashes. Source: java(1), -XX:ErrorFile.
    """
    if program.name != "java" or program.is_own:
        return False
    name = next((word for word in _ran(program.argv) if word is not None), None)
    if name in _WITHOUT_WORK:
        return True
    if name is None or None in program.argv:
        found.doubts.note(program.place, "starts java with words that are only known at run time")
        return True
    found.unknown.setdefault(posixpath.basename(name), program.place)
    for word in program.argv[1:]:
        path = re.split("[=:]", word or "")[-1]
        if path.startswith("/") and (word or "").startswith("-") and not path.endswith((".jar", "*")):
            found.doubts.note(program.place, f"hands {path} to the app, which may write there")
    for where, place in _places(context):
        if program.workdir is None or not f"{place}/".startswith(f"{program.workdir.rstrip('/')}/"):
            found.doubts.note(where, f"names {place}, which the app may write to")
    for where, port in _ports(context):
        if port < 1024:
            found.needs.append(
                f"{where} listens on port {port}; Docker 20.10 and later let any user do so, not every Kubernetes does"
            )
    return True


def _ran(words: tuple[str | None, ...]) -> Iterator[str | None]:
    """The archive or class, by the words behind the options."""
    rest = iter(words[1:])
    for word in rest:
        if word in ("-cp", "-classpath", "--class-path", "-p", "--module-path", "--add-opens", "--add-exports"):
            next(rest, None)
        elif word in ("-jar", "-m", "--module"):
            yield next(rest, None)
        elif word is None or not word.startswith("-") or word in _WITHOUT_WORK:
            yield word


@memoised
def _places(context: BuildContext) -> tuple[tuple[str, str], ...]:
    """The folders of the system that sources and settings name, each with file and line."""
    return tuple(
        (f"{path}:{number}", match[0].rstrip("/."))
        for path, text in _texts(context)
        for number, line in enumerate(text.splitlines(), 1)
        if not line.lstrip().startswith(("#", "//", "*"))
        for match in _PLACE.finditer(line)
        if not match[0].startswith(_READ_ONLY)
    )


@memoised
def _ports(context: BuildContext) -> tuple[tuple[str, int], ...]:
    found = []
    for path, text in _texts(context):
        if posixpath.basename(path).startswith("application"):
            for match in _PORT.finditer(text):
                at = match.start(1) if match[1] else match.start(2)
                found.append((f"{path}:{text.count(chr(10), 0, at) + 1}", int(match[1] or match[2])))
    return tuple(found)


def _texts(context: BuildContext) -> Iterator[tuple[str, str]]:
    for path in own_paths(context):
        is_test = "/test/" in f"/{path}"
        is_resource = path.endswith(_SETTINGS) and ("resources/" in path or "/" not in path or "config" in path)
        if not is_test and (path.endswith(_SOURCES) or is_resource) and not path.endswith("pom.xml"):
            yield path, context.text(path) or ""
