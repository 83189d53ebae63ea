"""What a build or a program asks Git about the sources that it was given, so that `.git` has to be among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dockerfix.image.model import Image
from dockerfix.memo import memoised
from dockerfix.plans.ignore.context_commands import context_commands, models_of_context
from dockerfix.programs.starts import Program
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.known.context_readers import reader_names
from dockerfix.project.readers.engine_calls import engine_command
from dockerfix.project.readers.git_askers import ASKS_GIT, git_asker
from dockerfix.project.readers.project_texts import project_texts
from dockerfix.syntax import Dockerfile, Run

__all__ = ["git_reader"]

# Files that say what a program does, beside the scripts that its words name.
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_PACKAGE = ("package.json",)
_SAID_BY = {
    **dict.fromkeys(("make", "gmake"), _MAKEFILES),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _PACKAGE),
    **dict.fromkeys(("mvn", "mvnw"), ("pom.xml",)),
    **dict.fromkeys(("gradle", "gradlew"), ("build.gradle", "build.gradle.kts")),
    "cargo": ("build.rs", "Cargo.toml"),
    **dict.fromkeys(("just",), ("justfile", "Justfile", ".justfile")),
    **dict.fromkeys(("task",), ("Taskfile.yml", "Taskfile.yaml")),
    **dict.fromkeys(("rake", "bundle"), ("Rakefile",)),
}


@memoised
def git_reader(dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """What asks Git, in words; None where nothing is seen to.

    Every Dockerfile of the context is looked at, what runs in them and at start, and the code of the project. Text is
    searched, not understood: a mention that means nothing only keeps `.git`.
    """
    for name, model in models_of_context(dockerfile, context):
        said = _in_runs(name, model)
        if said is not None:
            return said
    programs = context_commands(dockerfile, context).programs
    fresh = {program.place for program in programs if program.name == "git" and {"clone", "init"} & {*program.argv}}
    for program in programs:
        if program.place not in fresh and _asks(program):
            return f"{program.place or 'a command'} asks Git"
    for problem in context_commands(dockerfile, context).problems:
        file = problem.partition(" ")[0]
        if re.search(r"\bgit\b", context.text(file) or ""):
            return f"{problem}, and speaks of Git"
    said = git_asker(context.without_dockerfile)
    if said is None and (place := engine_command(context, ASKS_GIT)) is not None:
        said = f"{place} asks Git in the image"
    return said


def _in_runs(name: str, model: Image) -> str | None:
    for stage in model.stages:
        for step in stage.steps:
            run = step.instruction
            if not isinstance(run, Run):
                continue
            if ASKS_GIT.search("\n".join((run.logical.text, *(one.content for one in run.heredocs)))):
                return f"{name} line {run.start_line} asks Git".strip()
            for command in step.commands or ():
                for path in _told_in(command.program.argv, model.context):
                    if ASKS_GIT.search(model.context.text(path) or ""):
                        return f"{path} asks Git"
    return None


def _asks(program: Program) -> bool:
    """Whether a command is Git's, and not one that makes a repository or asks another one."""
    verbs = [word for word in program.argv[1:] if word is None or not word.startswith("-")]
    other = reader_names("git", "other_verbs")
    if program.name in reader_names("git", "programs"):
        return True
    return program.name == "git" and not other.intersection(word or "" for word in program.argv[1:]) and bool(verbs)


def _told_in(argv: Sequence[str | None], context: BuildContext) -> Iterator[str]:
    """The files of the context that a command runs, or runs by."""
    words = [word.removeprefix("./") for word in argv if word]
    yield from (word for word in words if context.is_file(word))
    yield from _SAID_BY.get(words[0].rpartition("/")[2], ()) if words else ()
    scripts = [word.rpartition("/")[2] for word in words if word.endswith((".sh", ".bash"))]
    yield from (path for path in project_texts(context) if scripts and path.rpartition("/")[2] in scripts)
