"""What is told about one Dockerfile: plain values that every format reads and that travel between processes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

from dockerfix.check import Silenced
from dockerfix.errors import DockerfixError
from dockerfix.fix.outcome import Outcome
from dockerfix.frozen import frozen
from dockerfix.report.lines import line_edits
from dockerfix.report.unified import hunks, unified_diff
from dockerfix.rule import Applicability, Fact, FileChange, Finding, Worth, WorthKind
from dockerfix.silences import Misspelling
from dockerfix.text import Edit, Position, Span, apply_edits

__all__ = ["Entry", "Failure", "FileReport", "Place", "Report", "Status", "file_report", "whole_change"]


class Status(Enum):
    """What became of a finding."""

    REPAIRED = "repaired"  # in the result; on disk only after --write
    HELD_BACK = "held back"
    OFFERED = "offered"
    REPORTED = "reported"
    DECLINED = "declined"


@frozen
class Place:
    """How a Dockerfile and the files around it are named in a report.

    Attributes:
        label: the Dockerfile, for people; `<stdin>` for one that has no name.
        path: the Dockerfile, for tools: relative, posix.
        context: the build context in the same way, "" for the folder that the names are relative to.
    """

    label: str
    path: str
    context: str = ""

    def of(self, path: str) -> str:
        """The name of a file of the build context, or of one that is seen from there."""
        return posixpath.normpath(posixpath.join(self.context, path))


@frozen
class Entry:
    """One finding and what became of it.

    Attributes:
        position: in the file as it was.
        span: bytes of the file as it was; None where only the position is known.
        because: why the repair may be trusted that far, why it was held back, or why none is offered.
        edits: the repair in the file as it was; None where it was held back or only fits on top of other repairs.
        files: the same for other files, named as the report names them.
        offer: the change that an offered repair would make to the result, as hunks of a diff.
        facts: what `because` counts on, each with its place.
        worth: what the repair is worth, where that is known.
    """

    code: str
    name: str
    message: str
    position: Position
    status: Status
    applicability: Applicability | None = None
    title: str = ""
    because: str = ""
    span: Span | None = None
    edits: tuple[Edit, ...] | None = None
    files: tuple[FileChange, ...] = ()
    offer: bytes = b""
    facts: tuple[Fact, ...] = ()
    worth: Worth | None = None


@frozen
class FileReport:
    """One Dockerfile: its text before and after, other files of its build context, and each finding.

    Attributes:
        root: the folder of the build context; None when nothing is known of it.
        notes: what a user should know about the build context, a sentence each.
        warnings: comments that were meant to silence rules and do something else.
        silenced: what comments keep quiet; None where nobody asked.
        rule_page: the address of a rule's page, with `{code}` or `{name}` in it; "" where none is configured.
    """

    place: Place
    before: bytes
    after: bytes
    files: tuple[FileChange, ...] = ()
    entries: tuple[Entry, ...] = ()
    image_changes: tuple[str, ...] = ()
    root: Path | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[Misspelling, ...] = ()
    silenced: Silenced | None = None
    rule_page: str = ""

    @property
    def changed(self) -> bool:
        """Whether `--write` would change anything."""
        return self.before != self.after or bool(self.files)

    @property
    def named_files(self) -> tuple[FileChange, ...]:
        """The other files, named as the report names them."""
        return _renamed(self.files, self.place)

    def having(self, *statuses: Status) -> tuple[Entry, ...]:
        """The entries of these statuses, in file order."""
        return tuple(entry for entry in self.entries if entry.status in statuses)

    @property
    def by_worth(self) -> tuple[Entry, ...]:
        """The entries for people: first what stops the build, then by what they are worth, else in file order."""
        return tuple(sorted(self.entries, key=_rank))

    def diff(self) -> bytes:
        """The change of the Dockerfile and of the other files as one unified diff."""
        own = unified_diff(self.place.path, self.before, self.after)
        return own + b"".join(unified_diff(change.path, change.before, change.after) for change in self.named_files)


@frozen
class Failure:
    """A path that could not be worked on: one sentence, and the 1-based line where one is to blame.

    Without a label the message names the place itself.
    """

    label: str
    message: str
    line: int | None = None

    @property
    def sentence(self) -> str:
        """The whole message, with file and line."""
        if not self.label:
            return self.message
        return f"{self.label}:{self.line}: {self.message}" if self.line else f"{self.label}: {self.message}"


@frozen
class Report:
    """Everything one run has to tell, in the order of its files."""

    files: tuple[FileReport, ...] = ()
    failures: tuple[Failure, ...] = ()

    def count(self, *statuses: Status) -> int:
        """How many findings have one of these statuses."""
        return sum(len(file.having(*statuses)) for file in self.files)


def file_report(outcome: Outcome, place: Place, first: Sequence[Finding] = (), *, offers: bool = False) -> FileReport:
    """The report of one outcome.

    Args:
        first: the findings of the file as it was, which give `Entry.span` and `Entry.edits`; without them both stay
            unknown.
        offers: work out `Entry.offer` too.
    """
    known = {_key(finding, outcome.before.index.position(finding.span.start)): finding for finding in first}
    entries = [
        *(_entry(Status.REPAIRED, a.finding, a.position, "", known, place) for a in outcome.applied),
        *(_entry(Status.HELD_BACK, h.finding, h.position, h.reason, known, place) for h in outcome.held_back),
    ]
    for item in outcome.remaining:
        entry = _entry(_status(item.finding), item.finding, item.position, "", known, place)
        if offers and item.finding.fix is not None:
            entry = _with_offer(entry, outcome, item.finding)
        entries.append(entry)
    entries.sort(key=lambda entry: (entry.position, entry.code))
    return FileReport(
        place,
        outcome.before.source,
        outcome.after.source,
        outcome.files,
        tuple(entries),
        outcome.image_changes,
    )


def _rank(entry: Entry) -> tuple[int, float]:
    worth = entry.worth
    return (len(WorthKind), 0) if worth is None else (worth.kind.rank, -(worth.amount or 0))


def whole_change(report: FileReport) -> tuple[Edit, ...]:
    """All repairs of a Dockerfile together, as edits of whole lines of the file as it was."""
    return line_edits(report.before, report.after)


def _status(finding: Finding) -> Status:
    if finding.declined:
        return Status.DECLINED
    return Status.OFFERED if finding.fix is not None else Status.REPORTED


def _key(finding: Finding, position: Position) -> tuple[str, str, Position, str]:
    return finding.code, finding.message, position, finding.fix.title if finding.fix else ""


def _entry(
    status: Status,
    finding: Finding,
    position: Position,
    reason: str,
    known: dict[tuple[str, str, Position, str], Finding],
    place: Place,
) -> Entry:
    fix = finding.fix
    first = known.get(_key(finding, position))
    original = first.fix if first is not None and status is not Status.HELD_BACK else None
    return Entry(
        finding.code,
        finding.name,
        finding.message,
        position,
        status,
        applicability=fix.applicability if fix else None,
        title=fix.title if fix else "",
        because=reason or (fix.because if fix else finding.because),
        span=first.span if first is not None else None,
        edits=original.edits if original is not None else None,
        files=_renamed(original.files, place) if original is not None else (),
        facts=tuple(replace(one, path=one.path and place.of(one.path)) for one in finding.facts),
        worth=finding.worth,
    )


def _renamed(files: Iterable[FileChange], place: Place) -> tuple[FileChange, ...]:
    return tuple(FileChange(place.of(change.path), change.before, change.after) for change in files)


def _with_offer(entry: Entry, outcome: Outcome, finding: Finding) -> Entry:
    assert finding.fix is not None  # the caller asked
    source = outcome.after.source
    try:
        wanted = apply_edits(source, finding.fix.edits)
    except DockerfixError:
        return entry
    parts = [hunks(source, wanted, context=1)]
    parts += [unified_diff(change.path, change.before, change.after) for change in finding.fix.files]
    return replace(entry, offer=b"".join(parts))
