"""Whether Git ignores a file of the build context, so that the folder of somebody else may lack it."""

from __future__ import annotations

import posixpath

from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignore import GitIgnore
from dockerfix.project.context.git_patterns import GitPatterns

__all__ = ["is_git_ignored"]


def is_git_ignored(context: BuildContext, path: str) -> bool:
    """Whether a path, or a folder that it lies in, is ignored; ignore files above the context count too.

    Where no repository is found, an ignore file in the context is believed all the same. A path that is not there may
    be a file or a folder.
    """
    folder, name = posixpath.split(path)
    if folder and is_git_ignored_folder(context, folder):
        return True
    rules = _rules(context, folder)
    return rules.ignores(name) or (not context.is_file(path) and rules.ignores(name, is_folder=True))


@memoised_on("without_dockerfile")
def is_git_ignored_folder(context: BuildContext, folder: str) -> bool:
    """As `is_git_ignored`, for a folder: nothing in it can be taken back."""
    above, name = posixpath.split(folder)
    if above and is_git_ignored_folder(context, above):
        return True
    return _rules(context, above).ignores(name, is_folder=True)


@memoised_on("without_dockerfile")
def _rules(context: BuildContext, folder: str) -> GitIgnore:
    """What holds for the names in a folder."""
    if folder:
        above, name = posixpath.split(folder)
        rules = _rules(context, above).below(name)
    else:
        rules = GitIgnore.around(context.root) if context.root is not None else GitIgnore()
    text = context.text(posixpath.join(folder, ".gitignore"))
    patterns = GitPatterns(text.split("\n")) if text is not None else None
    return GitIgnore((*rules.layers, (patterns, "")), in_repository=True) if patterns else rules
