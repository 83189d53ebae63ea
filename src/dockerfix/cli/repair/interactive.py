"""`--write --interactive`: one repair after the other, as `git add -p`: its diff, why, and a letter from a person."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dockerfix.check import check_dockerfile
from dockerfix.cli.files.targets import Target, place_of
from dockerfix.cli.files.work import Task, again, prepared, told
from dockerfix.cli.terminal import Terminal
from dockerfix.fix import Outcome, repair
from dockerfix.fix.outcome import Applied, HeldBack, Remaining
from dockerfix.report.model import Failure, FileReport, file_report
from dockerfix.report.names import quoted
from dockerfix.report.styled import Line, Part
from dockerfix.report.unified import unified_diff
from dockerfix.rule import Applicability, FileChange, Finding
from dockerfix.run import OnDisk
from dockerfix.run.several import answering
from dockerfix.syntax import Dockerfile
from dockerfix.text import Position, apply_edits, decode

__all__ = ["Conversation"]

_LETTERS = "y,n,a,d,f,q,?"
_HELP = """y  make this repair
n  do not make it
a  make this one and all further ones of this rule
d  do not make this one, nor any further one of this rule
f  leave the rest of this file as it is
q  quit; what was said yes to is written
?  print this help
"""


@dataclass
class Conversation:
    """What a person said so far; one for a whole run."""

    terminal: Terminal
    always: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    has_quit: bool = False
    changes: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def about(self, target: Target) -> FileReport | Failure:
        """Ask about each repair of one Dockerfile; nothing is written. After `q` nothing more is asked.

        Dockerfiles that share a build context see what was said yes to for an earlier one.
        """
        return told(Task(target), self._report)

    def _report(self, task: Task) -> FileReport:
        report = _File(self, self._informed(task)).report()
        if report.root is not None and report.files:
            seen = self.changes.setdefault(os.path.realpath(report.root), {})
            seen.update({change.path: change.after for change in report.files})
        return report

    def _informed(self, task: Task) -> Task:
        for context, overlay in self.changes.items():
            informed = again(task, context, overlay)
            root = prepared(informed).root
            if root is not None and os.path.realpath(root) == context:
                return informed
        return task

    def answer(self, question: str) -> str:
        """The letter typed; the end of the input counts as `q`."""
        while True:
            self.terminal.ask(f"{question} [{_LETTERS}] ")
            typed = sys.stdin.readline()
            letter = typed.strip().lower()[:1] if typed else "q"
            if letter and letter in "ynadfq":
                return letter
            self.terminal.show([Line((Part(line),)) for line in _HELP.splitlines()], "stderr")


class _File:
    """One Dockerfile on its way through the answers."""

    def __init__(self, talk: Conversation, task: Task) -> None:
        self._talk, self._target = talk, task.target
        self._found = prepared(task)
        self._before = self._found.dockerfile
        self._refused: Counter[tuple[str, ...]] = Counter()
        self._files: dict[str, FileChange] = {}
        self._applied: list[Applied] = []
        self._held: list[HeldBack] = []
        self._ended = False

    def report(self) -> FileReport:
        while not (self._ended or self._talk.has_quit):
            finding = next(self._open(), None)
            if finding is None:
                break
            self._settle(finding)
        found, target = self._found, self._target
        left = tuple(Remaining(f, self._position(f)) for f in _findings(found))
        files = tuple(self._files.values())
        outcome = Outcome(self._before, found.dockerfile, files, tuple(self._applied), tuple(self._held), left)
        place = target.place if target.is_told else place_of(target.path, found.root, target.base)
        return replace(file_report(outcome, place), root=found.root, notes=found.notes)

    def _open(self) -> Iterator[Finding]:
        """What may be repaired and nobody has said no to, in file order."""
        seen: Counter[tuple[str, ...]] = Counter()
        for finding in _findings(self._found):
            if not _may_apply(finding, self._found) or finding.code in self._talk.never:
                continue
            key = _key(finding, self._found.dockerfile)
            seen[key] += 1
            if seen[key] > self._refused[key]:
                yield finding

    def _settle(self, finding: Finding) -> None:
        letter = "y" if finding.code in self._talk.always else self._asked(finding)
        if letter == "a":
            self._talk.always.add(finding.code)
        elif letter == "d":
            self._talk.never.add(finding.code)
        self._ended = letter == "f"
        self._talk.has_quit = letter == "q"
        if letter in "ya":
            self._make(finding)
        else:
            self._refused[_key(finding, self._found.dockerfile)] += 1

    def _asked(self, finding: Finding) -> str:
        assert finding.fix is not None  # `_open` yields no others
        place = quoted(self._target.place.label)
        at = f"{place}:{self._found.dockerfile.index.line(finding.span.start)}"
        what = (Part(at, "path"), Part(f"  {finding.code}", "code"), Part(f" {finding.name}: ", "name"))
        verdict = f" [{finding.fix.applicability.value}]"
        self._talk.terminal.show(
            (
                Line((*what, Part(finding.fix.title), Part(verdict, "safe"))),
                Line((Part(finding.fix.because, "why"),), indent=4),
            ),
            "stderr",
        )
        self._talk.terminal.show_text_diff(self._diff(finding), "stderr")
        return self._talk.answer("Make this repair?")

    def _diff(self, finding: Finding) -> str:
        assert finding.fix is not None  # `_open` yields no others
        source = self._found.dockerfile.source
        own = unified_diff(self._target.place.path, source, apply_edits(source, finding.fix.edits))
        place = self._target.place
        others = (unified_diff(place.of(one.path), one.before, one.after) for one in finding.fix.files)
        return decode(own + b"".join(others))

    def _make(self, finding: Finding) -> None:
        """Make one repair through the same gate as all; what it refuses is told and not asked about again."""
        found, start = self._found, self._found.dockerfile
        rule = next(rule for rule in found.rules if rule.code == finding.code)
        once = iter([finding])  # a second pass finds nothing: what the repair leads to is asked about next
        alone = answering(rule, lambda *_: list(once))
        made = repair(start, found.context, [alone], unsafe=found.unsafe)
        at = self._position(finding)
        if not made.changed:
            self._refused[_key(finding, start)] += 1
            self._held += (HeldBack(finding, at, held.reason) for held in made.held_back)
            return
        self._applied.append(Applied(finding, at))
        for change in made.files:
            first = self._files.get(change.path, change)
            self._files[change.path] = FileChange(change.path, first.before, change.after)
        (name, context), *others = found.contexts
        changed = context.with_files({change.path: change.after for change in made.files}) if made.files else context
        self._found = replace(found, dockerfile=made.after, contexts=((name, changed), *others))

    def _position(self, finding: Finding) -> Position:
        return self._found.dockerfile.index.position(finding.span.start)


def _findings(found: OnDisk) -> tuple[Finding, ...]:
    return check_dockerfile(found.dockerfile, found.context, found.rules)


def _may_apply(finding: Finding, found: OnDisk) -> bool:
    if finding.fix is None:
        return False
    return finding.fix.applicability is Applicability.SAFE or (
        found.unsafe and finding.fix.applicability is Applicability.UNSAFE
    )


def _key(finding: Finding, dockerfile: Dockerfile) -> tuple[str, ...]:
    """What stays the same of a finding while others are repaired around it."""
    text = decode(dockerfile.source[finding.span.start : finding.span.end])
    return finding.code, finding.message, finding.fix.title if finding.fix else "", text
