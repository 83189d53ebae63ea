"""The report for people: a line for each finding, what changes in the image, what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from dockerfix.check import Silenced
from dockerfix.frozen import frozen
from dockerfix.report.model import Entry, Failure, FileReport, Report, Status
from dockerfix.report.names import quoted
from dockerfix.report.styled import Block, Line, Part, Role, Row, Rows
from dockerfix.rule import Applicability
from dockerfix.text import LineIndex, decode

__all__ = ["IMAGES_TOLD", "Manner", "Mode", "NextStep", "failure_blocks", "ignored_line", "text_blocks"]

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
        statistics: each rule's number of findings in place of the findings.
        steps: what may be typed next; those that lead nowhere are left out by the caller.
    """

    mode: Mode
    quiet: bool = False
    verbose: bool = False
    statistics: bool = False
    steps: tuple[NextStep, ...] = ()


def text_blocks(report: Report, manner: Manner) -> tuple[Block, ...]:
    """The whole report, failures left out."""
    return tuple(_blocks(report, manner))


def failure_blocks(failures: tuple[Failure, ...]) -> tuple[Block, ...]:
    """One sentence for each path that could not be worked on."""
    return tuple(Line((Part("error: ", "error"), Part(_named(failure).sentence))) for failure in failures)


def _named(failure: Failure) -> Failure:
    return replace(failure, label=quoted(failure.label)) if failure.label else failure


def ignored_line(files: Sequence[FileReport]) -> Line:
    """What `--add-ignore` did."""
    changed = [file for file in files if file.changed]
    if not changed:
        return Line((Part(f"Nothing to silence in {_count(len(files), 'Dockerfile')}", "good"),))
    added = sum(file.after.count(b"\n") - file.before.count(b"\n") for file in changed)
    return Line((Part(f"{_count(added, 'comment')} added in {_count(len(changed), 'Dockerfile')}", "title"),))


def statistics_blocks(report: Report) -> tuple[Block, ...]:
    """How many findings each rule has, most first."""
    found = [entry for file in report.files for entry in file.entries if entry.status is not Status.DECLINED]
    counts = Counter((entry.code, entry.name) for entry in found)
    verdicts = Counter((entry.code, _verdict(entry)[0]) for entry in found)
    rows = [
        Row(
            (Part(str(count), "title"),), (Part(code, "code"), Part(f" {name}: ", "name"), Part(_split(code, verdicts)))
        )
        for (code, name), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]
    return (Rows(tuple(rows)),) if rows else ()


def _split(code: str, verdicts: Mapping[tuple[str, str], int]) -> str:
    return ", ".join(f"{count} {word}" for (one, word), count in sorted(verdicts.items()) if one == code)


def _blocks(report: Report, manner: Manner) -> Iterator[Block]:
    rows = [] if manner.statistics else [row for file in report.files for row in _rows(file, manner)]
    if rows:
        yield Rows(tuple(rows), joint=": ")
    if manner.statistics:
        yield from (*statistics_blocks(report), Line())
    if manner.quiet or not report.files:
        return
    if _tells_images(report, manner):
        yield from _image_blocks(report, spaced=bool(rows))
    if rows:
        yield Line()
    yield Line((Part(_summary(report, manner), "title" if _to_do(report) else "good"),))
    unsaid = "" if manner.verbose else _unsaid(report)
    if unsaid:
        yield Line((Part(unsaid, "why"),))
    if manner.steps:
        steps = (Row((Part(step.command, "command"),), (Part(step.effect, "why"),)) for step in manner.steps)
        yield Rows(tuple(steps), indent=2)


def _tells_images(report: Report, manner: Manner) -> bool:
    """Whether the images are told about: a check says what there is to do, and `--diff` what it leads to."""
    if manner.verbose:
        return True
    return manner.mode != "check" and sum(file.changed for file in report.files) <= IMAGES_TOLD


def _rows(file: FileReport, manner: Manner) -> Iterator[Row]:
    shown = [entry for entry in file.by_worth if manner.verbose or entry.status is not Status.DECLINED]
    for entry in shown:
        yield _finding(file, entry)
    yield from _warnings(file)
    if manner.verbose and file.silenced is not None:
        yield from _silenced(file, file.silenced)
    if manner.verbose and not shown:
        yield Row(_place(file), (Part("nothing to change", "why"),))
    for note in file.notes if manner.verbose or (shown and not manner.quiet) else ():
        yield Row(_place(file), (Part(f"note: {note}", "why"),))


def _place(file: FileReport, *numbers: int) -> tuple[Part, ...]:
    """The file, and the line and column in it."""
    behind = "".join(f":{number}" for number in numbers)
    return Part(quoted(file.place.label), "path"), *([Part(behind, "why")] if behind else [])


def _finding(file: FileReport, entry: Entry) -> Row:
    """`CODE name: what is done, or wrong [safe: because]`; a terminal gets the reason on a line of its own."""
    what = (*_rule(file, entry.code, entry.name), Part(entry.title or entry.message))
    word, role = _verdict(entry)
    why = (Part(f": {entry.because}" if entry.because else "", "why"), Part("]", role))
    below = ((Part(entry.because, "why"),),) if entry.because else ()
    return Row(
        _place(file, entry.position.line, entry.position.column),
        (*what, Part(f" [{word}", role), *why),
        decode(entry.offer),
        ((*what, Part(f" [{word}]", role)), *below),
    )


def _rule(file: FileReport, code: str, name: str) -> tuple[Part, ...]:
    link = file.rule_page.replace("{code}", code).replace("{name}", name)
    return Part(code, "code", link), Part(f" {name}: ", "name")


def _warnings(file: FileReport) -> Iterator[Row]:
    for one in file.warnings:
        yield Row(_place(file, one.line), (Part("warning: ", "unsafe"), Part(f"this comment {one.message}")))


def _silenced(file: FileReport, silenced: Silenced) -> Iterator[Row]:
    index = LineIndex(file.before)
    for finding, line in silenced.findings:
        at = index.position(finding.span.start)
        what = (*_rule(file, finding.code, finding.name), Part(finding.message))
        where = f"line {line}" if line else "a directive"
        yield Row(_place(file, at.line, at.column), (*what, Part(f" [silenced by {where}]", "none")))
    for one in silenced.unused:
        yield Row(_place(file, one.line), (Part(f"note: {one.text} silences nothing", "why"),))


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
        of_which = f" built from {quoted(file.place.label)}" if len(report.files) > 1 else ""
        yield Line((Part(f"What changes in the image{of_which}", "title"),))
        yield from (Line((Part(change),), indent=2) for change in file.image_changes)


def _to_do(report: Report) -> bool:
    return (
        any(file.changed for file in report.files)
        or report.count(Status.OFFERED, Status.REPORTED, Status.HELD_BACK) > 0
    )


def _summary(report: Report, manner: Manner) -> str:
    repairs = report.count(Status.REPAIRED)
    left = ", ".join(_left_over(report))
    if repairs:
        made = {"check": "can be made", "diff": "shown", "write": "made"}[manner.mode]
        first = f"{_count(repairs, _kind(report, manner))} {made} in {_changed_files(report)}"
    else:
        first = "Nothing to change" if manner.mode == "write" else "Nothing to repair"
        first += f" in {_count(len(report.files), 'Dockerfile')}"
    return f"{first}; left: {left}" if left else first


def _kind(report: Report, manner: Manner) -> str:
    made = (entry for file in report.files for entry in file.having(Status.REPAIRED))
    is_safe = all(entry.applicability is Applicability.SAFE for entry in made)
    return "safe repair" if is_safe and manner.mode != "write" else "repair"


def _unsaid(report: Report) -> str:
    """What was found and is not shown, in one line."""
    declined = report.count(Status.DECLINED)
    silenced = sum(len(file.silenced.findings) for file in report.files if file.silenced is not None)
    parts = [f"{declined} left alone"] if declined else []
    parts += [f"{silenced} silenced by comments"] if silenced else []
    return f"Not shown: {', '.join(parts)} (--verbose shows them)" if parts else ""


def _changed_files(report: Report) -> str:
    dockerfiles = sum(file.changed for file in report.files)
    others = {change.path for file in report.files for change in file.named_files}
    return _count(dockerfiles, "Dockerfile") + (f" and {', '.join(sorted(others))}" if 0 < len(others) < 4 else "")


def _left_over(report: Report) -> Iterator[str]:
    offered = [entry for file in report.files for entry in file.having(Status.OFFERED)]
    unsafe = sum(entry.applicability is Applicability.UNSAFE for entry in offered)
    if unsafe:
        yield _count(unsafe, "unsafe repair")
    if len(offered) > unsafe:
        yield _count(len(offered) - unsafe, "suggestion")
    if report.count(Status.REPORTED):
        yield f"{_count(report.count(Status.REPORTED), 'finding')} without a repair"
    if report.count(Status.HELD_BACK):
        yield f"{_count(report.count(Status.HELD_BACK), 'repair')} held back"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
