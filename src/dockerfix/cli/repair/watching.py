"""`--watch`: check again when a Dockerfile, its configuration, or any file that it may be built with changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.options import Options
from dockerfix.cli.terminal import Terminal
from dockerfix.project.context.discovery import FOREIGN_FOLDERS
from dockerfix.report.styled import Line, Part

__all__ = ["watch_and"]

_PAUSE = 0.5  # seconds between two looks, at least
_SHARE = 20  # a look may take this part of the time
_PATIENCE = 5.0  # seconds after which a look is taken though the system told of nothing
_MOST = 200_000  # files

State = dict[str, tuple[int, int]]


def watch_and(run: Callable[[Options, Terminal], int], options: Options, terminal: Terminal) -> int:
    """Run, and again after each change, until Ctrl-C; the exit code of the last run."""
    code = 0
    try:
        while True:
            roots, files = _watched(options)
            seen = _state(roots, files)
            code = run(options, terminal)
            terminal.show((Line(), Line((Part("Watching for changes; Ctrl-C ends it", "why"),))), "stderr")
            for _ in _moments(roots):
                if _state(roots, files) != seen:
                    break
    except KeyboardInterrupt:
        return code


def _watched(options: Options) -> tuple[list[Path], list[Path]]:
    """The folders that a run reads from, none in another one, and files outside of them."""
    targets, _ = find_targets(options)
    folders = {Path(name).absolute() for name in options.paths if Path(name).is_dir()}
    for target in targets:
        folders |= {folder.absolute() for folder in (target.top or target.path.parent, target.root) if folder}
    files = {target.settings.file.absolute() for target in targets if target.settings.file is not None}
    top = [folder for folder in folders if folders.isdisjoint(folder.parents)]
    return sorted(top), sorted(file for file in files if not any(file.is_relative_to(folder) for folder in top))


def _moments(roots: list[Path]) -> Iterator[None]:
    """Each time at which something may have changed: where the system tells of it, and regularly elsewhere."""
    if roots and find_spec("watchfiles") is not None:
        from watchfiles import watch

        yield None
        yield from (None for _ in watch(*roots, rust_timeout=int(_PATIENCE * 1000), yield_on_timeout=True))
    while True:
        started = time.monotonic()
        yield None
        time.sleep(max(_PAUSE, (time.monotonic() - started) * _SHARE))


def _state(roots: list[Path], files: list[Path]) -> State:
    """Size and time of each file of the folders, those left out that no build reads."""
    ours = {_identity(os.fstat(stream)) for stream in (1, 2)}  # the report may be written to a file beside them
    found: State = {}
    for path, status in _statuses(roots, files):
        if len(found) >= _MOST:
            break
        if _identity(status) not in ours:
            found[path] = status.st_mtime_ns, status.st_size
    return found


def _statuses(roots: list[Path], files: list[Path]) -> Iterator[tuple[str, os.stat_result]]:
    for file in files:
        try:
            yield os.fspath(file), os.stat(file)
        except OSError:
            continue
    waiting = [os.fspath(root) for root in roots]
    while waiting:
        yield from _in_folder(waiting.pop(), waiting)


def _in_folder(folder: str, waiting: list[str]) -> Iterator[tuple[str, os.stat_result]]:
    """The files of a folder; its folders are added to those that wait."""
    try:
        entries = [*os.scandir(folder)]
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                waiting += [] if entry.name in FOREIGN_FOLDERS else [entry.path]
            else:
                yield entry.path, entry.stat()
        except OSError:
            continue


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
