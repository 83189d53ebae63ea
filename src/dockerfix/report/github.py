"""The report as GitHub workflow commands, which become annotations of a pull request.

Source: GitHub Docs, "Workflow commands for GitHub Actions": `::warning file={name},line={line},…::{message}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.report.model import Entry, Failure, FileReport, Report, Status

__all__ = ["github_text"]


def github_text(report: Report) -> str:
    """A command a line: errors for what could not be worked on, warnings for repairs, notices for the rest."""
    return "".join(line + "\n" for line in _commands(report))


def _commands(report: Report) -> Iterator[str]:
    for failure in report.failures:
        yield _failure(failure)
    for file in report.files:
        for one in file.warnings:
            place = f"file={_property(file.place.path)},line={one.line},title=dockerfix"
            yield f"::warning {place}::{_data(f'this comment {one.message}')}"
        for entry in file.entries:
            if entry.status is not Status.DECLINED:
                yield _entry(file, entry)


def _failure(failure: Failure) -> str:
    properties = [f"file={_property(failure.label)}"] if failure.label else []
    properties += [f"line={failure.line}"] if failure.line else []
    return f"::error {','.join([*properties, 'title=dockerfix'])}::{_data(failure.message)}"


def _entry(file: FileReport, entry: Entry) -> str:
    level = "warning" if entry.status is Status.REPAIRED else "notice"
    place = f"file={_property(file.place.path)},line={entry.position.line},col={entry.position.column}"
    message = f"{entry.message}\n{entry.title}: {entry.because}" if entry.title else f"{entry.message}\n{entry.because}"
    return f"::{level} {place},title={_property(f'{entry.code} {entry.name}')}::{_data(message.rstrip())}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
