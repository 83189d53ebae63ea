"""What a terminal and a CI runner are shown of strangers' names."""

from __future__ import annotations

import pytest

from dockerfix.report.markdown import code, plain, quiet
from dockerfix.report.printed import one_line, several_lines


@pytest.mark.parametrize("text", ["::error::x", "  ::set-output name=a::b", "##[command]x", "a ##[warning]b"])
def test_no_line_is_a_command_of_a_runner(text: str) -> None:
    for shown in (one_line(text), several_lines(f"first\n{text}\n")):
        lines = shown.splitlines()
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)


def test_control_characters_are_spelled_out() -> None:
    assert one_line("a\x1b[31mb\r\nc\x9b\udcff\u202e") == "a\\x1b[31mb\\r\\nc\\x9b\\udcff\\u202e"


def test_lines_stay_lines() -> None:
    assert several_lines("FROM a\n\tCMD b::c\n") == "FROM a\n\tCMD b::c\n"


WORDS = ["[skip ci]", "[ci skip]", "[no ci]", "[Skip Actions]", "***NO_CI***", "[skip-ci]", "skip-checks: true"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("shown", [quiet, plain, code])
def test_no_name_keeps_a_forge_from_its_checks(shown, word: str) -> None:  # type: ignore[no-untyped-def]
    assert word.lower() not in shown(f"Dockerfile {word}").replace("\\", "").lower()


@pytest.mark.parametrize("text", ["GH-12", "gh-12", "www.example.org", "https://example.org", "ssh://x", "@org/team"])
def test_no_name_becomes_a_link(text: str) -> None:
    assert text not in plain(text)
    assert text not in quiet(text)
