"""The command, called in this process with real files in a folder of its own."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from command_line import Project, Run, Said

from dockerfix.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is the current folder too."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls `dockerfix` with some words, and bytes on standard input."""

    def call(*words: str | Path, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        out, err = capsysbinary.readouterr()
        code = stopped.value.code
        return Said(code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture
def project(folder: Path) -> Project:
    """Writes files into the current folder."""

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return write
