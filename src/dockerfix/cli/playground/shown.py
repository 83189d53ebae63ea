"""The page's parts: values of a report, handed to templates that escape whatever stands in them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from dockerfix.frozen import frozen
from dockerfix.report.model import Entry, FileReport, Report, Status
from dockerfix.report.names import quoted
from dockerfix.report.styled import diff_role
from dockerfix.text import decode

__all__ = ["error_page", "front_page", "part", "result_page"]

_ROOM = "dockerfix.cli.playground"
_SPOKEN = {"added": "added", "removed": "removed"}


@frozen
class _Finding:
    line: int
    code: str
    name: str
    what: str
    because: str
    verdict: str


@frozen
class _DiffLine:
    text: str
    role: str
    spoken: str


@frozen
class _Text:
    """A file as it is after the repairs."""

    path: str
    text: str


@frozen
class _File:
    path: str
    findings: tuple[_Finding, ...]
    diff: tuple[_DiffLine, ...]
    image_changes: tuple[str, ...]
    results: tuple[_Text, ...]
    notes: tuple[str, ...]


def part(name: str) -> bytes:
    """A file that the page loads."""
    return (files(_ROOM) / "page" / name).read_bytes()


def front_page() -> str:
    """The page before anything was asked."""
    return _templates().get_template("page.html").render()


def error_page(sentence: str) -> str:
    """In place of a result."""
    return _templates().get_template("error.html").render(sentence=sentence)


def result_page(report: Report) -> str:
    """What was found."""
    shown = [_file(file) for file in report.files]
    failures = [failure.sentence for failure in report.failures]
    return _templates().get_template("result.html").render(files=shown, failures=failures)


@cache
def _templates() -> Environment:
    loader = PackageLoader(_ROOM, "page")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _file(report: FileReport) -> _File:
    changes = [_Text(quoted(change.path), _readable(change.after)) for change in report.named_files]
    own = [_Text(quoted(report.place.path), _readable(report.after))] if report.before != report.after else []
    return _File(
        path=quoted(report.place.label),
        findings=tuple(_finding(entry) for entry in report.entries if entry.status is not Status.DECLINED),
        diff=tuple(_diff_line(line) for line in _readable(report.diff()).split("\n")[:-1]),
        image_changes=report.image_changes,
        results=(*own, *changes),
        notes=report.notes,
    )


def _finding(entry: Entry) -> _Finding:
    what = entry.title or entry.message
    return _Finding(entry.position.line, entry.code, entry.name, what, entry.because, _verdict(entry))


def _verdict(entry: Entry) -> str:
    if entry.status is Status.HELD_BACK:
        return "held back"
    return entry.applicability.value if entry.applicability else "no repair"


def _diff_line(line: str) -> _DiffLine:
    role = diff_role(line)
    return _DiffLine(line, role, _SPOKEN.get(role, ""))


def _readable(raw: bytes) -> str:
    return decode(raw).encode("utf-8", "replace").decode("utf-8")
