"""The Debian packages whose libraries the Python packages of an image load."""

from __future__ import annotations

from dockerfix.image.model import Image, StageImage
from dockerfix.plans.base.named_packages import named_packages
from dockerfix.project.releases.slim import slim_blockers

__all__ = ["loaded_packages"]


def loaded_packages(model: Image, stage: StageImage) -> tuple[frozenset[str], str | None]:
    """These packages, and why there may be more of them; None where each Python package is known."""
    minor = stage.facts.python_version if stage.facts is not None else None
    if not model.context.known:
        return frozenset(), "the files around the Dockerfile are not known"
    named = named_packages(model, minor) if minor is not None else None
    if minor is None or named is None:
        return frozenset(), "what is installed besides may load libraries that come along"
    blockers = (*slim_blockers(model.context, minor), *named)
    needs = frozenset(need for one in blockers for need in one.needs)
    unknown = [one for one in blockers if one.kind == "unknown" or (one.kind == "library" and not one.needs)]
    return needs, f"{unknown[0].because}, so it may load a library that comes along" if unknown else None
