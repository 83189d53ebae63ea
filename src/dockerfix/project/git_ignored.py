"""Whether Git ignores a path of the context, so that some machines have it and others, and every clone, do not."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from dockerfix.project.git_patterns import GitPatterns

if TYPE_CHECKING:
    from dockerfix.project.context import BuildContext

__all__ = ["is_git_ignored"]


def is_git_ignored(context: BuildContext, path: str) -> bool:
    """Whether the `.gitignore` files of the context ignore a path, or a folder that it lies in, there or not.

    Source: Git, gitignore(5): a file's own folder comes before those above it; an ignored folder hides all below.
    """
    parts = path.split("/")
    return any(_ignores(context, parts[: end + 1], is_folder=end + 1 < len(parts)) for end in range(len(parts)))


def _ignores(context: BuildContext, parts: list[str], *, is_folder: bool) -> bool:
    for depth in reversed(range(len(parts))):
        folder = "/".join(parts[:depth])
        text = context.text(posixpath.join(folder, ".gitignore"))
        if text is None:
            continue
        above, patterns = "".join(f"{part}/" for part in parts[depth:-1]), GitPatterns(text.split("\n"))
        kinds = [is_folder] if is_folder else [False, True]  # the last name may be either
        said = [verdict for kind in kinds if (verdict := patterns.verdict(above, parts[-1], kind)) is not None]
        if said:
            return any(said)
    return False
