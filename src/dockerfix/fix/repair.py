"""Repairs one Dockerfile in passes until nothing is left to apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from dockerfix.check import check_dockerfile
from dockerfix.errors import DockerfixError, GateError
from dockerfix.fix.conflicts import choose
from dockerfix.fix.gate import pass_gate
from dockerfix.fix.outcome import Applied, HeldBack, Outcome, Remaining
from dockerfix.fix.shifts import Shifts
from dockerfix.frozen import mutable
from dockerfix.image import changes, image
from dockerfix.programs.entry import entry_file
from dockerfix.rule import Applicability, BuildContext, FileChange, Finding, Rule
from dockerfix.syntax import Dockerfile, check, parse_again
from dockerfix.text import Edit, Position, Span, apply_edits

__all__ = ["repair"]

_PASSES = 25


def repair(
    dockerfile: Dockerfile,
    context: BuildContext,
    rules: Sequence[Rule],
    *,
    unsafe: bool = False,
    settle: bool = True,
) -> Outcome:
    """The file with every repair made that may be made; nothing is written.

    Args:
        unsafe: also apply fixes that may change behaviour.
        settle: repeat until nothing is left to apply. Without it one pass is made where its fixes do not wait for
            each other: enough to know whether there is something to repair. `remaining` then holds what the file as
            it was has besides, and nothing is said of the image.
    Raises:
        ParseError: the text is no Dockerfile.
        GateError: the repairs do not settle; the message names the rules that undo each other.
    """
    check(dockerfile)
    work = _Work(dockerfile, dockerfile, dockerfile, context, {rule.code: rule for rule in rules}, unsafe)
    findings = check_dockerfile(dockerfile, context, rules)
    for number in range(_PASSES):
        changed = work.apply(findings)
        if not settle and number == 0 and not work.waiting:
            return _outcome(work, findings)
        if not changed:
            return _outcome(work, findings, _image_changes(work, context) if settle else ())
        findings = work.look_again()
    codes = ", ".join(sorted({applied.finding.code for applied in work.applied[-4:]}))
    raise GateError(f"the repairs of {codes} undo each other; nothing was changed. Please report this file.")


def _outcome(work: _Work, findings: tuple[Finding, ...], image_changes: tuple[str, ...] = ()) -> Outcome:
    done = {id(a.finding) for a in work.applied} | {id(h.finding) for h in work.held_back}
    remaining = tuple(Remaining(f, work.position(f)) for f in findings if id(f) not in done)
    files = tuple(change for change in work.files.values() if change.before != change.after)
    applied, held_back = tuple(work.applied), tuple(work.held_back)
    return Outcome(work.before, work.dockerfile, files, applied, held_back, remaining, image_changes)


def _image_changes(work: _Work, context: BuildContext) -> tuple[str, ...]:
    if not work.applied:
        return ()
    was = image(work.before, context)
    return changes(was, image(work.dockerfile, work.context), entry_file(was))


@mutable
class _Work:
    """The file on its way through the passes.

    `begun` is the text with which the last pass began, `shifts` are those of earlier passes, `done` the edits of the
    last one in that text; `waiting` counts the fixes that it left to the next one, `refined` those of lines that
    earlier passes wrote.
    """

    before: Dockerfile
    begun: Dockerfile
    dockerfile: Dockerfile
    context: BuildContext
    rules: dict[str, Rule]
    unsafe: bool
    applied: list[Applied] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)
    files: dict[str, FileChange] = field(default_factory=dict)
    shifts: list[Shifts] = field(default_factory=list)
    done: list[Edit] = field(default_factory=list)
    waiting: int = 0
    refined: int = 0

    def apply(self, findings: tuple[Finding, ...]) -> bool:
        """Makes one pass; whether anything was applied. What the gate refuses goes to `held_back`."""
        self.held_back = []
        self.done = []
        start, count = self.dockerfile, len(self.applied) + self.refined
        self.begun = start
        wanted = [finding for finding in findings if self._may_apply(finding)]
        chosen = choose(wanted)
        self.waiting = len(wanted) - len(chosen)
        for together in _by_rule(chosen):
            self._try(together, start)
        return len(self.applied) + self.refined > count

    def look_again(self) -> tuple[Finding, ...]:
        """Ends the pass; what the rules find in its result."""
        self.shifts.append(Shifts(self.done))
        return check_dockerfile(self.dockerfile, self.context, [*self.rules.values()])

    def _try(self, findings: list[Finding], start: Dockerfile) -> None:
        """Makes fixes of one rule together; where the gate refuses them so, halves of them, down to single ones."""
        try:
            self._make(findings, start)
        except DockerfixError as error:
            if len(findings) == 1:
                self.held_back.append(HeldBack(findings[0], self.position(findings[0]), str(error)))
                return
            middle = len(findings) // 2
            self._try(findings[:middle], start)
            self._try(findings[middle:], start)
        else:
            self.refined += sum(map(self._is_of_ours, findings))
            own = (finding for finding in findings if not self._is_of_ours(finding))
            self.applied += (Applied(finding, self.position(finding)) for finding in own)

    def _is_of_ours(self, finding: Finding) -> bool:
        """Whether a finding is about a line that the pass before wrote and did not move: no mistake of the file."""
        if not self.shifts or not self.shifts[-1].is_new(finding.span.start):
            return False
        start = self.begun.source
        line = start[start.rfind(b"\n", 0, finding.span.start) + 1 :].partition(b"\n")[0]
        return line not in self.before.source

    def _may_apply(self, finding: Finding) -> bool:
        if finding.fix is None or finding.fix.applicability is Applicability.SUGGESTION:
            return False
        return self.unsafe or finding.fix.applicability is Applicability.SAFE

    def _make(self, findings: list[Finding], start: Dockerfile) -> None:
        """Applies fixes of one rule on top of those already made in this pass, if the gate lets them through."""
        fixes = [finding.fix for finding in findings if finding.fix is not None]
        edits = [edit for fix in fixes for edit in fix.edits]
        changes = [change for fix in fixes for change in fix.files]
        moved = _shifted(edits, self.done)
        after = self.dockerfile
        if edits:
            same = min(edit.span.start for edit in moved)
            after = parse_again(apply_edits(start.source, self.done + edits), self.dockerfile, same)
        overlay = {change.path: change.after for change in changes}
        context = self.context.with_files(overlay) if overlay else self.context
        may_change = frozenset(self.rules[findings[0].code].may_change)
        pass_gate(self.dockerfile, after, moved, (self.context, context), may_change, overlay)
        self.dockerfile, self.context = after, context
        self.done += edits
        for change in changes:
            first = self.files.get(change.path, change)
            self.files[change.path] = FileChange(change.path, first.before, change.after)

    def position(self, finding: Finding) -> Position:
        """Where a finding of the text with which the last pass began stood in the file as it was."""
        offset = finding.span.start
        for shifts in reversed(self.shifts):
            offset = shifts.before(offset)
        return self.before.index.position(min(offset, len(self.before.source)))


def _by_rule(findings: list[Finding]) -> list[list[Finding]]:
    """The findings of each rule together, in the order in which the rules come first: one promise, one gate."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.code, []).append(finding)
    return list(groups.values())


def _shifted(edits: list[Edit], done: list[Edit]) -> tuple[Edit, ...]:
    """Edits of the pass's first text, moved to where they stand after others were made."""
    if not done:
        return tuple(edits)
    shifts = Shifts(done)
    moved = (Span(shifts.after(edit.span.start), shifts.after(edit.span.start) + len(edit.span)) for edit in edits)
    return tuple(Edit(span, edit.text) for span, edit in zip(moved, edits, strict=True))
