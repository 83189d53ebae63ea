"""The unified diff of a whole run: every changed file once, named so that git and patch find it."""

from __future__ import annotations

import os
import posixpath
from pathlib import PurePosixPath

from dockerfix.report.model import Report
from dockerfix.report.unified import unified_diff
from dockerfix.rule import FileChange

__all__ = ["diff_bytes", "diff_folder"]


def diff_folder(report: Report) -> str:
    """The folder that the diff has to be applied in: "" for the current one, else its path (`..`, `/srv/app`).

    Neither git nor patch writes outside the folder it is called in, so files above the current one move it up.
    """
    names = [name for file in report.files if file.changed for name in (file.place.path, *_others(file.named_files))]
    outside = [name for name in names if posixpath.isabs(name) or name.split("/")[0] == ".."]
    if not outside:
        return ""
    common = os.path.commonpath([os.path.abspath(os.path.dirname(name) or ".") for name in names])
    relative = os.path.relpath(common)
    return common if posixpath.isabs(outside[0]) else PurePosixPath(relative).as_posix()


def diff_bytes(report: Report) -> bytes:
    """The changes of all files, in report order; a file that several Dockerfiles change stands there once."""
    folder = diff_folder(report)
    changes: dict[str, tuple[bytes | None, bytes]] = {}
    for file in report.files:
        for path, before, after in (
            (file.place.path, file.before, file.after),
            *((change.path, change.before, change.after) for change in file.named_files),
        ):
            name = _within(folder, path)
            changes[name] = (changes[name][0] if name in changes else before, after)
    return b"".join(unified_diff(name, before, after) for name, (before, after) in changes.items())


def _others(files: tuple[FileChange, ...]) -> list[str]:
    return [change.path for change in files]


def _within(folder: str, path: str) -> str:
    return PurePosixPath(os.path.relpath(path, folder)).as_posix() if folder else path
