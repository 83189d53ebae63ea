"""What is noted of a run, and the file that it is noted in."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_probe import SLEEPS, process

from dockerfix.cli.verify.noting import note
from dockerfix.errors import FileError
from dockerfix.project.context.told import OBSERVED_FILE, Seen, seen_in
from dockerfix.verify.container.probe import Probe, observe
from dockerfix.verify.measured import Started
from dockerfix.verify.observing import seen_of

SEEN = Seen("2026-12-01", "sha256:1", ("/app/data/", '/app/a "b".db'), (8000,), ("python3",), ("/app/.env",), True)


def test_bytecode_and_everybodys_folders_are_left_out() -> None:
    written = ("/app/x.db", "/app/__pycache__/m.pyc", "/tmp/x", "/run/app.pid", "/app/\x1b[2J")
    assert seen_of(Started(written=written), "").writes == ("/app/x.db",)


def test_a_folder_stands_for_many_files() -> None:
    written = tuple(f"/app/cache/{number}" for number in range(30))
    assert seen_of(Started(written=(*written, "/app/x.db")), "").writes == ("/app/cache/", "/app/x.db")


def test_writing_below_home_is_noted() -> None:
    assert seen_of(Started(written=("/root/.cache/x",), home="/root"), "").home
    assert not seen_of(Started(written=("/app/x",), home="/root"), "").home


def test_a_close_look_tells_programs_and_files_that_were_read() -> None:
    with process(SLEEPS) as running:
        found = observe(running, Probe(seconds=1, looks_closely=True))
    assert (found.programs, found.opened) == (("python3",), ("/app/.env",))


def test_notes_are_read_back(tmp_path: Path) -> None:
    place = note(tmp_path / "Dockerfile", SEEN)
    assert place == tmp_path / OBSERVED_FILE
    assert seen_in(place.read_text(), "Dockerfile") == SEEN


def test_notes_of_other_files_stay(tmp_path: Path) -> None:
    note(tmp_path / "web.Dockerfile", SEEN)
    text = note(tmp_path / "Dockerfile", Seen("2026-12-02")).read_text()
    assert seen_in(text, "web.Dockerfile") == SEEN
    assert seen_in(text, "Dockerfile") == Seen("2026-12-02")


def test_a_file_of_something_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / OBSERVED_FILE).write_text("mine, not TOML")
    with pytest.raises(FileError, match="is no file of notes"):
        note(tmp_path / "Dockerfile", SEEN)
