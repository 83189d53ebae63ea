"""Which text of a project names a folder or a file. Text is searched, not understood: a mention only keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.readers.project_texts import CI_FOLDERS, project_texts, without_development
from dockerfix.regexes import regex

__all__ = ["who_names", "who_speaks_of"]

# Files of build tools in which a folder stands as a bare word: `add_subdirectory(tests)`, `<module>tests</module>`.
_BARE = regex(
    r"(?:.*/)?(?:CMakeLists\.txt|.*\.cmake|meson\.build|pom\.xml|settings\.gradle(?:\.kts)?|build\.gradle(?:\.kts)?|go\.work|"
    r".*\.slnx?|.*\.\w+proj|Directory\.Build\.(?:props|targets)|configure\.ac|Makefile\.(?:am|in)|build\.xml|BUILD(?:\.bazel)?|"
    r"WORKSPACE|MANIFEST\.in|Cargo\.toml|pnpm-workspace\.yaml|Package\.swift|.*\.cabal|build\.sbt)"
)


def who_speaks_of(context: BuildContext, folder: str) -> str | None:
    """The first text outside a folder that names it in a way that may be a path or a module."""
    name = re.escape(folder)
    mention = re.compile(
        rf"""["'`/\\]{name}["'`/\\](?!\s*:)|\b(?:from|import)\s+{name}\b|^\s*(?:graft|recursive-include|include)\s+{name}\b"""
        rf"""|//go:embed[^\n]*[\s/:]{name}\b|\\b(?:cd|pushd)\s+{name}\b""",
        re.MULTILINE,
    )
    bare = re.compile(rf"(?<![\w.-]){name}(?![\w.-])|(?<=[:>/\\]){name}\b")
    for path in project_texts(context.without_dockerfile):
        if path.startswith((folder + "/", *CI_FOLDERS)):
            continue
        text = without_development(path, context.text(path))
        if text is not None and folder not in text and "[[test]]" not in text:
            continue
        if text is None or mention.search(text) or (_BARE.fullmatch(path) and bare.search(text)):
            return path
        if folder == "tests" and path.endswith("Cargo.toml") and "[[test]]" in text:
            return path  # Cargo refuses the manifest when the target's file is missing
    return None


def who_names(context: BuildContext, names: Iterable[str]) -> str | None:
    """The first text that holds one of these names as a word of its own."""
    pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in names))
    paths = project_texts(context.without_dockerfile)
    return next((path for path in paths if pattern.search(context.text(path) or "")), None)
