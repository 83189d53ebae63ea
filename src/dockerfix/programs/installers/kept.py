"""Folders that a RUN keeps from one build to the next: what is downloaded there is downloaded once as it is."""

from __future__ import annotations

from dockerfix.image.model import mount_fields
from dockerfix.image.state import absolute
from dockerfix.programs.installers.call import Call

__all__ = ["keeps"]


def keeps(call: Call, *folders: str) -> bool:
    """Whether a cache mount of the RUN covers one of these folders of the image.

    Args:
        folders: absolute, or beginning with `~`, which stands for any home.
    """
    mounts = [mount_fields(flag.value) for flag in call.step.instruction.flags if flag.name == "mount"]
    targets = [
        place.rstrip("/") + "/"
        for fields in mounts
        if fields.get("type") == "cache"
        and (target := fields.get("target") or fields.get("dst") or fields.get("destination"))
        and (place := absolute(target, call.step.before.workdir)) is not None
    ]
    return any(_covers(target, folder.rstrip("/") + "/") for target in targets for folder in folders)


def _covers(target: str, folder: str) -> bool:
    if not folder.startswith("~/"):
        return folder.startswith(target)
    inside = folder[1:]
    return any(target.endswith(inside[: end + 1]) for end, char in enumerate(inside) if char == "/" and end)
