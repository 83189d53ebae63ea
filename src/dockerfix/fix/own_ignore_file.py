"""The ignore file of a Dockerfile that lies outside of its build context."""

from __future__ import annotations

from pathlib import Path

from dockerfix.rule import Aspect, BuildContext, Rule

__all__ = ["with_own_ignore_file"]


def with_own_ignore_file(
    path: Path, context: BuildContext, rules: tuple[Rule, ...]
) -> tuple[BuildContext, tuple[Rule, ...]]:
    """The build context as BuildKit sends it for a Dockerfile, and the rules that may judge it.

    `NAME.dockerignore` beside a Dockerfile outside the context takes the place of the context's own ignore file, which
    must not be written for it.

    Args:
        path: the Dockerfile on disk.
    """
    own = path.with_name(path.name + ".dockerignore")
    if context.dockerfile is not None or not context.known or not own.is_file():
        return context, rules
    kept = tuple(rule for rule in rules if Aspect.BUILD_CONTEXT not in rule.may_change)
    return context.with_files({".dockerignore": own.read_bytes()}), kept
