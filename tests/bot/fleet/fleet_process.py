"""`dockerfix fleet` in processes that a test may kill; they are forked from one that has imported everything."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from forked import forking

__all__ = ["Fleet"]


class Fleet:
    """Starts the command with the same first words, environment and folder each time."""

    def __init__(self, folder: Path, words: list[str], environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._words = words
        self._environment = dict(environment)
        self.pid = 0

    def start(self, *words: str) -> ForkServerProcess:
        """A process that runs the command with more words."""
        values = (self.folder, [*self._words, *words], self._environment)
        process = forking().Process(target=_run, args=values, daemon=False)
        process.start()
        self.pid = process.pid or 0
        return process

    def run(self, *words: str) -> int:
        """The exit code of one run; negative for the signal that killed it."""
        process = self.start(*words)
        process.join(600)
        assert process.exitcode is not None, "the fleet did not end"
        return process.exitcode

    def said(self) -> str:
        """What all processes wrote, and why repositories failed in the last run."""
        report = self.folder / "report.json"
        failures = json.loads(report.read_text())["failures"] if report.exists() else {}
        return (self.folder / "said").read_text(errors="replace") + "\n".join(failures)


def _run(folder: Path, words: list[str], environment: dict[str, str]) -> None:
    """Be the command: in a hurry, so that a dead worker is noticed after a second."""
    said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.update(environment)
    os.chdir(folder)

    from dockerfix.bot.fleet import Pace
    from dockerfix.cli.fleet import command as fleet
    from dockerfix.cli.fleet import session as fleet_session

    run = fleet_session.run
    pace = Pace(poll=0.03, beat=0.15, silence=1.2, back_off=0.05)
    fleet_session.run = lambda options: run(replace(options, pace=pace))
    try:
        fleet.app(args=words, prog_name="dockerfix fleet")
    except SystemExit as ended:
        sys.stdout.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 2)
