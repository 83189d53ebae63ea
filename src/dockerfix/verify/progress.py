"""How far a proof is, and how long it takes: a sentence before it begins, a numbered step for each thing it does."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path

from dockerfix.fix import Outcome
from dockerfix.syntax import Run
from dockerfix.verify.plan import Plan, Tell
from dockerfix.verify.words import seconds_text

__all__ = ["Clock", "Progress", "announcement"]

_FILE = "times"
_KEPT = 200
_START, _COMMAND = 15.0, 8.0  # seconds, for who has no better: start, stop and clean up; a RUN on a usual machine
_ROUND = 5


class Progress:
    """Counts the steps of one proof; more than were foreseen (a search by halves) raise the total."""

    def __init__(self, tell: Tell, plan: Plan, *, changed: bool) -> None:
        self._tell = tell
        self._total = (5 if plan.full else 4) * (2 if changed else 1)
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, words: str) -> None:
        with self._lock:
            self._count += 1
            self._tell(f"step {self._count} of {max(self._count, self._total)}, {words}")


class Clock:
    """How long proofs of Dockerfiles took on this machine, kept between runs."""

    def __init__(self, state: Path, path: Path, plan: Plan) -> None:
        self._file = state / _FILE
        self._key = f"{path.resolve()} {'full' if plan.full else 'quick'}"

    def last(self) -> float | None:
        """Seconds of the last proof of this file; None where there was none."""
        seconds = self._known().get(self._key)
        return float(seconds) if isinstance(seconds, int | float) else None

    def remember(self, seconds: float) -> None:
        """Keep it for the next time."""
        known = self._known()
        known.pop(self._key, None)
        kept = [*known.items()][-_KEPT + 1 :]
        with suppress(OSError):
            self._file.write_text(json.dumps(dict([*kept, (self._key, round(seconds, 1))])))

    def _known(self) -> dict[str, object]:
        with suppress(OSError, ValueError):
            known = json.loads(self._file.read_text())
            return known if isinstance(known, dict) else {}
        return {}


def announcement(plan: Plan, outcome: Outcome, last: float | None) -> str:
    """What will be done and how long that may take, before it begins."""
    sides = 2 if outcome.changed else 1
    builds = sides * (3 if plan.full else 1)
    work = f"{builds} build{'s' if builds > 1 else ''} and {sides} start{'s' if sides > 1 else ''}"
    if last is not None:
        return f"{work}; about {seconds_text(last)}, as the last time"
    commands = sum(1 for one in outcome.before.instructions if isinstance(one, Run))
    guess = _START + _COMMAND * commands * (builds if plan.full else 1)
    rounded = max(_ROUND, round(guess / _ROUND) * _ROUND)
    return (
        f"{work}; about {seconds_text(rounded)} by a rule of thumb, at most {seconds_text(plan.build_seconds)} a build"
    )
