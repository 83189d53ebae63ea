"""Repairs one Dockerfile in passes until nothing is left to apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dockerfix.check import check_dockerfile
from dockerfix.errors import DockerfixError, GateError
from dockerfix.fix.conflicts import choose
from dockerfix.fix.gate import pass_gate
from dockerfix.fix.outcome import Applied, HeldBack, Outcome, Remaining
from dockerfix.image import changes, image
from dockerfix.image.entry import entry_file
from dockerfix.rule import Applicability, BuildContext, FileChange, Finding, Rule
from dockerfix.syntax import Dockerfile, check, parse
from dockerfix.text import Edit, Position, apply_edits

__all__ = ["repair"]

_PASSES = 25


def repair(dockerfile: Dockerfile, context: BuildContext, rules: Sequence[Rule], *, unsafe: bool = False) -> Outcome:
    """The file with every repair made that may be made; nothing is written.

    Args:
        unsafe: also apply fixes that may change behaviour.
    Raises:
        ParseError: the text is no Dockerfile.
        GateError: the repairs do not settle; the message names the rules that undo each other.
    """
    check(dockerfile)
    work = _Work(dockerfile, context, {rule.code: rule for rule in rules}, unsafe)
    findings = check_dockerfile(dockerfile, context, rules)
    for _ in range(_PASSES):
        if not work.apply(findings):
            return _outcome(work, findings, dockerfile, context)
        findings = check_dockerfile(work.dockerfile, work.context, rules)
    codes = ", ".join(sorted({applied.finding.code for applied in work.applied[-4:]}))
    raise GateError(f"the repairs of {codes} undo each other; nothing was changed. Please report this file.")


def _outcome(work: _Work, findings: tuple[Finding, ...], before: Dockerfile, context: BuildContext) -> Outcome:
    held = {id(item.finding) for item in work.held_back}
    remaining = tuple(Remaining(f, work.position(f)) for f in findings if id(f) not in held)
    was, now = image(before, context), image(work.dockerfile, work.context)
    words = changes(was, now, entry_file(was)) if work.applied else ()
    files = tuple(change for change in work.files.values() if change.before != change.after)
    return Outcome(before, work.dockerfile, files, tuple(work.applied), tuple(work.held_back), remaining, words)


@dataclass(slots=True)
class _Work:
    dockerfile: Dockerfile
    context: BuildContext
    rules: dict[str, Rule]
    unsafe: bool
    applied: list[Applied] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)
    files: dict[str, FileChange] = field(default_factory=dict)
    passes: list[tuple[Dockerfile, tuple[Edit, ...]]] = field(default_factory=list)

    def apply(self, findings: tuple[Finding, ...]) -> bool:
        """Makes one pass; whether anything was applied. What the gate refuses goes to `held_back`."""
        self.held_back = []
        start = self.dockerfile
        done: tuple[Edit, ...] = ()
        count = len(self.applied)
        for together in _by_rule(choose(f for f in findings if self._may_apply(f))):
            done += self._try(together, start, done)
        self.passes.append((start, done))
        return len(self.applied) > count

    def _try(self, findings: list[Finding], start: Dockerfile, done: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Makes fixes of one rule together, or one by one where the gate refuses them so; gives the edits made."""
        positions = [self.position(finding, within=start) for finding in findings]
        try:
            made = self._make(findings, start, done)
        except DockerfixError as error:
            if len(findings) == 1:
                self.held_back.append(HeldBack(findings[0], positions[0], str(error)))
                return ()
            made = ()
            for finding in findings:
                made += self._try([finding], start, done + made)
            return made
        self.applied += map(Applied, findings, positions)
        return made

    def _may_apply(self, finding: Finding) -> bool:
        if finding.fix is None or finding.fix.applicability is Applicability.SUGGESTION:
            return False
        return self.unsafe or finding.fix.applicability is Applicability.SAFE

    def _make(self, findings: list[Finding], start: Dockerfile, done: tuple[Edit, ...]) -> tuple[Edit, ...]:
        """Applies fixes of one rule on top of those already made in this pass, if the gate lets them through."""
        fixes = [finding.fix for finding in findings if finding.fix is not None]
        edits = tuple(edit for fix in fixes for edit in fix.edits)
        changes = [change for fix in fixes for change in fix.files]
        after = parse(apply_edits(start.source, done + edits)) if edits else self.dockerfile
        overlay = {change.path: change.after for change in changes}
        context = self.context.with_files(overlay) if overlay else self.context
        may_change = frozenset(self.rules[findings[0].code].may_change)
        pass_gate(self.dockerfile, after, _shifted(edits, done), (self.context, context), may_change, overlay)
        self.dockerfile, self.context = after, context
        for change in changes:
            first = self.files.get(change.path, change)
            self.files[change.path] = FileChange(change.path, first.before, change.after)
        return edits

    def position(self, finding: Finding, within: Dockerfile | None = None) -> Position:
        """Where a finding of the current text stood in the file as it was."""
        offset = finding.span.start
        for _, edits in reversed(self.passes):
            offset = _before(offset, edits)
        first = self.passes[0][0] if self.passes else (within or self.dockerfile)
        return first.index.position(min(offset, len(first.source)))


def _by_rule(findings: list[Finding]) -> list[list[Finding]]:
    """The findings of each rule together, in the order in which the rules come first: one promise, one gate."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    return list(groups.values())


def _shifted(edits: tuple[Edit, ...], done: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Edits of the pass's first text, moved to where they stand after others were made."""
    return tuple(Edit(edit.span.moved(_growth(done, edit.span.start)), edit.text) for edit in edits)


def _growth(done: tuple[Edit, ...], offset: int) -> int:
    return sum(len(edit.text) - len(edit.span) for edit in done if edit.span.end <= offset)


def _before(offset: int, edits: tuple[Edit, ...]) -> int:
    """The place that an offset behind the edits had before them."""
    grown = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start = edit.span.start + grown
        if offset < start:
            break
        if offset < start + len(edit.text):
            return edit.span.start
        grown += len(edit.text) - len(edit.span)
    return offset - grown
