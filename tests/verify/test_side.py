"""Copies of a build context: ours to change, and the user's as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.errors import FileError
from dockerfix.rule import FileChange
from dockerfix.syntax import parse
from dockerfix.verify.side import Side, copied_context
from dockerfix.verify.touched import dependency_file, source_file

TEXT = "FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD python main.py\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "lib").mkdir(parents=True)
    (folder / "Dockerfile").write_text(TEXT)
    (folder / "main.py").write_text("print(1)\n")
    (folder / "requirements.txt").write_text("flask\n")
    (folder / "lib" / "tool.sh").write_text("#!/bin/sh\n")
    (folder / "lib" / "tool.sh").chmod(0o755)
    (folder / "link").symlink_to("/etc/hostname")
    return folder


def copy(project: Path, tmp_path: Path, *changes: FileChange, limit: int = 10**6) -> Side:
    return copied_context(project, project / "Dockerfile", parse(TEXT.encode()), changes, tmp_path / "copy", limit)


def test_a_copy_keeps_modes_and_links(project: Path, tmp_path: Path) -> None:
    side = copy(project, tmp_path)
    assert (side.context / "lib" / "tool.sh").stat().st_mode & 0o777 == 0o755
    assert (side.context / "link").is_symlink()
    assert side.dockerfile == side.context / "Dockerfile"


def test_changes_are_made_in_the_copy_alone(project: Path, tmp_path: Path) -> None:
    side = copy(project, tmp_path, FileChange(".dockerignore", None, b".git\n"))
    side.touch("main.py", 2)
    assert (side.context / ".dockerignore").read_bytes() == b".git\n"
    assert (side.context / "main.py").read_text() == "print(1)\n\n\n"
    assert (project / "main.py").read_text() == "print(1)\n"
    assert not (project / ".dockerignore").exists()


def test_a_change_never_follows_a_link_out_of_the_copy(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (project / ".dockerignore").symlink_to(outside)
    side = copy(project, tmp_path, FileChange(".dockerignore", None, b".git\n"))
    assert outside.read_text() == "mine"
    assert (side.context / ".dockerignore").read_bytes() == b".git\n"


def test_a_context_above_the_limit_is_not_copied(project: Path, tmp_path: Path) -> None:
    (project / "large").write_bytes(b"x" * 2_000)
    with pytest.raises(FileError, match="--size-limit"):
        copy(project, tmp_path, limit=1_000)


def test_a_dockerfile_outside_its_context_keeps_its_ignore_file(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "images" / "web.Dockerfile"
    place.parent.mkdir()
    place.write_text(TEXT)
    place.with_name("web.Dockerfile.dockerignore").write_text("lib\n")
    side = copied_context(project, place, parse(TEXT.encode()), (), tmp_path / "copy", 10**6)
    assert not side.dockerfile.is_relative_to(side.context)
    assert side.dockerfile.with_name(side.dockerfile.name + ".dockerignore").read_text() == "lib\n"


def test_the_files_that_are_touched_are_those_that_people_edit(project: Path, tmp_path: Path) -> None:
    model = copy(project, tmp_path).model
    assert (source_file(model), dependency_file(model)) == ("main.py", "requirements.txt")


def test_the_model_ends_with_the_stage_that_is_built(project: Path, tmp_path: Path) -> None:
    text = "FROM python:3.12-slim AS prod\nCMD python main.py\nFROM prod AS dev\nUSER nobody\n"
    side = copied_context(project, project / "Dockerfile", parse(text.encode()), (), tmp_path / "copy", 10**6, "prod")
    assert side.model.final is not None
    assert side.model.final.name == "prod"
