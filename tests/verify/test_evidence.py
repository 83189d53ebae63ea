"""What a failure names as its cause."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from proofs import AFTER, BEFORE

from dockerfix.project.context.told import Missing
from dockerfix.verify.evidence import missing_of
from dockerfix.verify.measured import Measured, Started


def ended(*log: str, denied: tuple[str, ...] | None = None, complaints: tuple[str, ...] = ()) -> Measured:
    return replace(AFTER, started=Started(ended=1, log=log, denied=denied, complaints=complaints))


def test_paths_that_were_denied_are_written_to() -> None:
    found = missing_of(ended(denied=("/app/instance", "/app/__pycache__/x.pyc", "/tmp/x")), BEFORE, Path("/none"))
    assert found == Missing(writes=("/app/instance",))


def test_what_was_denied_before_is_no_evidence() -> None:
    assert BEFORE.started is not None
    before = replace(BEFORE, started=replace(BEFORE.started, denied=("/data/x",)))
    assert missing_of(ended(denied=("/data/x",)), before, Path("/none")) == Missing()


def test_a_complaint_without_a_path_means_what_the_image_wrote_as_it_was() -> None:
    assert BEFORE.started is not None
    before = replace(BEFORE, started=replace(BEFORE.started, written=("/app/app.db",)))
    after = ended("unable to open database file", complaints=("unable to open database file",))
    assert missing_of(after, before, Path("/none")).writes == ("/app/app.db",)


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("sh: 1: curl: not found", "curl"),
        ("/app/run.sh: line 3: git: command not found", "git"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", "ffmpeg"),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "libGL.so.1"),
        ("error: command 'gcc' failed: No such file or directory", "gcc"),
        ("Error: pg_config executable not found.", None),
        ("Error: spawn convert ENOENT", "convert"),
        ('exec: "tini": executable file not found in $PATH', "tini"),
        ("all is well", None),
    ],
)
def test_programs_and_libraries_that_are_not_there(line: str, program: str | None) -> None:
    assert missing_of(ended(line), BEFORE, Path("/none")).programs == (() if program is None else (program,))


@pytest.mark.parametrize(
    "line",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: '/app/docs/page.md'",
        "FileNotFoundError: [Errno 2] No such file or directory: 'docs/page.md'",
        "Error: ENOENT: no such file or directory, open '/srv/docs/page.md'",
        "cat: can't open 'docs/page.md': No such file or directory",
        'ERROR: failed to compute cache key: "/docs/page.md": not found',
    ],
)
def test_a_file_of_the_context_that_is_not_there(tmp_path: Path, line: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("")
    assert missing_of(ended(line), BEFORE, tmp_path).files == ("docs/page.md",)


def test_a_failed_build_is_read_too() -> None:
    build = replace(AFTER.build, ok=False, last_lines=("#8 1.2 /bin/sh: 1: gcc: not found",))
    assert missing_of(Measured(build), BEFORE, Path("/none")).programs == ("gcc",)
