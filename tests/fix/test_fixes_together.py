"""The fixes of one rule go through the gate together, and one by one where they are refused so."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.fix import repair
from dockerfix.rule import Aspect, BuildContext, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Env, Instruction, Label, Run, parse
from dockerfix.text import Edit

NOTHING = BuildContext.of_files({})


class _Upper(Rule):
    """Writes the arguments of LABEL and ENV in capitals, and may change labels."""

    code = "XX001"
    name = "upper"
    message = "small letters"
    sources = ()
    may_change = frozenset({Aspect.LABELS})
    examples = ()
    kinds: tuple[type[Instruction], ...] = (Label, Env)

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for found in dockerfile.find(self.kinds):
            text = found.arguments.text.upper()
            if text != found.arguments.text:
                edit = Edit(found.arguments.whole, text.encode())
                yield self.finding(found, Fix.safe("Write in capitals", edit, because="a test says so"))


class _UpperRun(_Upper):
    code = "XX002"
    may_change = frozenset({Aspect.COMMANDS})
    kinds = (Run,)


def test_fixes_of_one_rule_are_all_made() -> None:
    outcome = repair(parse("FROM debian\nLABEL a=b\nLABEL c=d\nLABEL e=f\n"), NOTHING, [_Upper()])
    assert outcome.after.text == "FROM debian\nLABEL A=B\nLABEL C=D\nLABEL E=F\n"
    assert [applied.position.line for applied in outcome.applied] == [2, 3, 4]


def test_refused_fix_leaves_the_others_of_its_rule() -> None:
    outcome = repair(parse("FROM debian\nLABEL a=b\nENV c=d\nLABEL e=f\n"), NOTHING, [_Upper()])
    assert outcome.after.text == "FROM debian\nLABEL A=B\nENV c=d\nLABEL E=F\n"
    assert [held.position.line for held in outcome.held_back] == [3]
    assert "environment" in outcome.held_back[0].reason


def test_promise_of_one_rule_does_not_serve_another() -> None:
    outcome = repair(parse("FROM debian\nENV a=b\nRUN c\n"), NOTHING, [_Upper(), _UpperRun()])
    assert outcome.after.text == "FROM debian\nENV a=b\nRUN C\n"
    assert [held.finding.code for held in outcome.held_back] == ["XX001"]


def test_fixes_of_several_rules_are_placed_in_the_file_as_it_was() -> None:
    outcome = repair(parse("FROM debian\nRUN a\nLABEL b=c\nRUN d\n"), NOTHING, [_UpperRun(), _Upper()])
    assert outcome.after.text == "FROM debian\nRUN A\nLABEL B=C\nRUN D\n"
    found = {applied.position.line: applied.finding.code for applied in outcome.applied}
    assert found == {2: "XX002", 3: "XX001", 4: "XX002"}


def test_a_glance_makes_one_pass_and_tells_the_rest_as_it_stands() -> None:
    calls: list[bytes] = []

    class Counting(_Upper):
        def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
            calls.append(dockerfile.source)
            return super().check(dockerfile, context)

    source = "FROM debian\nLABEL a=b\nENV c=d\n"
    glance = repair(parse(source), NOTHING, [Counting()], settle=False)
    whole = repair(parse(source), NOTHING, [Counting()])
    assert calls == [source.encode()] * 2 + [whole.after.source]
    assert (glance.after.source, glance.applied, glance.held_back) == (
        whole.after.source,
        whole.applied,
        whole.held_back,
    )


def test_a_glance_finishes_where_fixes_wait_for_each_other() -> None:
    rules = [_Upper(), type("Again", (_Upper,), {"code": "XX002"})()]
    outcome = repair(parse("FROM debian\nLABEL a=b\n"), NOTHING, rules, settle=False)
    assert [applied.finding.code for applied in outcome.applied] == ["XX001"]
    assert not outcome.remaining
