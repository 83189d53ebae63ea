"""What a repair may change in files other than the Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockerfix.fix import Outcome, repair
from dockerfix.rule import Aspect, BuildContext, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, parse
from dockerfix.text import Span

SOURCE = 'import uvicorn  # the server\n\nuvicorn.run("main:app", port=8000)\nprint("ready", flush=True)\n'


def _written(path: str, before: str | None, after: str, *may_change: Aspect) -> Outcome:
    """What becomes of a file that a rule with these promises would write."""

    class Writes(Rule):
        code = "XX001"
        name = "scripted"
        message = "scripted"
        sources = ()
        examples = ()

        def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
            old = context.read(path)
            if old != after.encode():
                change = FileChange(path, old, after.encode())
                yield self.finding(Span(0, 0), Fix.safe("Write", because="a test says so", files=[change]))

    Writes.may_change = frozenset(may_change)
    files = {} if before is None else {path: before}
    return repair(parse("FROM python:3.12-slim\nCOPY . /app/\n"), BuildContext.of_files(files), [Writes()])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("port=8000", 'host="0.0.0.0", port=8000'),
        ("port=8000", "port=8080"),
        ('"main:app"', '"other:app"'),
        ("port=8000", "port=8000, reload=False"),
    ],
)
def test_constant_arguments_of_one_call_may_change(old: str, new: str) -> None:
    outcome = _written("main.py", SOURCE, SOURCE.replace(old, new), Aspect.PYTHON_SOURCE)
    assert [change.path for change in outcome.files] == ["main.py"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("uvicorn.run(", "hypercorn.run(", "more than the arguments"),
        ("port=8000", "port=PORT", "more than the arguments"),
        (", port=8000", "", "more than the arguments"),
        ("port=8000", "port=8000, **more", "more than the arguments"),
        ("import uvicorn", "import os, uvicorn", "more than the arguments"),
        ("port=8000", "port=8000)\nprint(1", "more than the arguments"),
        ("port=8000", "port=", "could not be parsed"),
        ("# the server", "# a server", "a comment"),
    ],
)
def test_anything_else_in_python_source_is_refused(old: str, new: str, reason: str) -> None:
    outcome = _written("main.py", SOURCE, SOURCE.replace(old, new), Aspect.PYTHON_SOURCE)
    assert not outcome.changed
    assert reason in outcome.held_back[0].reason


def test_two_changed_calls_are_more_than_one_repair() -> None:
    changed = SOURCE.replace("8000", "8080").replace("flush=True", "flush=False")
    outcome = _written("main.py", SOURCE, changed, Aspect.PYTHON_SOURCE)
    assert "2 calls" in outcome.held_back[0].reason


@pytest.mark.parametrize("promise", [Aspect.BUILD_CONTEXT, Aspect.START_COMMAND, Aspect.FILES])
def test_python_source_has_to_be_declared(promise: Aspect) -> None:
    outcome = _written("main.py", SOURCE, SOURCE.replace("8000", "8080"), promise)
    assert not outcome.changed
    assert "Python source" in outcome.held_back[0].reason


@pytest.mark.parametrize(("path", "before"), [("setup.cfg", "a"), ("new.py", None), ("start.sh", "a")])
def test_other_files_take_the_build_context(path: str, before: str | None) -> None:
    refused = _written(path, before, "b\n", Aspect.PYTHON_SOURCE, Aspect.FILES)
    assert path in refused.held_back[0].reason
    assert _written(path, before, "b\n", *Aspect).changed
