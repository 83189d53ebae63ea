"""Which findings the comments in a file silence, and the order of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import dedent

import pytest

from dockerfix.check import check_dockerfile, names_of
from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.rules import all_rules
from dockerfix.syntax import Dockerfile, From, Run, parse
from dockerfix.text import Span

_CHECK_NAMES = re.compile(r"(?:hadolint|BuildKit(?: check)?) (DL\d+|[A-Z]\w*[a-z][A-Z]\w*)")  # in a rule's sources


class _EveryRun(Rule):
    code = "XX100"
    name = "every-run"
    message = "a RUN"
    sources = ("hadolint DL3042", "BuildKit check JSONArgsRecommended")
    may_change = frozenset()
    examples = ()

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterable[Finding]:
        return [self.finding(run) for run in dockerfile.find(Run)]


class _EveryFrom(Rule):
    code = "XX200"
    name = "every-from"
    message = "a FROM"
    sources = ()
    may_change = frozenset()
    examples = ()

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterable[Finding]:
        return [self.finding(start) for start in dockerfile.find(From)]


def _found(text: str) -> list[tuple[str, int]]:
    """Code and line of each finding."""
    dockerfile = parse(dedent(text).lstrip("\n"))
    findings = check_dockerfile(dockerfile, BuildContext.unknown(), [_EveryFrom(), _EveryRun()])
    return [(finding.code, dockerfile.index.line(finding.span.start)) for finding in findings]


def test_findings_come_in_file_order_whatever_the_order_of_the_rules() -> None:
    assert _found("FROM a\nRUN x\nFROM b\n") == [("XX200", 1), ("XX100", 2), ("XX200", 3)]


def test_comment_silences_the_instruction_below_and_no_other() -> None:
    assert _found("FROM a\n# dockerfix: ignore=XX100\nRUN x\nRUN y\n") == [("XX200", 1), ("XX100", 4)]


def test_comment_silences_only_the_rules_it_names() -> None:
    assert _found("# dockerfix: ignore=XX999\nFROM a\n# dockerfix: ignore=XX200\nRUN x\n") == [
        ("XX200", 2),
        ("XX100", 4),
    ]


def test_comment_without_codes_silences_every_rule() -> None:
    assert _found("FROM a\n# dockerfix: ignore\nRUN x\n") == [("XX200", 1)]
    assert _found("FROM a\n# dockerfix: ignore the vendor's script\nRUN x\n") == [("XX200", 1)]


@pytest.mark.parametrize(
    "comment",
    [
        "# dockerfix: ignore=XX100",
        "#dockerfix:ignore=XX100",
        "## Dockerfix: Ignore = xx100",
        "# dockerfix: ignore=every-run",
        "# dockerfix: ignore=XX100 because the vendor says so",
        "# dockerfix: ignore=XX100: because the vendor says so",
        "# dockerfix: ignore=XX999,XX100",
        "# dockerfix: ignore=XX999, XX100 both for one reason",
        "# dockerfix: ignore=XX999 , XX100",
        "# see the wiki # dockerfix: ignore=XX100",
    ],
)
def test_spellings_that_silence(comment: str) -> None:
    assert _found(f"FROM a\n{comment}\nRUN x\n") == [("XX200", 1)]


@pytest.mark.parametrize(
    "comment",
    [
        "# dockerfix ignore=XX100",
        "# dockerfix: ignored=XX100",
        "# dockerfix: ignore-next=XX100",
        "# dockerfix: ignore=XX1000",
        "# dockerfix: ignore=XX999 not XX100",
        "# ignore=XX100",
    ],
)
def test_spellings_that_do_not(comment: str) -> None:
    assert _found(f"FROM a\n{comment}\nRUN x\n") == [("XX200", 1), ("XX100", 3)]


def test_another_comment_may_stand_between() -> None:
    assert _found("FROM a\n# dockerfix: ignore=XX100\n# installs things\nRUN x\n") == [("XX200", 1)]


def test_a_blank_line_may_stand_between() -> None:
    assert _found("FROM a\n# dockerfix: ignore=XX100\n\nRUN x\n") == [("XX200", 1)]


def test_several_comments_add_up() -> None:
    text = "# dockerfix: ignore=XX200\n# dockerfix: ignore=XX100\nFROM a\nRUN x\n"
    assert _found(text) == []


def test_comment_at_the_end_of_the_file_is_about_nothing() -> None:
    assert _found("FROM a\nRUN x\n# dockerfix: ignore=XX100\n") == [("XX200", 1), ("XX100", 2)]


def test_comment_between_the_lines_of_an_instruction_speaks_of_it() -> None:
    text = r"""
        FROM a
        RUN x \
            # dockerfix: ignore=XX100 the mirror needs it
            && y
        RUN z
        """
    assert _found(text) == [("XX200", 1), ("XX100", 5)]


def test_comment_in_the_script_of_a_heredoc_speaks_of_its_run() -> None:
    assert _found("FROM a\nRUN <<EOF\n# dockerfix: ignore=XX100\nx\nEOF\nRUN y\n") == [("XX200", 1), ("XX100", 6)]


def test_text_of_a_heredoc_is_no_comment() -> None:
    assert _found("FROM a\nRUN <<EOF\necho '# dockerfix: ignore=XX100'\nEOF\n") == [("XX200", 1), ("XX100", 2)]


def test_comment_above_a_from_speaks_of_its_stage_alone() -> None:
    text = "# dockerfix: ignore=XX100\nFROM a AS one\nRUN x\nRUN y\nFROM b\nRUN z\n"
    assert _found(text) == [("XX200", 2), ("XX200", 5), ("XX100", 6)]


def test_comment_above_a_global_arg_speaks_of_the_arg() -> None:
    assert _found("# dockerfix: ignore\nARG V=1\nFROM a\n") == [("XX200", 3)]


def test_file_comment_speaks_of_the_file() -> None:
    assert _found("# dockerfix: ignore-file=XX100\nFROM a\nRUN x\nFROM b\nRUN y\n") == [("XX200", 2), ("XX200", 4)]
    assert _found("# dockerfix: ignore-file generated\nFROM a\nRUN x\n") == []


def test_file_comment_below_the_first_instruction_says_nothing() -> None:
    assert _found("FROM a\n# dockerfix: ignore-file\nRUN x\n") == [("XX200", 1), ("XX100", 3)]


def test_file_comment_may_follow_a_directive() -> None:
    assert _found("# syntax=docker/dockerfile:1\n# dockerfix: ignore-file=XX100\nFROM a\nRUN x\n") == [("XX200", 3)]


@pytest.mark.parametrize("comment", ["# hadolint ignore=DL3042", "# hadolint ignore = DL3006, DL3042"])
def test_hadolint_comment_silences_the_same_check(comment: str) -> None:
    assert _found(f"FROM a\n{comment}\nRUN x\nRUN y\n") == [("XX200", 1), ("XX100", 4)]


def test_hadolint_comment_about_another_check_says_nothing() -> None:
    assert _found("FROM a\n# hadolint ignore=DL3008\nRUN x\n") == [("XX200", 1), ("XX100", 3)]


def test_hadolint_global_comment_speaks_of_the_file_wherever_it_stands() -> None:
    assert _found("FROM a\nRUN x\n# hadolint global ignore=DL3042\nRUN y\n") == [("XX200", 1)]


def test_check_directive_silences_the_same_check() -> None:
    assert _found("# check=skip=StageNameCasing,JSONArgsRecommended;error=true\nFROM a\nRUN x\n") == [("XX200", 2)]
    assert _found("# check=skip=StageNameCasing\nFROM a\nRUN x\n") == [("XX200", 2), ("XX100", 3)]


def test_each_check_that_our_rules_name_is_one_that_its_comment_silences() -> None:
    names = {name for rule in all_rules() for name in names_of(rule)}
    named = {word.lower() for rule in all_rules() for source in rule.sources for word in _CHECK_NAMES.findall(source)}
    assert len(named) > 15
    assert named <= names


def test_check_directive_for_all_leaves_what_buildkit_does_not_check() -> None:
    assert _found("# check=skip=all\nFROM a\nRUN x\n") == [("XX200", 2)]


def test_check_comment_that_is_no_directive_says_nothing() -> None:
    assert _found("FROM a\n# check=skip=all\nRUN x\n") == [("XX200", 1), ("XX100", 3)]


def test_finding_about_the_whole_file_hears_file_comments_only() -> None:
    class WholeFile(_EveryFrom):
        code = "XX300"

        def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterable[Finding]:
            return [self.finding(Span(0, 0))]

    def found(text: str) -> int:
        return len(check_dockerfile(parse(text), BuildContext.unknown(), [WholeFile()]))

    assert found("FROM a\n# dockerfix: ignore\nRUN x\n") == 1
    assert found("# dockerfix: ignore-file=XX300\nFROM a\n") == 0
