"""Dockerfiles repaired by the rules about order, for their tests."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from dockerfix.fix import repair
from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.rules.order.copy_before_install import CopyBeforeInstall
from dockerfix.rules.order.install_with_source import InstallWithSource
from dockerfix.syntax import parse

Files = Mapping[str, str]


def written(text: str) -> str:
    """A Dockerfile that is indented as a whole, as it would stand in a file."""
    return dedent(text).lstrip("\n")


def repaired(text: str, files: Files, *rules: type[Rule], unsafe: bool = False) -> str:
    """What becomes of a file; the gate has to let every fix through, and a second run has to leave it alone."""
    context = BuildContext.of_files(files)
    chosen = [rule() for rule in rules or (CopyBeforeInstall, InstallWithSource)]
    outcome = repair(parse(written(text)), context, chosen, unsafe=unsafe)
    assert not outcome.held_back, outcome.held_back[0].reason
    after = context.with_files({change.path: change.after for change in outcome.files})
    assert not repair(outcome.after, after, chosen, unsafe=unsafe).changed
    return outcome.after.text


def assert_becomes(before: str, after: str, files: Files, *rules: type[Rule], unsafe: bool = False) -> None:
    """Both texts may be indented as a whole."""
    assert repaired(before, files, *rules, unsafe=unsafe) == written(after)


def assert_unchanged(text: str, files: Files, *rules: type[Rule]) -> None:
    """Nothing is applied, unsafe fixes included."""
    assert_becomes(text, text, files, *rules, unsafe=True)


def findings(text: str, files: Files, rule: type[Rule]) -> list[Finding]:
    """What a rule says of a file."""
    return list(rule().check(parse(written(text)), BuildContext.of_files(files)))
