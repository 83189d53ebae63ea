"""What changes in the image, in words for a reviewer."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image, StageImage, Step, stages_read
from dockerfix.image.start import process_1
from dockerfix.image.state import is_root
from dockerfix.image.transfers import source_files
from dockerfix.project.ignore_file import sent_size
from dockerfix.syntax import Add, Copy, Run, Workdir

__all__ = ["changes", "rerun_steps"]


def changes(before: Image, after: Image, source: str | None = None) -> tuple[str, ...]:
    """One sentence for each thing that a user of the image or of its build would notice.

    Args:
        source: a file of the context that people edit (`main.py`); None leaves the rebuild out.
    """
    if before.final is None or after.final is None or len(before.stages) != len(after.stages):
        return ()
    return (
        *_base_images(before, after),
        *_user(before.final, after.final),
        *_process(before.final, after.final),
        *_rebuild(before, after, source),
        *_context(before, after),
    )


def _base_images(before: Image, after: Image) -> Iterator[str]:
    for old, new in zip(before.stages, after.stages, strict=True):
        if old.base is None and old.reference != new.reference:
            yield f"base image {old.reference} → {new.reference}"


def _user(old: StageImage, new: StageImage) -> Iterator[str]:
    if old.final.user != new.final.user:
        yield f"user {_user_name(old.final.user)} → {_user_name(new.final.user)}"


def _user_name(user: str | None) -> str:
    if user is None:
        return "unknown"
    return "root" if is_root(user) else user


def _process(old: StageImage, new: StageImage) -> Iterator[str]:
    if old.start == new.start:
        return
    was, now = process_1(old.start.argv), process_1(new.start.argv)
    if now is not None and was is not None and str(was) != str(now):
        yield f"PID 1 is {now}, was {was}"


def _rebuild(before: Image, after: Image, source: str | None) -> Iterator[str]:
    if source is None:
        return
    was, now = rerun_steps(before, source), rerun_steps(after, source)
    if was is not None and now is not None and len(was) != len(now):
        yield f"editing {source} re-runs {_count(len(now))}, was {len(was)}"


def _count(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"


def rerun_steps(image: Image, path: str) -> tuple[Step, ...] | None:
    """The steps (COPY, ADD, RUN, WORKDIR) that run again after one file of the context changed.

    None when the context or a source is unknown. Source: Docker reference, "Build cache invalidation".
    """
    touched: set[str] = set()
    again: list[Step] = []
    for stage in image.stages:
        if stage.stage.index not in image.needed_stages:
            continue
        changed = stage.base is not None and stage.base.name in touched
        for step in stage.steps:
            if not isinstance(step.instruction, Copy | Add | Run | Workdir):
                continue
            reads = _reads(step, image, path)
            if reads is None:
                return None
            changed = changed or reads or bool(touched & set(stages_read(step)))
            if changed:
                again.append(step)
        if changed:
            touched |= {stage.name, str(stage.stage.index)}
    return tuple(again)


def _reads(step: Step, image: Image, path: str) -> bool | None:
    """Whether a step takes this file from the build context; None when unknown."""
    if step.transfer is None:
        return _mounts_context(step)
    for source in step.transfer.sources:
        if source.kind != "context":
            continue
        files = source_files(source, image.context)
        if files is None:
            return None
        if path in files:
            return True
    return False


def _mounts_context(step: Step) -> bool:
    mounts = [flag.value for flag in step.instruction.flags if flag.name == "mount"]
    return any("type=bind" in mount and "from=" not in mount for mount in mounts)


def _context(before: Image, after: Image) -> Iterator[str]:
    was, now = sent_size(before.context), sent_size(after.context)
    if was is not None and now is not None and was != now:
        yield f"build context {_size(was)} → {_size(now)}"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
