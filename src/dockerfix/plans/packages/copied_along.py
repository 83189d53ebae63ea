"""A lock file that is to come into the image beside its manifest."""

from __future__ import annotations

import json
import posixpath

from dockerfix.image.model import Image, StageImage, Step
from dockerfix.syntax import Copy, Word, insert_after
from dockerfix.text import Edit, encode

__all__ = ["copied_along"]


def copied_along(model: Image, stage: StageImage, step: Step, manifest: str, lock: str) -> Edit | None:
    """The edit by which the COPY above a step that brings a manifest brings its lock file too.

    None where no plain COPY names the manifest, or the edit cannot be written.

    Args:
        manifest: a path of the context, as the lock file beside it.
    """
    own = posixpath.basename(manifest)
    for earlier in reversed(stage.steps[: stage.steps.index(step)]):
        item, copy = earlier.transfer, earlier.instruction
        if item is None or not isinstance(copy, Copy) or copy.source_stage is not None or not item.is_plain:
            continue
        for source, word in zip(item.sources, copy.sources, strict=True):
            if source.kind == "context" and source.path == manifest and word.value.endswith(own):
                name = word.value.removesuffix(own) + posixpath.basename(lock)
                if item.into_folder:
                    return _another_source(copy, word, name)
                flags = "".join(f"{flag.text} " for flag in copy.flags)
                folder = posixpath.dirname(item.destination or "")
                return insert_after(model.dockerfile, copy, f"COPY {flags}{name} {folder.rstrip('/')}/")
    return None


def _another_source(copy: Copy, word: Word, name: str) -> Edit | None:
    """A source behind another one, in a COPY into a folder. BuildKit wants a slash at its end, or a lone dot."""
    into = copy.destination.value if copy.destination is not None else ""
    if not (into.endswith("/") or into in (".", "")):
        return None
    if copy.form == "json":
        return Edit.insert(word.span.end, encode(f", {json.dumps(name)}"))
    return Edit.insert(word.span.end, encode(f" {name}")) if " " not in name else None
