"""Two sides that are measured at the same time."""

from __future__ import annotations

import threading

from dockerfix.verify.meeting import Meeting


def test_a_side_waits_for_what_the_other_one_wrote() -> None:
    leaves, waits = Meeting.pair()
    heard: list[tuple[str, ...]] = []
    thread = threading.Thread(target=lambda: heard.append(waits.wanted()))
    thread.start()
    assert not heard
    leaves.leave(("/app/data",))
    thread.join(60)
    assert heard == [("/app/data",)]


def test_nobody_waits_for_a_side_that_failed() -> None:
    leaves, waits = Meeting.pair()
    leaves.close()
    assert waits.wanted() == ()


def test_the_first_side_waits_for_nobody() -> None:
    leaves, _ = Meeting.pair()
    assert leaves.wanted() == ()
    assert Meeting.of(("/x",)).wanted() == ("/x",)
