"""Command lines that are read without typer mean what typer reads in them."""

from __future__ import annotations

import pytest
from typer.main import get_command

from dockerfix.cli.options import Options
from dockerfix.cli.repair import command
from dockerfix.cli.repair.plain_words import FLAGS, VALUES, plainly_said

_LEFT = {"--version", "--help"}


def _by_typer(words: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Options, bool]:
    seen: list[tuple[Options, bool]] = []

    def note(said, *, no_color: bool) -> int:  # type: ignore[no-untyped-def]
        seen.append((said(), no_color))
        return 0

    monkeypatch.setattr(command, "perform", note)
    get_command(command.app).main(words, standalone_mode=False)
    return seen[0]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--check",
        "--diff a b/Dockerfile",
        "--write -i .",
        "-q --format json",
        "-v --format=sarif x",
        "--select DF501,latest-tag --ignore=DF1 --unsafe-fixes --strict",
        "--select , x",
        "--context sub --python 3.12 --config a.toml",
        "- --stdin-filename sub/Dockerfile --exit-zero",
        "-j 3 --force-exclude --statistics --no-color --online --verified --add-ignore --watch",
        "--jobs=4 --check --check",
    ],
)
def test_plain_lines_mean_what_typer_reads(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = line.split()
    found = plainly_said(list(words))
    assert found is not None
    assert (found[0](), found[1]) == _by_typer(words, monkeypatch)


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "-h",
        "--version",
        "--chec",
        "-qv",
        "-j3",
        "-j=3",
        "-j 0",
        "-j x",
        "--jobs",
        "--format JSON",
        "--select",
        "--select=",
        "--select --diff",
        "--select a --select b",
        "--check=1",
        "-- x",
        "--nothing",
    ],
)
def test_what_is_not_plain_is_left_to_typer(line: str) -> None:
    assert plainly_said(line.split()) is None


def test_a_shell_that_asks_for_completions_is_answered_by_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_DOCKERFIX_COMPLETE", "complete_bash")
    assert plainly_said(["--check"]) is None


def test_every_option_of_the_command_is_known_to_both() -> None:
    asked = {name for one in get_command(command.app).params for name in one.opts if name.startswith("-")}
    assert asked - _LEFT == {*FLAGS, *VALUES}
