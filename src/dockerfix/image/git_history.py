"""What a build asks Git about the sources that it was given, so that `.git` has to be among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dockerfix.image.model import Image
from dockerfix.project.context import BuildContext
from dockerfix.syntax import Run

__all__ = ["git_reader"]

_ASKS = re.compile(
    r"\bgit\b[^\n|;&]*\s(?:describe|rev-parse|rev-list|log|show|shortlog|name-rev|symbolic-ref|ls-files|ls-tree|status|diff|"
    r"branch|tag|submodule)\b|\.git/(?:HEAD|refs|index|logs)|git-commit-id|\bvergen\b|\bgitversion\b|\bgoreleaser\b",
    re.IGNORECASE,
)
# Files that say what a program does, beside the scripts that its words name.
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_PACKAGE = ("package.json",)
_SAID_BY = {
    **dict.fromkeys(("make", "gmake"), _MAKEFILES),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _PACKAGE),
    **dict.fromkeys(("mvn", "mvnw"), ("pom.xml",)),
    **dict.fromkeys(("gradle", "gradlew"), ("build.gradle", "build.gradle.kts")),
    "cargo": ("build.rs", "Cargo.toml"),
}


def git_reader(model: Image) -> str | None:
    """What asks Git, in words; None where nothing is seen to.

    Text is searched, not understood: a mention that means nothing only keeps `.git`.
    """
    for stage in model.stages:
        for step in stage.steps:
            run = step.instruction
            if not isinstance(run, Run):
                continue
            if _ASKS.search("\n".join((run.logical.text, *(one.content for one in run.heredocs)))):
                return f"line {run.start_line} asks Git"
            for command in step.commands or ():
                for path in _told_in(command.program.argv, model.context):
                    if _ASKS.search(model.context.text(path) or ""):
                        return f"{path} asks Git"
    return None


def _told_in(argv: Sequence[str | None], context: BuildContext) -> Iterator[str]:
    """The files of the context that a command runs, or runs by."""
    words = [word.removeprefix("./") for word in argv if word]
    yield from (word for word in words if context.is_file(word))
    yield from _SAID_BY.get(words[0].rpartition("/")[2], ()) if words else ()
