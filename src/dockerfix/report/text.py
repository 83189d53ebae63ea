"""The report for people: a line per finding, what changes in the image, what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dockerfix.check import Silenced
from dockerfix.frozen import frozen
from dockerfix.report.model import Entry, Failure, FileReport, Report, Status
from dockerfix.report.styled import Block, Line, Part, Role, Row, Rows
from dockerfix.rule import Applicability
from dockerfix.text import LineIndex, decode

__all__ = ["IMAGES_TOLD", "Manner", "Mode", "NextStep", "failure_blocks", "text_blocks"]

Mode = Literal["check", "diff", "write"]

IMAGES_TOLD = 3  # changed Dockerfiles up to which their images are told about unasked

_ROLES: dict[Applicability, Role] = {
    Applicability.SAFE: "safe",
    Applicability.UNSAFE: "unsafe",
    Applicability.SUGGESTION: "suggestion",
}


@frozen
class NextStep:
    """A command a person may type next, and what it does."""

    command: str
    effect: str


@frozen
class Manner:
    """How much is said.

    Attributes:
        quiet: findings only.
        verbose: declined notes and files without findings too, and each offered edit.
        steps: what may be typed next; those that lead nowhere are left out by the caller.
    """

    mode: Mode
    quiet: bool = False
    verbose: bool = False
    steps: tuple[NextStep, ...] = ()


def text_blocks(report: Report, manner: Manner) -> tuple[Block, ...]:
    """The whole report, failures left out."""
    return tuple(_blocks(report, manner))


def failure_blocks(failures: tuple[Failure, ...]) -> tuple[Block, ...]:
    """One sentence for each path that could not be worked on."""
    return tuple(Line((Part("error: ", "error"), Part(failure.sentence))) for failure in failures)


def _blocks(report: Report, manner: Manner) -> Iterator[Block]:
    rows = [row for file in report.files for row in _rows(file, manner)]
    if rows:
        yield Rows(tuple(rows))
    if manner.quiet:
        return
    if manner.verbose or sum(file.changed for file in report.files) <= IMAGES_TOLD:
        yield from _image_blocks(report, spaced=bool(rows))
    if not report.files:
        return
    if rows:
        yield Line()
    yield Line((Part(_summary(report, manner), "title" if _to_do(report) else "good"),))
    if manner.steps:
        steps = (Row((Part(step.command, "command"),), (Part(step.effect, "why"),)) for step in manner.steps)
        yield Rows(tuple(steps), indent=2)


def _rows(file: FileReport, manner: Manner) -> Iterator[Row]:
    shown = [entry for entry in file.entries if manner.verbose or entry.status is not Status.DECLINED]
    for entry in shown:
        place = f":{entry.position.line}:{entry.position.column}"
        yield Row((Part(file.place.label, "path"), Part(place, "why")), tuple(_sentence(entry)), decode(entry.offer))
    yield from _warnings(file)
    if manner.verbose and file.silenced is not None:
        yield from _silenced(file, file.silenced)
    if manner.verbose and not shown:
        yield Row((Part(file.place.label, "path"),), (Part("nothing to change", "why"),))
    for note in file.notes if manner.verbose or (shown and not manner.quiet) else ():
        yield Row((Part(file.place.label, "path"),), (Part(f"note: {note}", "why"),))


def _warnings(file: FileReport) -> Iterator[Row]:
    for one in file.warnings:
        place = (Part(file.place.label, "path"), Part(f":{one.line}", "why"))
        yield Row(place, (Part("warning: ", "unsafe"), Part(f"this comment {one.message}")))


def _silenced(file: FileReport, silenced: Silenced) -> Iterator[Row]:
    index = LineIndex(file.before)
    for finding, line in silenced.findings:
        at = index.position(finding.span.start)
        place = (Part(file.place.label, "path"), Part(f":{at.line}:{at.column}", "why"))
        what = (Part(finding.code, "code"), Part(f" {finding.name}: ", "name"), Part(finding.message))
        where = f"line {line}" if line else "a directive"
        yield Row(place, (*what, Part(f" [silenced by {where}]", "none")))
    for one in silenced.unused:
        place = (Part(file.place.label, "path"), Part(f":{one.line}", "why"))
        yield Row(place, (Part(f"note: {one.text} silences nothing", "why"),))


def _sentence(entry: Entry) -> Iterator[Part]:
    """`CODE name: what — why [safe: because]`."""
    yield Part(entry.code, "code")
    yield Part(" ")
    yield Part(f"{entry.name}: ", "name")
    yield Part(entry.title or entry.message)
    if entry.title:
        yield Part(f" — {entry.message}", "why")
    word, role = _verdict(entry)
    yield Part(" ")
    yield Part(f"[{word}", role)
    yield Part(f": {entry.because}" if entry.because else "", "why")
    yield Part("]", role)


def _verdict(entry: Entry) -> tuple[str, Role]:
    if entry.status is Status.HELD_BACK:
        return "held back", "unsafe"
    if entry.status is Status.DECLINED:
        return "left alone", "none"
    if entry.applicability is None:
        return "no repair", "none"
    return entry.applicability.value, _ROLES[entry.applicability]


def _image_blocks(report: Report, *, spaced: bool) -> Iterator[Block]:
    changed = [file for file in report.files if file.image_changes]
    for file in changed:
        if spaced:
            yield Line()
        of_which = f" built from {file.place.label}" if len(report.files) > 1 else ""
        yield Line((Part(f"What changes in the image{of_which}", "title"),))
        yield from (Line((Part(change),), indent=2) for change in file.image_changes)


def _to_do(report: Report) -> bool:
    return (
        any(file.changed for file in report.files)
        or report.count(Status.OFFERED, Status.REPORTED, Status.HELD_BACK) > 0
    )


def _summary(report: Report, manner: Manner) -> str:
    repairs = report.count(Status.REPAIRED)
    left = "; ".join(_left_over(report))
    if repairs:
        made = {"check": "can be made", "diff": "as shown", "write": "made"}[manner.mode]
        first = f"{_count(repairs, 'repair')} {made} in {_changed_files(report)}"
    else:
        first = "Nothing to change" if manner.mode == "write" else "Nothing to repair"
        first += f" in {_count(len(report.files), 'Dockerfile')}"
    return f"{first}; {left}" if left else first


def _changed_files(report: Report) -> str:
    dockerfiles = sum(file.changed for file in report.files)
    others = {change.path for file in report.files for change in file.named_files}
    return _count(dockerfiles, "Dockerfile") + (f" and {', '.join(sorted(others))}" if 0 < len(others) < 4 else "")


def _left_over(report: Report) -> Iterator[str]:
    offered = [entry for file in report.files for entry in file.having(Status.OFFERED)]
    unsafe = sum(entry.applicability is Applicability.UNSAFE for entry in offered)
    if unsafe:
        yield f"{_count(unsafe, 'unsafe repair')} offered"
    if len(offered) > unsafe:
        yield _count(len(offered) - unsafe, "suggestion")
    if report.count(Status.REPORTED):
        yield f"{_count(report.count(Status.REPORTED), 'mistake')} without a repair"
    if report.count(Status.HELD_BACK):
        yield f"{_count(report.count(Status.HELD_BACK), 'repair')} held back"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
