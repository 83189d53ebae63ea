"""An editor that talks to the server, one for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="pygls is not installed")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from editor import Editor

    editor = Editor(tmp_path_factory.mktemp("workspace"))
    yield editor
    assert editor.quit() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty repository."""
    (tmp_path / ".git").mkdir()
    return tmp_path
