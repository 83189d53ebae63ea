"""One Dockerfile, several build contexts: a repair has to be the same, and right, in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from dockerfix.errors import DockerfixError
from dockerfix.fix.gate import pass_gate
from dockerfix.fix.outcome import Outcome
from dockerfix.fix.repair import repair
from dockerfix.rule import Applicability, BuildContext, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, parse
from dockerfix.text import apply_edits

__all__ = ["answering", "in_all", "only_reported", "repair_in_all"]

Check = Callable[[Dockerfile, BuildContext], Iterable[Finding]]


def repair_in_all(
    dockerfile: Dockerfile,
    contexts: Sequence[tuple[str, BuildContext]],
    rules: Sequence[Rule],
    *,
    unsafe: bool = False,
) -> Outcome:
    """The file with every repair made that is right in each of its build contexts; as `repair` for one.

    Args:
        contexts: each with its name for people; the first one is what `image_changes` speaks of.
    """
    held = in_all(rules, contexts) if len(contexts) > 1 else tuple(rules)
    return repair(dockerfile, contexts[0][1], held, unsafe=unsafe)


def in_all(rules: Sequence[Rule], contexts: Sequence[tuple[str, BuildContext]]) -> tuple[Rule, ...]:
    """The same rules, to be asked in the first of several contexts: their fixes hold in the others, too.

    A fix that some context does not need or have, that differs, or that the write gate refuses there becomes a
    suggestion that names the contexts. So does one that changes other files, which each context has for itself.
    """
    return tuple(answering(rule, _Everywhere(rule, contexts).check) for rule in rules)


def only_reported(rules: Sequence[Rule], reason: str) -> tuple[Rule, ...]:
    """The same rules, whose fixes are shown and never applied.

    Args:
        reason: why, in one line.
    """

    def reported(rule: Rule) -> Check:
        return lambda dockerfile, context: (_suggested(f, reason) for f in rule.check(dockerfile, context))

    return tuple(answering(rule, reported(rule)) for rule in rules)


def answering(rule: Rule, check: Check) -> Rule:
    """A rule that is the same but for its answers."""
    kind = type(rule)
    made = type(kind.__name__, (kind,), {"check": lambda _, *args: check(*args), "__doc__": kind.__doc__})
    copy = made(rule.options)
    assert isinstance(copy, Rule)  # `kind` is one
    return copy


def _suggested(finding: Finding, reason: str) -> Finding:
    if finding.fix is None:
        return finding
    fix = replace(finding.fix, applicability=Applicability.SUGGESTION, because=reason)
    return replace(finding, fix=fix, because=reason)


class _Everywhere:
    """The answers of a rule in several contexts, made one."""

    def __init__(self, rule: Rule, contexts: Sequence[tuple[str, BuildContext]]) -> None:
        self._rule = rule
        self._others = contexts[1:]
        *most, last = (name for name, _ in contexts)
        self._names = f"{', '.join(most)} and {last}"

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        answers = [{_key(f): f for f in self._rule.check(dockerfile, one)} for _, one in self._others]
        for finding in self._rule.check(dockerfile, context):
            theirs = [answer.pop(_key(finding), None) for answer in answers]
            yield self._joined(finding, theirs, dockerfile)
        seen = set()
        for (name, _), answer in zip(self._others, answers, strict=True):
            for key, finding in answer.items():
                if key not in seen and not finding.declined:
                    yield _suggested(finding, f"it is built from {self._names}, and this is wrong from {name} only")
                seen.add(key)

    def _joined(self, finding: Finding, theirs: list[Finding | None], dockerfile: Dockerfile) -> Finding:
        fix = finding.fix
        if fix is None:
            return finding
        if fix.files:
            return _suggested(finding, f"it is built from {self._names}, each with files of its own: use --context")
        for (name, context), their in zip(self._others, theirs, strict=True):
            reason = self._difference(fix, their, dockerfile, context)
            if reason is not None:
                return _suggested(finding, f"it is built from {self._names}, and from {name} {reason}")
        fixes = [fix, *(their.fix for their in theirs if their is not None and their.fix is not None)]
        weakest = max(fixes, key=lambda one: one.applicability.rank)
        return replace(finding, fix=weakest, because=weakest.because)

    def _difference(self, fix: Fix, their: Finding | None, dockerfile: Dockerfile, context: BuildContext) -> str | None:
        """Why a fix of the first context is not right in another one; None when it is."""
        if their is None:
            return "nothing is wrong"
        if their.fix is None:
            return f"no repair is known: {their.because}" if their.because else "no repair is known"
        if (their.fix.edits, their.fix.files) != (fix.edits, ()):
            return "the repair is another one"
        if not fix.edits:
            return None
        after = parse(apply_edits(dockerfile.source, fix.edits))
        try:
            pass_gate(dockerfile, after, fix.edits, (context, context), frozenset(self._rule.may_change))
        except DockerfixError as error:
            return f"this one is refused: {error}"
        return None


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.span, finding.message
