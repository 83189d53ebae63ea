"""`--watch`: check again when a Dockerfile, its configuration or a file beside it changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.options import Options
from dockerfix.cli.terminal import Terminal
from dockerfix.report.styled import Line, Part

__all__ = ["watch_and"]

_PAUSE = 0.5  # seconds between two looks

State = dict[str, tuple[int, int]]


def watch_and(run: Callable[[Options, Terminal], int], options: Options, terminal: Terminal) -> int:
    """Run, and again after each change, until Ctrl-C; the exit code of the last run."""
    code = 0
    try:
        while True:
            seen = _state(options)
            code = run(options, terminal)
            terminal.show((Line(), Line((Part("Watching for changes; Ctrl-C ends it", "why"),))), "stderr")
            while _state(options) == seen:
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        return code


def _state(options: Options) -> State:
    """Size and time of each file that a run looks at first: what lies beside a Dockerfile and in its context's root."""
    targets, _ = find_targets(options)
    folders = {folder for target in targets for folder in (target.path.parent, target.root) if folder is not None}
    files = [target.settings.file for target in targets if target.settings.file is not None]
    return dict(_looked_at([*(target.path for target in targets), *files], folders))


def _looked_at(files: list[Path], folders: set[Path]) -> Iterator[tuple[str, tuple[int, int]]]:
    names = [os.fspath(file) for file in files]
    for folder in sorted(folders):
        try:
            names += (entry.path for entry in os.scandir(folder) if entry.is_file())
        except OSError:
            continue
    ours = {_identity(os.fstat(stream)) for stream in (1, 2)}  # the report may be written to a file beside them
    for name in names:
        try:
            found = os.stat(name)
        except OSError:
            continue
        if _identity(found) not in ours:
            yield name, (found.st_mtime_ns, found.st_size)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
