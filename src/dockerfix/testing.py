"""For the tests of rules, our own and those of other packages: what a rule makes of a Dockerfile, and its examples."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc

from dockerfix.fix import Outcome, repair
from dockerfix.rule import Applicability, BuildContext, Example, FileChange, Finding, Rule
from dockerfix.syntax import check, parse
from dockerfix.text import apply_edits

__all__ = ["assert_examples", "assert_fixed", "assert_unchanged", "check_example", "findings"]

_LEAST_FOUND, _LEAST_LEFT_ALONE = 8, 5


def findings(text: str, rule: type[Rule], files: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """What a rule says of a Dockerfile, declined notes left out.

    Args:
        files: the build context beside the Dockerfile; None for one of which nothing is known.
    """
    found = _made(rule).check(parse(cleandoc(text)), _context(files))
    return tuple(finding for finding in found if not finding.declined)


def assert_fixed(before: str, after: str, only: type[Rule], files: Mapping[str, str] | None = None) -> None:
    """That the safe repairs of one rule make the first text the second, that BuildKit would take the result, and that
    a second run leaves it alone. Both texts may be indented.
    """
    outcome = repair(parse(cleandoc(before) + "\n"), _context(files), [_made(only)])
    assert not outcome.held_back, f"held back: {outcome.held_back[0].reason}"
    assert outcome.after.text == cleandoc(after) + "\n", outcome.after.text
    check(outcome.after)
    context = _context(files).with_files({change.path: change.after for change in outcome.files})
    assert not repair(outcome.after, context, [_made(only)]).changed, "a second run changes something"


def assert_unchanged(text: str, only: type[Rule], files: Mapping[str, str] | None = None) -> None:
    """That a rule has nothing to say of a Dockerfile; a declined note aside."""
    found = findings(text, only, files)
    assert not found, f"{found[0].message}: {found[0].because}"


def assert_examples(rule: type[Rule]) -> None:
    """That a rule has examples enough of both kinds, each with a title of its own, and that all of them hold."""
    assert len({example.title for example in rule.examples}) == len(rule.examples), "two examples have one title"
    shown = [example for example in rule.examples if example.after is not None or example.after_files]
    assert len(shown) >= _LEAST_FOUND, f"{len(shown)} examples of what is found; {_LEAST_FOUND} are asked for"
    left = [example for example in rule.examples if example.expected is None]
    assert len(left) >= _LEAST_LEFT_ALONE, (
        f"{len(left)} examples that are left alone; {_LEAST_LEFT_ALONE} are asked for"
    )
    for example in rule.examples:
        check_example(rule, example)


def check_example(rule: type[Rule], example: Example) -> None:
    """That an example is found or not as it says, becomes what it says, and stays so in a second run.

    Raises:
        AssertionError: it does not; the message names the example.
    """
    where = f"{rule.code}, {example.title}"
    found = [one for one in _made(rule).check(parse(example.before), _context(example.files)) if not one.declined]
    kinds = {one.fix.applicability for one in found if one.fix is not None}
    if example.expected is None:
        assert bool(found) == (example.after is not None), f"{where}: found {len(found)}"
        assert not kinds, f"{where}: a repair"
        assert all(one.because for one in found), f"{where}: no reason"
    else:
        assert kinds == {example.expected}, f"{where}: {kinds or 'no repair'}"
    text, files = _result(rule, example)
    assert text == (example.before if example.after is None else example.after), f"{where}:\n{text}"
    written = {change.path: change.after.decode() for change in files}
    assert written == dict(example.after_files), f"{where}: writes {sorted(written)}"


def _result(rule: type[Rule], example: Example) -> tuple[str, tuple[FileChange, ...]]:
    context = _context(example.files)
    if example.expected is Applicability.SUGGESTION:
        dockerfile = parse(example.before)
        fixes = [one.fix for one in _made(rule).check(dockerfile, context) if one.fix is not None]
        return parse(apply_edits(dockerfile.source, fixes[0].edits)).text, fixes[0].files
    outcome = _repaired(rule, example, example.before, context)
    assert not outcome.held_back, f"{rule.code}, {example.title}: held back, {outcome.held_back[0].reason}"
    check(outcome.after)
    again = context.with_files({change.path: change.after for change in outcome.files})
    assert not _repaired(rule, example, outcome.after.text, again).changed, f"{example.title}: changed again"
    return outcome.after.text, outcome.files


def _repaired(rule: type[Rule], example: Example, text: str, context: BuildContext) -> Outcome:
    return repair(parse(text), context, [_made(rule)], unsafe=example.expected is Applicability.UNSAFE)


def _made(rule: type[Rule]) -> Rule:
    return rule(rule.example_options)


def _context(files: Mapping[str, str] | None) -> BuildContext:
    return BuildContext.unknown() if files is None else BuildContext.of_files(files)
