"""When a repaired container counts as broken."""

from __future__ import annotations

from typing import Any

from proof.compare import compared, state_of
from proof.running import Seen

from dockerfix.verify.measured import Started


def seen(answers: dict[str, int] | None = None, log: str = "", **started: Any) -> Seen:
    told = {key: {"status": status, "digest": "d"} for key, status in (answers or {}).items()}
    return Seen(Started(**({"ports": (80,)} | started)), told, log)


def test_the_same_answers_are_no_difference() -> None:
    assert compared(seen({"80 GET /": 200}), seen({"80 GET /": 200}))[0] == []


def test_another_status_is() -> None:
    assert compared(seen({"80 POST /x": 201}), seen({"80 POST /x": 500}))[0] == ["80 POST /x: 201 → 500"]


def test_a_refusal_in_the_log_is_whatever_the_status() -> None:
    was, now = seen({"80 GET /": 200}, "started"), seen({"80 GET /": 200}, "PermissionError: [Errno 13] '/app/db'")
    assert compared(was, now)[0] == ["log: PermissionError: [Errno 13] '/app/db'"]


def test_a_refusal_that_was_there_before_is_not() -> None:
    was, now = seen(log="worker 12: Permission denied"), seen(log="worker 99: Permission denied")
    assert compared(was, now)[0] == []


def test_a_container_that_ended_is() -> None:
    assert compared(seen({"80 GET /": 200}), seen(ended=1))[0][0] == "container: answers → fails"


def test_a_port_that_nobody_opens_any_more_is() -> None:
    assert compared(seen(ports=(80, 8125)), seen(ports=(80,)))[0] == ["ports no longer open: 8125"]


def test_names_with_a_hash_of_the_build_are_the_same_request() -> None:
    was = seen({"80 GET /": 200, "80 GET /app.0123456789abcdef.js": 200})
    now = seen({"80 GET /": 200, "80 GET /app.fedcba9876543210.js": 200})
    assert compared(was, now)[0] == []


def test_states() -> None:
    assert state_of(seen({"80 GET /": 404})) == "answers"
    assert state_of(seen()) == "stays"
    assert state_of(seen(ended=0)) == "ends"
    assert state_of(seen({"80 GET /": 0}, ended=3)) == "fails"


def test_one_that_ends_with_an_error_while_it_is_asked_fails() -> None:
    assert state_of(seen({"80 GET /": 200}, ended=1)) == "fails"
