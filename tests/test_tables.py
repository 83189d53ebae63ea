"""The JSON twins of our data files say what the TOML says."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

import dockerfix
from dockerfix.tables import compiled_path, mark_of, table

FILES = sorted(Path(dockerfix.__path__[0]).glob("**/data/*.toml")) + sorted(
    Path(dockerfix.__path__[0]).glob("shell/*.toml")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_data_file_has_a_twin_that_says_the_same(path: Path) -> None:
    assert f'"of":"{mark_of(path.read_bytes())}"' in compiled_path(path).read_text("utf-8")[:60], (
        "run tools/data_tables.py"
    )
    assert table(path) == tomllib.loads(path.read_text("utf-8"))


def test_a_twin_of_another_text_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("day = 2026-12-01\n")
    compiled_path(path).parent.mkdir()
    compiled_path(path).write_text('{"of":"1-00000000","table":{}}')
    assert table(path) == {"day": date(2026, 12, 1)}


def test_a_broken_twin_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("a = 1\n")
    compiled_path(path).parent.mkdir()
    compiled_path(path).write_text("[1")
    assert table(path) == {"a": 1}
