"""Lists of repositories, as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.cli.fleet.names import read_names, repository_paths
from dockerfix.errors import FileError, UsageError


@pytest.mark.parametrize(
    "name",
    [
        "acme/web",
        "https://github.com/acme/web",
        "https://github.com/acme/web.git",
        "https://user@GitHub.com/acme/web/",
        "git@github.com:acme/web.git",
        "ssh://git@github.com/acme/web.git",
    ],
)
def test_a_repository_has_many_spellings(name: str) -> None:
    assert repository_paths([name], "github.com") == ["acme/web"]


def test_groups_may_be_nested() -> None:
    assert repository_paths(["a/b/c"], "gitlab.com") == ["a/b/c"]


def test_each_repository_is_taken_once() -> None:
    assert repository_paths(["a/b", "https://github.com/a/b", "a/c"], "github.com") == ["a/b", "a/c"]


def test_another_forge_is_refused() -> None:
    with pytest.raises(UsageError, match="another forge"):
        repository_paths(["https://gitlab.com/a/b"], "github.com")


@pytest.mark.parametrize("name", ["web", "a/../b", "a/b c", "--org", "a//b", "a/b?x=1"])
def test_what_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        repository_paths([name], "github.com")


def test_a_file_may_have_comments_and_empty_lines(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("# ours\nacme/web\n\n  acme/api  # soon\r\nacme/c#1\n")
    assert read_names(file) == ["acme/web", "acme/api", "acme/c#1"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        read_names(tmp_path / "nothing")
