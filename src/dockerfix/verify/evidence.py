"""Why a repaired image failed, where its log names the cause: what the repair has to leave in its place."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from dockerfix.project.context.told import Missing
from dockerfix.verify.measured import Measured
from dockerfix.verify.observing import is_of_interest

__all__ = ["missing_of"]

_LONGEST, _LINES = 1000, 400
# A program, a shared library or a header that is not there: shells, execvp, Python, ld.so, compilers, runc.
_PROGRAM = re.compile(
    r"(?:^|[\s:'\"/])([\w.+-]{1,64}): (?:command )?not found\b"
    r"|exec: \"?([\w./+-]{1,64})\"?: executable file not found"
    r"|No such file or directory: '([\w.+-]{1,64})'"
    r"|([\w.+-]{1,64}\.so(?:\.\d+)*): cannot open shared object file"
    r"|(?:command|unable to execute) '(?:[\w/.-]*/)?([\w.+-]{1,64})'"
    r"|\b([\w.+-]{1,64})(?: executable)? must be installed|spawn ([\w.+-]{1,64}) ENOENT"
)
# A file that is not there: Python, Node.js, shells and programs in C; COPY.
_FILE = re.compile(
    r"No such file or directory: ['\"]([^'\"]{1,300})['\"]|no such file or directory, \w+ ['\"]([^'\"]{1,300})['\"]"
    r"|(?:can't open|cannot access|cannot open) (?:file )?['\"]?([^'\":]{1,300})['\"]?: (?:\[Errno 2\] )?No such file"
    r"|\"(/[^\"]{1,300})\": not found"
)


def missing_of(after: Measured, before: Measured, context: Path) -> Missing:
    """What a repaired image lacked, by what it could not write, run or read; what the log names alone counts.

    Args:
        before: the image as it was, which worked.
        context: the copy of the build context, to tell which of its files a path means.
    """
    log = _log(after)
    found = dict.fromkeys(match for match in _matches(_PROGRAM, log))
    was = _log(before)
    return Missing(
        writes=_writes(after, before),
        programs=tuple(name for name in found if name not in was),
        files=tuple(dict.fromkeys(path for name in _matches(_FILE, log) for path in _in_context(name, context))),
    )


def _writes(after: Measured, before: Measured) -> tuple[str, ...]:
    now, was = after.started, before.started
    if now is None or was is None:
        return ()
    denied = [path for path in now.denied or () if path not in (was.denied or ()) and posixpath.isabs(path)]
    if not denied and set(now.complaints) - set(was.complaints):
        denied = list(was.written or ())  # the log names no path: those that the image wrote as it was
    return tuple(path for path in denied if is_of_interest(path))[:20]


def _log(side: Measured) -> str:
    """The end of what a side said at its build, where that failed, or in its container."""
    path = side.build.log if not side.build.ok else side.started.log_file if side.started is not None else ""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()[-_LINES:]
    except OSError:
        lines = [*side.build.last_lines, *(side.started.log if side.started is not None else ())]
    return "\n".join(line[:_LONGEST] for line in lines)


def _matches(pattern: re.Pattern[str], log: str) -> Iterator[str]:
    for match in pattern.finditer(log):
        yield from (group for group in match.groups() if group)


def _in_context(name: str, context: Path) -> Iterator[str]:
    """The file of the context that a path in the image or below a working folder stands for: its longest end there."""
    parts = [part for part in posixpath.normpath(name).split("/") if part not in ("", ".", "..")]
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        if (context / end).is_symlink() or (context / end).exists():
            yield end
            return
