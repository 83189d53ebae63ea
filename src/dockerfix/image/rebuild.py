"""Which steps of a build run again after a file was edited."""

from __future__ import annotations

import posixpath

from dockerfix.image.model import Image, StageImage, Step, mount_fields, stages_read
from dockerfix.image.steps import Source
from dockerfix.image.transfers import placed_files, source_files
from dockerfix.syntax import Add, Copy, Run, Workdir

__all__ = ["rerun_steps"]


def rerun_steps(image: Image, path: str) -> tuple[Step, ...] | None:
    """The steps (COPY, ADD, RUN, WORKDIR) that run again after one file of the context changed, in file order.

    A copy from a stage that ran again counts, though BuildKit skips it where the files came out the same.

    Returns:
        None when it cannot be told what a step reads.
    Source: Docker reference, "Build cache invalidation"; BuildKit solver, content-based keys of COPY and bind mounts.
    """
    touched: set[str] = set()
    again: list[Step] = []
    for stage in image.stages:
        if stage.stage.index not in image.needed_stages:
            continue
        steps = _of_stage(stage, image, path, touched)
        if steps is None:
            return None
        again += steps
        if steps or (stage.base is not None and stage.base.name in touched):
            touched |= {stage.name, str(stage.stage.index)}
    return tuple(again)


def _of_stage(stage: StageImage, image: Image, path: str, touched: set[str]) -> list[Step] | None:
    changed = stage.base is not None and stage.base.name in touched
    again: list[Step] = []
    for step in stage.triggered + stage.steps:
        if not _makes_layer(step):
            continue
        origins = stages_read(step)
        reads = _reads(step, image, path)
        if reads is None or (touched and any("$" in origin for origin in origins)):
            return None
        own = reads or not touched.isdisjoint(origins)
        is_linked = step.transfer is not None and step.transfer.is_linked
        if own or (changed and not is_linked):
            again.append(step)
        changed = changed or own
    return again


def _makes_layer(step: Step) -> bool:
    """Whether the builder has something to do; the root folder is there already."""
    if isinstance(step.instruction, Workdir):
        return step.after.workdir != "/"
    return isinstance(step.instruction, Copy | Add | Run)


def _reads(step: Step, image: Image, path: str) -> bool | None:
    """Whether a step takes this file from the build context; None when unknown."""
    if step.transfer is None:
        sources = _mounted(step)
    else:
        if not step.transfer.is_plain:
            placed = placed_files(step.transfer, image.context)
            return None if placed is None else any(origin[2] == path for origin in placed.values())
        sources = [source for source in step.transfer.sources if source.kind == "context"]
    for source in sources:
        files = source_files(source, image.context)
        if files is None:
            return None
        if path in files:
            return True
    return False


def _mounted(step: Step) -> list[Source]:
    """What `RUN --mount=type=bind` (the default type) shows of the build context."""
    found: list[Source] = []
    for flag in step.instruction.flags:
        fields = mount_fields(flag.value) if flag.name == "mount" else {"type": ""}
        if fields.get("type", "bind") != "bind" or "from" in fields:
            continue
        path = fields.get("source") or fields.get("src") or "."
        if "$" in path:
            found.append(Source("context", "", None))
        elif any(fields.get(name, "false") != "false" for name in ("rw", "readwrite")):
            found.append(Source("context", "", "."))
        else:
            found.append(Source("context", "", posixpath.normpath(f"/{path}").lstrip("/") or "."))
    return found
