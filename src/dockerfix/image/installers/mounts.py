"""What a RUN mounts of the build context: it is there for that RUN alone, and part of what it is cached by."""

from __future__ import annotations

import posixpath

from dockerfix.image.model import Step, mount_fields
from dockerfix.image.state import absolute
from dockerfix.image.transfers import Source, source_files
from dockerfix.project.context import BuildContext

__all__ = ["mounted_files"]


def mounted_files(step: Step, context: BuildContext) -> dict[str, str]:
    """The files of the build context that `RUN --mount=type=bind` shows, image path to context path."""
    found: dict[str, str] = {}
    for flag in step.instruction.flags:
        fields = mount_fields(flag.value) if flag.name == "mount" else {"type": ""}
        target = fields.get("target") or fields.get("dst") or fields.get("destination")
        place = absolute(target, step.before.workdir) if target else None
        if fields.get("type", "bind") != "bind" or "from" in fields or place is None:
            continue
        path = posixpath.normpath("/" + (fields.get("source") or fields.get("src") or ".")).lstrip("/") or "."
        for file in source_files(Source("context", "", path), context) or ():
            inside = file if path == "." else file[len(path) + 1 :]
            found[f"{place.rstrip('/')}/{inside}".rstrip("/")] = file
    return found
