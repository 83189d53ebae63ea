"""Every documented example of every rule: what it becomes, and that a second run leaves it alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockerfix.fix import Outcome, repair
from dockerfix.rule import Applicability, BuildContext, Example, FileChange, Rule
from dockerfix.rules import all_rules
from dockerfix.syntax import check, parse
from dockerfix.text import apply_edits


def _cases() -> Iterator[object]:
    for rule in all_rules():
        for example in rule.examples:
            yield pytest.param(rule(rule.example_options), example, id=f"{rule.code}: {example.title}")


_CASES = list(_cases())


def _context(example: Example) -> BuildContext:
    return BuildContext.unknown() if example.files is None else BuildContext.of_files(example.files)


def _repaired(rule: Rule, example: Example) -> Outcome:
    unsafe = example.expected is Applicability.UNSAFE
    return repair(parse(example.before), _context(example), [rule], unsafe=unsafe)


@pytest.mark.parametrize(("rule", "example"), _CASES)
def test_example_becomes_what_it_says(rule: Rule, example: Example) -> None:
    if example.expected is Applicability.SUGGESTION:
        text, files = _suggested(rule, example)
    else:
        outcome = _repaired(rule, example)
        assert not outcome.held_back, outcome.held_back[0].reason
        text, files = outcome.after.text, outcome.files
    assert text == (example.before if example.after is None else example.after)
    assert {change.path: change.after.decode() for change in files} == dict(example.after_files)


def _suggested(rule: Rule, example: Example) -> tuple[str, tuple[FileChange, ...]]:
    dockerfile = parse(example.before)
    fixes = [finding.fix for finding in rule.check(dockerfile, _context(example)) if finding.fix is not None]
    assert [fix.applicability for fix in fixes] == [Applicability.SUGGESTION]
    return parse(apply_edits(dockerfile.source, fixes[0].edits)).text, fixes[0].files


@pytest.mark.parametrize(("rule", "example"), _CASES)
def test_example_is_found_or_not(rule: Rule, example: Example) -> None:
    found = [f for f in rule.check(parse(example.before), _context(example)) if not f.declined]
    if example.expected is None:
        assert bool(found) == (example.after is not None)
        assert all(f.fix is None for f in found)
        assert all(f.because for f in found)
    else:
        applicability = {f.fix.applicability for f in found if f.fix is not None}
        assert applicability == {example.expected}


@pytest.mark.parametrize(("rule", "example"), _CASES)
def test_second_run_leaves_the_result_alone(rule: Rule, example: Example) -> None:
    unsafe = example.expected is Applicability.UNSAFE
    first = _repaired(rule, example)
    check(first.after)
    context = _context(example).with_files({change.path: change.after for change in first.files})
    assert not repair(first.after, context, [rule], unsafe=unsafe).changed


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_rule_has_enough_examples_of_both_kinds(rule: type[Rule]) -> None:
    assert len([example for example in rule.examples if example.expected is None]) >= 5
    assert len([example for example in rule.examples if example.after is not None or example.after_files]) >= 8
    assert len({example.title for example in rule.examples}) == len(rule.examples)
