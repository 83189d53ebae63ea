"""The notes of a run that lie beside a Dockerfile."""

from __future__ import annotations

import posixpath

from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.told import OBSERVED_FILE, Seen, seen_in

__all__ = ["observed"]

_LIMIT = 256 * 1024  # bytes


@memoised
def observed(context: BuildContext) -> Seen | None:
    """What `dockerfix verify --observe` noted of the context's Dockerfile; beside it, else in the context's root."""
    dockerfile = context.dockerfile or "Dockerfile"
    folder, name = posixpath.split(dockerfile)
    for place, called in ((posixpath.join(folder, OBSERVED_FILE), name), (OBSERVED_FILE, dockerfile)):
        if 0 < context.size(place) <= _LIMIT or (context.root is None and context.is_file(place)):
            found = seen_in(context.text(place) or "", called)
            if found is not None:
                return found
    return None
