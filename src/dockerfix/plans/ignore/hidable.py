"""Why a pattern must not stand in an ignore file: somebody wants what it would hide, or may."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dockerfix.memo import memoised
from dockerfix.plans.ignore.context_commands import models_of_context
from dockerfix.plans.ignore.env_files import env_file_reader, env_template_reader
from dockerfix.plans.ignore.habits import reader_by_habit
from dockerfix.plans.ignore.needs import OF_VARIABLE, needed_paths
from dockerfix.project.builds.reading import services_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignorable import Ignorable
from dockerfix.project.context.ignore_file import IgnoreFile
from dockerfix.project.context.observed import observed
from dockerfix.project.readers.mentions import who_names, who_speaks_of
from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile
from dockerfix.text import encode

__all__ = ["alone", "hides_any", "is_env_pattern", "is_gone_anyway", "why_kept"]

_LITERAL = regex(r"[*?\[\\]")  # ends what a pattern says letter by letter
_COMMITTED = ("vcs", "tool", "docker", "tests", "docs")  # kinds of what Git usually tracks
_BY_HABIT = (".pre-commit-config.yaml", ".editorconfig")  # tools look for these by themselves
_VERSION_CONTROL = (".git", ".hg", ".svn")


def alone(one: Ignorable) -> IgnoreFile:
    """An ignore file of one pattern."""
    return IgnoreFile.parse(".dockerignore", encode(one.pattern + "\n"))


def hides_any(one: Ignorable, paths: Iterable[str]) -> bool:
    """Whether a pattern hides one of these paths."""
    pattern, literal = alone(one), _LITERAL.split(one.pattern.removeprefix("**/"))[0]
    return any(pattern.ignores(path) for path in paths if literal in path)


def is_env_pattern(one: Ignorable) -> bool:
    """Whether a pattern is about env files."""
    return one.pattern in (".env", ".env.*", "*.env")


def is_gone_anyway(one: Ignorable) -> bool:
    """Whether a pattern stands for what tools make anew wherever it is missing."""
    return one.kind in ("cache", "environment", "packages")


def why_kept(one: Ignorable, dockerfile: Dockerfile, context: BuildContext) -> str:
    """Who wants what a pattern hides, or may, in words; empty where nobody can."""
    said = _told(one, context)
    if said is not None:
        return said
    needed, pattern = needed_paths(dockerfile, context), alone(one)
    hidden = next((path for path in needed if pattern.ignores(path)), None)
    if hidden == ".git":
        return needed[".git"]
    if hidden is not None and one.kind == "secret" and needed[hidden].startswith(OF_VARIABLE):
        said = f"{needed[hidden].replace('names it', f'names {hidden}')}; hand it over at run time and ignore it"
        return _why_secret(one, dockerfile, context) or said
    if hidden is not None:
        return f"{hidden} is needed: {needed[hidden]}"
    if ".git" in needed and one.kind in _COMMITTED:
        return f"{needed['.git']}, and Git takes files that are hidden for deleted ones"
    if is_gone_anyway(one) or one.pattern in _VERSION_CONTROL:
        return ""
    if one.kind == "secret":
        return _why_secret(one, dockerfile, context)
    return _why_committed(one, dockerfile, context)


def _told(one: Ignorable, context: BuildContext) -> str | None:
    """Who wants what a pattern hides, by what a person declared or a run has shown; None where neither says so."""
    told, seen = context.told, observed(context)
    tried = next((path for path in told.missing.files if alone(one).ignores(path) is not False), None)
    if tried is not None:
        return f"{tried} is needed: a try without it failed"
    kept = next((path for path in told.keep if alone(one).ignores(path) is not False), None)
    if kept is not None:
        return f"{kept} is needed: {told.place} says so"
    if not is_env_pattern(one) or told.reads_env is False:
        return None
    if told.reads_env:
        return f"{told.place} says that env files are read; hand the values over at run time and ignore it"
    if seen is not None and seen.env_files:
        return f"{seen.env_files[0]} is opened ({seen}); hand the values over at run time and ignore it"
    return None


def _why_secret(one: Ignorable, dockerfile: Dockerfile, context: BuildContext) -> str:
    if is_env_pattern(one) and context.told.reads_env is None:
        reader = env_file_reader(dockerfile, context)
        if reader is not None and reader.endswith("while it builds"):
            return reader
        if reader is not None:
            return f"{reader}; hand the values over at run time (`env_file:`, `--env-file`) and ignore it"
        template = env_template_reader(dockerfile, context) if one.pattern == ".env.*" else None
        if template is not None:
            return template
    names = _names(one, context)
    namer = (_in_dockerfiles(names, dockerfile, context) or who_names(context, names)) if names else None
    return f"{namer} names {names[0]}; hand it over at run time and ignore it" if namer is not None else ""


def _names(one: Ignorable, context: BuildContext) -> tuple[str, ...]:
    """The names that a pattern of secrets stands for: its own, or those of the files that are there."""
    if "*" not in one.pattern:
        return () if one.pattern == ".env" else (one.pattern,)
    pattern = alone(one)
    there = tuple(path for path in context.paths() if "/" not in path and pattern.ignores(path))
    return (*there, one.pattern.lstrip("*")) if one.pattern == "*.pem" else there


def _in_dockerfiles(names: tuple[str, ...], dockerfile: Dockerfile, context: BuildContext) -> str | None:
    """The line of a Dockerfile that names one of these outside of a comment, or the service that sets it."""
    words = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names))
    for path, model in models_of_context(dockerfile, context):
        for instruction in model.dockerfile.instructions:
            if words.search(instruction.logical.text):
                return f"{path} line {instruction.start_line}".strip()
    services = services_of(context)
    named = (
        one for one in services if any(words.search(part) for part in (*(one.command or ()), *(one.entrypoint or ())))
    )
    return next((one.file for one in named), None)


@memoised
def _outside_words(dockerfile: Dockerfile, context: BuildContext) -> str:
    """The text of all instructions of the Dockerfiles of a context but COPY and ADD, whose words are read as paths."""
    return "\n".join(
        instruction.logical.text
        for _, model in models_of_context(dockerfile, context)
        for instruction in model.dockerfile.instructions
        if instruction.kind not in ("COPY", "ADD", "FROM", "LABEL")
    )


def _why_committed(one: Ignorable, dockerfile: Dockerfile, context: BuildContext) -> str:
    name = one.pattern
    if one.kind in ("tests", "docs"):
        if re.search(rf"(?<![\w.-]){name}(?![\w-])", _outside_words(dockerfile, context)):
            return f"an instruction of a Dockerfile names {name}"
        speaker = who_speaks_of(context, name)
        if speaker is not None:
            return f"{speaker} refers to {name}"
    if one.kind in ("tests", "docs") or name in _BY_HABIT:
        reader = reader_by_habit(dockerfile, context)
        return f"{name} may be wanted: {reader}" if reader is not None else ""
    if one.kind in ("tool", "vcs") and "*" not in name and name not in (".gitattributes", ".gitmodules"):
        namer = who_names(context, (name,))
        return f"{namer} names {name}" if namer is not None else ""
    return ""
