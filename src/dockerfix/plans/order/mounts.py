"""What a RUN mounts of the build context: it is there for that RUN alone, and part of what it is cached by."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.model import Step, mount_fields
from dockerfix.image.state import absolute
from dockerfix.image.steps import Source
from dockerfix.image.transfers import source_files
from dockerfix.plans.order.early import is_code
from dockerfix.project.context.build_context import BuildContext

__all__ = ["mounted_files", "mounts_folder"]


def mounted_files(step: Step, context: BuildContext) -> dict[str, str]:
    """The files of the build context that `RUN --mount=type=bind` shows, image path to context path."""
    found: dict[str, str] = {}
    for place, path in _mounts(step):
        for file in source_files(Source("context", "", path), context) or ():
            inside = file if path == "." else file[len(path) + 1 :]
            found[f"{place.rstrip('/')}/{inside}".rstrip("/")] = file
    return found


def mounts_folder(step: Step, context: BuildContext) -> bool:
    """Whether a RUN mounts a folder with files that people edit every day: each edit then runs it again."""
    folders = [path for _, path in _mounts(step) if path == "." or context.is_folder(path)]
    files = (source_files(Source("context", "", path), context) or () for path in folders)
    return any(is_code(file) for found in files for file in found)


def _mounts(step: Step) -> Iterator[tuple[str, str]]:
    """The bind mounts from the build context: place in the image, path in the context."""
    for flag in step.instruction.flags:
        fields = mount_fields(flag.value) if flag.name == "mount" else {"type": ""}
        target = fields.get("target") or fields.get("dst") or fields.get("destination")
        place = absolute(target, step.before.workdir) if target else None
        if fields.get("type", "bind") != "bind" or "from" in fields or place is None:
            continue
        yield place, posixpath.normpath("/" + (fields.get("source") or fields.get("src") or ".")).lstrip("/") or "."
