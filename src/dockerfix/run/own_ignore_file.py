"""The ignore file of a Dockerfile that lies outside of its build context."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dockerfix import looks
from dockerfix.errors import FileError
from dockerfix.project.context.disk import READ_LIMIT
from dockerfix.project.context.ignore_file import IGNORE_FILE
from dockerfix.regular import content_of
from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.run.several import answering
from dockerfix.syntax import Dockerfile

__all__ = ["with_own_ignore_file"]

Contexts = tuple[tuple[str, BuildContext], ...]


def with_own_ignore_file(path: Path, contexts: Contexts, rules: tuple[Rule, ...]) -> tuple[Contexts, tuple[Rule, ...]]:
    """The build contexts as BuildKit sends them for a Dockerfile, and the rules as they may answer there.

    `NAME.dockerignore` beside a Dockerfile outside the context takes the place of the context's own ignore file, which
    must not be written for it: a repair that would is only told. All other repairs stay.

    Args:
        path: the Dockerfile on disk.
    """
    own = path.with_name(path.name + IGNORE_FILE)
    if not looks.is_file(os.fspath(own)) or not any(_lies_outside(context) for _, context in contexts):
        return contexts, rules
    try:
        text = content_of(own, READ_LIMIT)
    except FileError as error:
        raise FileError(f"{own}: {error}") from error
    laid = tuple(
        (name, context.with_files({IGNORE_FILE: text}) if _lies_outside(context) else context)
        for name, context in contexts
    )
    return laid, tuple(answering(rule, _Kept(rule, own.name).check) for rule in rules)


def _lies_outside(context: BuildContext) -> bool:
    return context.known and context.dockerfile is None


class _Kept:
    """The answers of a rule, where the build context's own ignore file is not written."""

    def __init__(self, rule: Rule, own: str) -> None:
        self._rule = rule
        self._why = f"{own} is what the build reads, and lies outside of the build context: change it by hand"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for finding in self._rule.check(dockerfile, context):
            writes = finding.fix is not None and any(change.path == IGNORE_FILE for change in finding.fix.files)
            yield replace(finding, fix=None, because=self._why) if writes and _lies_outside(context) else finding
