"""What changes in the image, in words for a reviewer."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.rebuild import rerun_steps
from dockerfix.image.start import Process1, process_1
from dockerfix.image.state import is_root
from dockerfix.project.context.ignore_file import sent_size

__all__ = ["changes"]

_MAKERS = ("useradd", "adduser")
_UID_OPTIONS = ("-u", "--uid")


def changes(before: Image, after: Image, source: str | None = None) -> tuple[str, ...]:
    """One sentence for each thing that a user of the image or of its build would notice.

    Args:
        source: a file of the context that people edit (`main.py`); None leaves the rebuild out.
    """
    if before.final is None or after.final is None or len(before.stages) != len(after.stages):
        return ()
    return (
        *dict.fromkeys(_base_images(before, after)),
        *_user(before.final, after.final),
        *_process(before.final, after.final),
        *_rebuild(before, after, source),
        *_context(before, after),
    )


def _base_images(before: Image, after: Image) -> Iterator[str]:
    for old, new in zip(before.stages, after.stages, strict=True):
        if old.base is None and old.reference != new.reference:
            yield f"base image {old.reference or 'unknown'} → {new.reference or 'unknown'}"


def _user(old: StageImage, new: StageImage) -> Iterator[str]:
    if old.final.user != new.final.user:
        yield f"user {_user_name(old)} → {_user_name(new)}"


def _user_name(stage: StageImage) -> str:
    """The user in words, with the number where the file or the base image tells it."""
    user = stage.final.user
    if user is None:
        return "unknown"
    if is_root(user):
        return "root"
    name = user.partition(":")[0]
    uid = _uid(name, stage)
    return f"{user} ({uid})" if uid is not None and uid != name else user


def _uid(name: str, stage: StageImage) -> str | None:
    for step in reversed(stage.all_steps):
        if name in step.instruction.logical.text or step.instruction.heredocs:
            uid = _uid_given(name, step)
            if uid is not None:
                return uid
    ready = stage.facts.existing_users.get(name) if stage.facts is not None else None
    return str(ready.uid) if ready is not None else None


def _uid_given(name: str, step: Step) -> str | None:
    """The number that a `useradd` of this step gives a user."""
    for item in step.commands or ():
        argv = item.program.argv
        if item.program.name in _MAKERS and name in argv:
            for option, value in zip(argv, (*argv[1:], None), strict=True):
                if option in _UID_OPTIONS:
                    return value
                if option is not None and option.startswith("--uid="):
                    return option.partition("=")[2]
    return None


def _process(old: StageImage, new: StageImage) -> Iterator[str]:
    if old.start == new.start:
        return
    was, now = _process_1(old), _process_1(new)
    if now is not None and was is not None and str(was) != str(now):
        yield f"PID 1 is {now}, was {was}"


def _process_1(stage: StageImage) -> Process1 | None:
    return process_1(stage.start.argv, stage.facts.distribution if stage.facts is not None else None)


def _rebuild(before: Image, after: Image, source: str | None) -> Iterator[str]:
    if source is None:
        return
    was, now = rerun_steps(before, source), rerun_steps(after, source)
    if was is not None and now is not None and len(was) != len(now):
        yield f"editing {source} re-runs {_count(len(now))}, was {len(was)}"


def _count(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"


def _context(before: Image, after: Image) -> Iterator[str]:
    was, now = sent_size(before.context), sent_size(after.context)
    if was is not None and now is not None and _size(was) != _size(now):
        yield f"build context {_size(was)} → {_size(now)}"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
