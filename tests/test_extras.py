"""Nothing tells anybody to install `dockerfix[…]` by its name alone: nobody knows who owns that name on an index."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from dockerfix import extras

ROOT = Path(__file__).parents[1]


class _Installed:
    def __init__(self, origin: object) -> None:
        self.origin = origin

    def read_text(self, name: str) -> str | None:
        return None if self.origin is None else json.dumps(self.origin)


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (
            {"url": "https://forge.example/us/dockerfix", "vcs_info": {"vcs": "git", "commit_id": "abc1"}},
            "pip install 'dockerfix[fleet] @ git+https://forge.example/us/dockerfix@abc1'",
        ),
        ({"url": ROOT.as_uri(), "dir_info": {"editable": True}}, f"pip install '{ROOT}[fleet]'"),
    ],
)
def test_the_line_names_where_this_copy_came_from(origin: object, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "distribution", lambda name: _Installed(origin))
    assert extras.install_line("fleet") == line


@pytest.mark.parametrize("origin", [None, {}, [], {"url": "https://x.example/dockerfix-1-py3-none-any.whl"}])
def test_an_unknown_origin_is_asked_for(origin: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "distribution", lambda name: _Installed(origin))
    assert "@ git+https://…" in extras.install_line("fleet")


def test_a_copy_that_was_never_installed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> _Installed:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", absent)
    assert "@ git+https://…" in extras.install_line("fleet")


def test_no_text_names_the_package_without_its_address() -> None:
    bare = re.compile(
        r"install[^\n]*[ '\"]dockerfix(?:\[\w+\])?['\"]?\s*$|install[^\n]*'dockerfix\[\w+\]'", re.MULTILINE
    )
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.py"), *ROOT.glob("*.yml")]
    assert [str(path) for path in texts if bare.search(path.read_text())] == []
