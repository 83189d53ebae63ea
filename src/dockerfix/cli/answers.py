"""What a run said, kept for the next one with the same words, as long as nothing that it looked at has changed.

A hook, a CI job and an editor ask the same again and again. An answer lies in the user's cache folder, by the words and
all else that a run depends on besides files: this copy of dockerfix and of Python, the working directory, where the
output goes. It holds the looks that the run made (`dockerfix.looks`), what it wrote, and its exit code. Nothing of
dockerfix but this module and that one is loaded to tell that it still holds. With whatever is wrong in an entry, it is
as if there were none.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterable
from time import strftime
from typing import Any

from dockerfix import looks
from dockerfix.regular import answer_of

__all__ = ["Said", "kept_answer", "run_kept"]

Said = list[tuple[str, bytes]]  # stream and text, in the order in which they were written

_FLAGS = frozenset(
    "--check --diff --unsafe-fixes --strict --force-exclude --statistics --exit-zero --quiet -q --verbose -v --no-color"
    .split()
)  # fmt: skip
_VALUES = ("--select", "--ignore", "--context", "--python", "--config", "--format", "--jobs", "-j")
_ENVIRONMENT = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "HOME", "PYTHONUTF8", "LANG", "LC_ALL")
_SWITCH = "DOCKERFIX_NO_CACHE"
_MOST = 500  # entries
_LARGEST = 64 * 1024 * 1024  # bytes of an entry
_MARK = 16  # bytes in front of an entry that tell it whole


def kept_answer(words: list[str]) -> int | None:
    """Write what the last run with these words said, and return its exit code; None where none is kept that holds."""
    place = _place(words)
    try:
        entry = _read(place) if place is not None else None
        if entry is None:
            return None
        seen, said, code = entry
        record = looks.Record()
        record.seen = seen
        if not record.still_holds(answer_of):
            return None
    except (OSError, ValueError, TypeError, EOFError, AttributeError):
        return None
    _write(said)
    return int(code)


def run_kept(words: list[str], action: Callable[[Said], int]) -> int:
    """The exit code of an action, which notes what it writes; its answer is kept where that can be told again."""
    place = _place(words)
    said: Said = []
    if place is None:
        return action(said)
    with looks.recorded() as record:
        code = action(said)
    if code in (0, 1) and record.whole:
        _keep(place, (record.seen, [tuple(one) for one in said], code), record)
    return code


def _place(words: list[str]) -> str | None:
    """The file of an answer; None where none is kept: something is written or asked, or nothing may be kept."""
    if os.environ.get(_SWITCH) or not _is_plain(words):
        return None
    folder = _folder()
    if folder is None:
        return None
    try:
        asked = (words, os.getcwd(), sys.version, sys.prefix, getattr(os, "geteuid", int)(), _today())
        asked += (*_output(), *_ourselves())
        environment = [os.environ.get(name) for name in _ENVIRONMENT]
        return os.path.join(folder, looks.digest(repr((asked, environment)).encode("utf-8", "surrogatepass")).hex())
    except OSError:
        return None


def _is_plain(words: list[str]) -> bool:
    """Whether a run with these words only looks, and says what it sees."""
    waits = False
    for word in words:
        if waits:
            waits = False
        elif word.startswith("-") and word not in _FLAGS:
            option, equals, _ = word.partition("=")
            if option not in _VALUES:
                return False
            waits = not equals
    return not waits


def _folder() -> str | None:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "dockerfix") if os.path.isabs(base) else None


def _today() -> str:
    """What depends on the day: whether a release is still supported."""
    return strftime("%Y-%m-%d")


def _output() -> tuple[object, ...]:
    streams = [(stream.isatty(), stream.encoding) for stream in (sys.stdout, sys.stderr)]
    if not any(terminal for terminal, _ in streams):
        return tuple(streams)
    from shutil import get_terminal_size

    return (*streams, get_terminal_size().columns)


def _ourselves() -> Iterable[object]:
    """What changes with this copy of dockerfix and with the libraries beside it."""
    waiting = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                elif entry.name.endswith((".py", ".toml", ".json")):
                    found = entry.stat()
                    yield entry.path, found.st_mtime_ns, found.st_size
    for place in sys.path:
        if place.endswith("-packages"):
            yield place, os.stat(place).st_mtime_ns


def _read(place: str) -> Any:
    """An entry; None where there is none, or not a whole one."""
    with open(place, "rb") as file:
        if os.fstat(file.fileno()).st_uid != getattr(os, "geteuid", int)():
            return None
        raw = file.read(_LARGEST)
    content = raw[_MARK:]
    return marshal.loads(content) if looks.digest(content) == raw[:_MARK] else None


def _keep(place: str, entry: Any, record: looks.Record) -> None:
    """Put an entry in place in one step, so that runs beside this one find it whole or not at all."""
    folder = os.path.dirname(place)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if any(key[0] == "list" and os.path.realpath(key[1]) == os.path.realpath(folder) for key in record.seen):
            return  # what is kept would change what was looked at
        content = marshal.dumps(entry)
        if len(content) + _MARK > _LARGEST:
            return
        part = f"{place}.{os.getpid()}"
        with open(part, "wb") as file:
            file.write(looks.digest(content) + content)
        os.replace(part, place)
        _clear(folder)
    except (OSError, ValueError):
        return


def _clear(folder: str) -> None:
    """Leave the newest entries only."""
    names = os.listdir(folder)
    if len(names) > _MOST:
        places = sorted((os.path.join(folder, name) for name in names), key=os.path.getmtime)
        for place in places[: len(places) // 2]:
            os.unlink(place)


def _write(said: Iterable[tuple[str, bytes]]) -> None:
    for stream, text in said:
        file = sys.stdout if stream == "stdout" else sys.stderr
        file.flush()
        file.buffer.write(text)
        file.buffer.flush()
