"""The write: whole or not at all, and nothing about the file changes but its text."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
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


def test_other_names_of_a_file_do_not_come_apart(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    os.link(path, tmp_path / "other")
    with pytest.raises(FileError, match="2 names"):
        write(_outcome(), tmp_path, path)
    assert path.samefile(tmp_path / "other")
    assert path.read_bytes() == BEFORE


def test_extended_attributes_stay(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    write(_outcome(), tmp_path, path)
    assert path.read_bytes() == AFTER
    assert os.getxattr(path, "user.note") == b"mine"


def test_an_attribute_that_cannot_be_kept_stops_the_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _dockerfile(tmp_path)
    monkeypatch.setattr(os, "listxattr", lambda *_: ["trusted.label"])
    monkeypatch.setattr(os, "getxattr", lambda place, name: b"a" if place == path else b"b")

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setxattr", refused)
    with pytest.raises(FileError, match=r"trusted\.label cannot be kept"):
        write(_outcome(), tmp_path, path)
    assert os.listdir(tmp_path) == ["Dockerfile"]
    assert path.read_bytes() == BEFORE


def test_what_a_killed_run_left_goes_and_what_another_run_needs_stays(tmp_path: Path) -> None:
    path = _dockerfile(tmp_path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".dockerfix-{gone.pid}-abcd").write_bytes(b"left\n")
    (tmp_path / f".dockerfix-{os.getppid()}-abcd").write_bytes(b"in use\n")
    write(_outcome(), tmp_path, path)
    assert sorted(os.listdir(tmp_path)) == [f".dockerfix-{os.getppid()}-abcd", "Dockerfile"]


def test_the_first_file_is_put_back_where_the_second_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _dockerfile(tmp_path)
    (tmp_path / ".dockerignore").write_bytes(b"mine\n")
    replace = os.replace

    def busy(source: Path, target: Path) -> None:
        if target == path:
            raise OSError(errno.EBUSY, "Device or resource busy")
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    with pytest.raises(FileError, match=r"mount its folder instead.*nothing was changed"):
        write(_outcome(FileChange(".dockerignore", b"mine\n", b".git\n")), tmp_path, path)
    assert (tmp_path / ".dockerignore").read_bytes() == b"mine\n"
    assert sorted(os.listdir(tmp_path)) == [".dockerignore", "Dockerfile"]
