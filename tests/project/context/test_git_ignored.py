"""What Git ignores in a build context."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignored import is_git_ignored

FILES = {
    ".gitignore": "*.db\n/build/\nlogs\n!logs/keep.txt\n",
    "data/.gitignore": "!notes.db\n",
    "deep/.gitignore": "/cache\n",
}


@pytest.mark.parametrize("path", ["x.db", "a/b/x.db", "build/x", "a/logs/x", "logs/keep.txt", "deep/cache/x"])
def test_ignored(path: str) -> None:
    assert is_git_ignored(BuildContext.of_files({**FILES, path: ""}), path)


@pytest.mark.parametrize("path", ["x.py", "data/notes.db", "a/build/x", "cache/x", "deep/deep/cache/x"])
def test_tracked(path: str) -> None:
    assert not is_git_ignored(BuildContext.of_files({**FILES, path: ""}), path)


def test_ignore_file_above_the_context(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.db\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "x.db").write_text("")
    assert is_git_ignored(BuildContext.at(tmp_path / "api", "Dockerfile"), "x.db")
