"""The write: whole or not at all, and nothing about the file changes but its text."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dockerfix.errors import FileError
from dockerfix.fix import Outcome, write
from dockerfix.rule import FileChange
from dockerfix.syntax import parse

BEFORE, AFTER = b"FROM a\n", b"FROM b\n"


def _outcome(*files: FileChange) -> Outcome:
    return Outcome(parse(BEFORE), parse(AFTER), files)


def _dockerfile(folder: Path) -> Path:
    path = folder / "Dockerfile"
    path.write_bytes(BEFORE)
    return path


def test_text_is_replaced_and_mode_stays(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    path.chmod(0o640)
    write(_outcome(), tmp_path, path)
    assert path.read_bytes() == AFTER
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["Dockerfile"]


def test_symlink_stays_a_link_to_the_new_text(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = _dockerfile(tmp_path / "real")
    link = tmp_path / "Dockerfile"
    link.symlink_to(target)
    write(_outcome(), tmp_path, link)
    assert link.is_symlink()
    assert target.read_bytes() == AFTER


def test_other_files_are_written_too(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    write(_outcome(FileChange(".dockerignore", None, b".git\n")), tmp_path, path)
    assert (tmp_path / ".dockerignore").read_bytes() == b".git\n"
    assert path.read_bytes() == AFTER


def test_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    path.write_bytes(b"FROM c\n")
    with pytest.raises(FileError, match="changed while"):
        write(_outcome(), tmp_path, path)
    assert path.read_bytes() == b"FROM c\n"


def test_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    (tmp_path / ".dockerignore").write_bytes(b"mine\n")
    with pytest.raises(FileError, match="appeared"):
        write(_outcome(FileChange(".dockerignore", None, b".git\n")), tmp_path, path)
    assert (tmp_path / ".dockerignore").read_bytes() == b"mine\n"
    assert path.read_bytes() == BEFORE


def test_folder_that_is_gone_leaves_everything(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    with pytest.raises(FileError, match="nothing was changed"):
        write(_outcome(FileChange("gone/.dockerignore", None, b".git\n")), tmp_path, path)
    assert path.read_bytes() == BEFORE
    assert os.listdir(tmp_path) == ["Dockerfile"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no way to make a small file system")
def test_failing_replace_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _dockerfile(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        write(_outcome(), tmp_path, path)
    assert path.read_bytes() == BEFORE
    assert os.listdir(tmp_path) == ["Dockerfile"]
