"""Passes, conflicts and the promise that a rule keeps what it has not declared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockerfix.errors import GateError, ParseError
from dockerfix.fix import choose, repair
from dockerfix.rule import Aspect, BuildContext, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Cmd, Dockerfile, From, Run, User, insert_after, parse
from dockerfix.text import Edit, Span

NOTHING = BuildContext.of_files({})


class _Scripted(Rule):
    """A rule whose behaviour a test writes down."""

    sources = ()
    examples = ()
    message = "scripted"
    may_change: frozenset[Aspect] = frozenset()  # type: ignore[misc]
    code = "XX001"
    name = "scripted"


def _rule(function, may_change: set[Aspect] = frozenset(), code: str = "XX001") -> Rule:  # type: ignore[no-untyped-def, assignment]
    def check(self: Rule, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        yield from function(self, dockerfile)

    kind = type("Scripted", (_Scripted,), {"check": check, "may_change": frozenset(may_change), "code": code})
    return kind()


def _replacing(kind, text: str):  # type: ignore[no-untyped-def]
    """Replaces the arguments of each instruction of a kind, once."""

    def function(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        for found in dockerfile.find(kind):
            if found.arguments.text != text:
                edit = Edit(found.arguments.whole, text.encode())
                yield rule.finding(found, Fix.safe("Replace", edit, because="a test says so"))

    return function


def test_declared_change_is_made() -> None:
    rule = _rule(_replacing(Cmd, '["b"]'), {Aspect.START_COMMAND})
    outcome = repair(parse('FROM debian:12\nCMD ["a"]\n'), NOTHING, [rule])
    assert outcome.after.text == 'FROM debian:12\nCMD ["b"]\n'
    assert [applied.position.line for applied in outcome.applied] == [2]


@pytest.mark.parametrize(
    ("kind", "text", "promise"),
    [
        (Cmd, '["b"]', "start command"),
        (Run, "other", "commands run"),
        (From, "debian:13", "base image"),
        (User, "nobody", "user and ownership"),
    ],
)
def test_undeclared_change_is_refused_and_named(kind, text: str, promise: str) -> None:  # type: ignore[no-untyped-def]
    source = 'FROM debian:12\nRUN this\nUSER app\nCMD ["a"]\n'
    outcome = repair(parse(source), NOTHING, [_rule(_replacing(kind, text))])
    assert outcome.after.text == source
    assert promise in outcome.held_back[0].reason


def test_one_refused_fix_leaves_the_others() -> None:
    good = _rule(_replacing(Cmd, '["b"]'), {Aspect.START_COMMAND}, "XX001")
    bad = _rule(_replacing(Run, "other"), code="XX002")
    outcome = repair(parse('FROM debian:12\nRUN this\nCMD ["a"]\n'), NOTHING, [bad, good])
    assert outcome.after.text == 'FROM debian:12\nRUN this\nCMD ["b"]\n'
    assert [held.finding.code for held in outcome.held_back] == ["XX002"]


def test_result_that_is_no_dockerfile_is_refused() -> None:
    def function(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        run = next(dockerfile.find(Run))
        edit = Edit(Span(run.extent.start, run.extent.start + 3), b"RNU")
        yield rule.finding(run, Fix.safe("Break", edit, because="a test says so"))

    outcome = repair(parse("FROM debian:12\nRUN this\n"), NOTHING, [_rule(function, set(Aspect))])
    assert not outcome.changed
    assert "no Dockerfile" in outcome.held_back[0].reason


def test_lost_comment_is_refused() -> None:
    def function(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        run = next(dockerfile.find(Run))
        if run.comments:
            edit = Edit(run.arguments.whole, b"a b")
            yield rule.finding(run, Fix.safe("Join", edit, because="a test says so"))

    outcome = repair(parse("FROM debian:12\nRUN a \\\n  # why\n  b\n"), NOTHING, [_rule(function, set(Aspect))])
    assert not outcome.changed
    assert "# why" in outcome.held_back[0].reason


def test_rules_that_undo_each_other_are_named_and_nothing_is_returned() -> None:
    one = _rule(_replacing(Cmd, '["a"]'), {Aspect.START_COMMAND}, "XX001")
    other = _rule(_replacing(Cmd, '["b"]'), {Aspect.START_COMMAND}, "XX002")
    with pytest.raises(GateError, match="XX001, XX002"):
        repair(parse('FROM debian:12\nCMD ["c"]\n'), NOTHING, [one, other])


def test_unsafe_fix_waits_for_the_option() -> None:
    def function(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        cmd = next(dockerfile.find(Cmd))
        if cmd.values != ("b",):
            yield rule.finding(cmd, Fix.unsafe("Replace", Edit(cmd.arguments.whole, b'["b"]'), because="who knows"))

    rule = _rule(function, {Aspect.START_COMMAND})
    source = 'FROM debian:12\nCMD ["a"]\n'
    kept = repair(parse(source), NOTHING, [rule])
    assert not kept.changed
    assert kept.remaining[0].offered is not None
    assert repair(parse(source), NOTHING, [rule], unsafe=True).changed


def test_position_of_a_later_pass_is_that_of_the_original_file() -> None:
    def grow(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        start = next(dockerfile.find(From))
        if not list(dockerfile.find(User)):
            edit = insert_after(dockerfile, start, "USER 1\nUSER 2")
            yield rule.finding(start, Fix.safe("Grow", edit, because="a test says so"))

    def then(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        cmd = next(dockerfile.find(Cmd))
        if list(dockerfile.find(User)) and cmd.values != ("b",):
            yield rule.finding(cmd, Fix.safe("Replace", Edit(cmd.arguments.whole, b'["b"]'), because="later"))

    rules = [_rule(grow, {Aspect.USER}, "XX001"), _rule(then, {Aspect.START_COMMAND}, "XX002")]
    outcome = repair(parse('FROM debian:12\n\nCMD ["a"]\n'), NOTHING, rules)
    assert {applied.finding.code: applied.position.line for applied in outcome.applied} == {"XX001": 1, "XX002": 3}


def test_other_files_are_seen_by_the_next_pass() -> None:
    def function(rule: Rule, dockerfile: Dockerfile) -> Iterator[Finding]:
        yield from ()

    class Writes(_Scripted):
        code = "XX009"
        may_change = frozenset({Aspect.BUILD_CONTEXT})

        def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
            if not context.is_file("note"):
                change = FileChange("note", None, b"text")
                yield self.finding(Span(0, 0), Fix.safe("Write", because="a test says so", files=[change]))

    outcome = repair(parse("FROM debian:12\n"), NOTHING, [Writes()])
    assert outcome.files == (FileChange("note", None, b"text"),)
    assert len(outcome.applied) == 1


def test_text_that_is_no_dockerfile_is_an_error() -> None:
    with pytest.raises(ParseError, match="unknown instruction"):
        repair(parse("HELLO world\n"), NOTHING, [])


def _finding(code: str, fix: Fix) -> Finding:
    return Finding(code, code, "", fix.bounds, fix)


def test_overlap_goes_to_the_safer_then_the_wider() -> None:
    safe = _finding("A", Fix.safe("", Edit(Span(5, 6), b""), because=""))
    unsafe = _finding("B", Fix.unsafe("", Edit(Span(0, 9), b""), because=""))
    wide = _finding("C", Fix.safe("", Edit(Span(4, 9), b""), because=""))
    assert choose([safe, unsafe]) == [safe]
    assert choose([safe, wide]) == [wide]


def test_fixes_that_only_touch_go_together() -> None:
    left = _finding("A", Fix.safe("", Edit(Span(0, 4), b"x"), because=""))
    right = _finding("B", Fix.safe("", Edit(Span(4, 8), b"y"), because=""))
    assert {f.code for f in choose([left, right])} == {"A", "B"}


def test_two_insertions_at_one_place_wait_for_each_other() -> None:
    one = _finding("A", Fix.safe("", Edit.insert(4, b"x"), because=""))
    other = _finding("B", Fix.safe("", Edit.insert(4, b"y"), because=""))
    assert choose([other, one]) == [one]
