"""Time grows with the length of a file and the number of its fixes, not with their square."""

from __future__ import annotations

import time

from dockerfix.fix import repair
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.syntax import parse


def _seconds(fixes: int) -> float:
    """Processor time to make so many fixes in a file of twice as many lines."""
    source = "FROM python:3.12-slim\n" + "".join(
        f"# step {number}\nRUN pip install package-{number}==1.0\n" for number in range(fixes)
    )
    rules = [rule() for rule in all_rules()]
    start = time.process_time()
    outcome = repair(parse(source), BuildContext.of_files({}), rules)
    assert len(outcome.applied) == fixes
    return time.process_time() - start


def test_ten_times_the_fixes_take_about_ten_times_as_long() -> None:
    _seconds(20)  # what is loaded on first use
    few = min(_seconds(100) for _ in range(3))
    assert _seconds(1_000) < 10 * 2.5 * few
