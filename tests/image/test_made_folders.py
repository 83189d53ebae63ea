"""Folders that exist at a step, what RUN makes and takes away included."""

from __future__ import annotations

import pytest

from dockerfix.image import image
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def made(lines: str) -> list[str]:
    """The folders below /x that exist in the end."""
    stage = image(parse(f"FROM debian:12\nARG DIR\n{lines}\n"), BuildContext.of_files({})).final
    assert stage is not None
    return sorted(folder for folder in stage.final.folders if folder.startswith("/x"))


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("mkdir -p /x/a /x/b", ["/x", "/x/a", "/x/b"]),
        ("mkdir -m 700 /x", ["/x"]),
        ("install -d -o nobody -m 755 /x/a", ["/x", "/x/a"]),
        ("cd /x && mkdir a", ["/x", "/x/a"]),
        ("true; mkdir /x", ["/x"]),
        ("mkdir -p /x/a/b && rm -rf /x/a", ["/x"]),
        ("mkdir -p /x/a/b /x/c && rm -rf /x/*", ["/x"]),
        ("rm -rf /x; mkdir /x", ["/x"]),
        ('["mkdir", "/x"]', ["/x"]),
    ],
)
def test_what_a_run_leaves(run: str, expected: list[str]) -> None:
    assert made(f"RUN {run}") == expected


@pytest.mark.parametrize(
    "run",
    [
        "mkdir $DIR/x",
        "cd $DIR && mkdir x",
        "mkdir ~/x",
        "test -e y || mkdir /x",
        "test -e y && mkdir /x; true",
        "mkdir /x/a || true",
        "if test -e y; then mkdir /x; fi",
        "install file /x",
        "echo mkdir /x",
    ],
)
def test_what_is_not_certain(run: str) -> None:
    assert made(f"RUN {run}") == []


def test_unknown_working_directory_makes_nothing() -> None:
    assert made("WORKDIR /$DIR\nRUN mkdir x") == []
