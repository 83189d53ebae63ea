"""The display of a fleet's progress."""

from __future__ import annotations

import pytest

from dockerfix.bot.fleet import End
from dockerfix.cli.fleet.progress import FleetProgress, summary

COUNTS = {End.WAITING: 5, End.OPENED: 2, End.FAILED: 1}


def test_counts_are_told_in_words() -> None:
    assert summary(COUNTS) == "2 opened, 1 failed"
    assert summary({End.WAITING: 3}) == "nothing done yet"


def test_without_a_terminal_a_line_comes_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 10.0, 61.0, 61.0, 70.0])
    with FleetProgress(is_terminal=False, clock=lambda: next(times)) as progress:
        for _ in range(3):
            progress.show(COUNTS)
    assert capsys.readouterr().err == "3 of 8: 2 opened, 1 failed\n"


def test_on_a_terminal_a_bar_is_drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with FleetProgress(is_terminal=True) as progress:
        progress.show(COUNTS)
    assert "3/8" in capsys.readouterr().err
