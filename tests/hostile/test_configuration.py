"""Configuration files of strangers: whatever stands there, one sentence and exit code 2, never 1 and never a hang."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockerfix.config import find_config, read_config
from dockerfix.errors import ConfigError

DEEP = "x = " + "[" * 5000 + "]" * 5000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DEEP, "nested too deeply"),
        ("python = " + "9" * 5000, "not valid TOML"),
        ("x = 1\n" + " " * 500_000 + "=", "not valid TOML"),
        ("python = 3\n" + "# " + "a " * 100_000, 'python must be a version in quotes, like "3.13"'),
    ],
    ids=["deep", "many digits", "blanks", "a long line"],
)
def test_values_that_no_person_writes_are_refused_in_words(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "dockerfix.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"dockerfix\.toml") as error:
        read_config(file)
    assert said in str(error.value)


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "dockerfix.toml"
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        read_config(file)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)], ids=["a pipe", "a device"])
@pytest.mark.parametrize("name", ["pyproject.toml", "dockerfix.toml"])
def test_a_pipe_or_device_is_never_waited_for(make: object, name: str, tmp_path: Path) -> None:
    assert callable(make)
    make(tmp_path / name)
    (tmp_path / ".git").mkdir()
    assert find_config(tmp_path) is None
