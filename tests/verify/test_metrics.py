"""What a comparison says for or against repairs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from proofs import AFTER, BEFORE

from dockerfix.verify.measured import Measured, Smoke, Started
from dockerfix.verify.metrics import Effect, rows
from dockerfix.verify.verdicts import is_broken


def effect(key: str, before: Measured, after: Measured) -> Effect:
    return next(row.effect for row in rows(before, after) if row.key == key)


def started(side: Measured, **changes: object) -> Measured:
    assert side.started is not None
    return replace(side, started=replace(side.started, **changes))


def test_a_side_beside_itself_is_the_same() -> None:
    assert {row.effect for row in rows(AFTER, AFTER)} <= {"same", "noted"}


def test_what_repairs_are_made_for_is_better() -> None:
    better = {row.key for row in rows(BEFORE, AFTER) if row.effect == "better"}
    assert better == {"context", "size", "secrets", "source_steps", "user", "capabilities", "stop"}


def test_times_measured_once_prove_nothing() -> None:
    assert effect("build_seconds", BEFORE, AFTER) == effect("source_seconds", BEFORE, AFTER) == "noted"


def test_a_copy_more_is_no_harm_but_an_install_more_is() -> None:
    assert AFTER.source_rebuild is not None
    copied = replace(AFTER, source_rebuild=replace(AFTER.source_rebuild, ran=("COPY a .", "COPY b .")))
    installed = replace(AFTER, source_rebuild=replace(AFTER.source_rebuild, ran=("COPY a .", "RUN pip install b")))
    assert effect("source_steps", AFTER, copied) == "same"
    assert effect("source_steps", AFTER, installed) == "worse"


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("runs", {"ended": 1}),
        ("http", {"http": None}),
        ("ports", {"ports": (), "loopback_ports": (8000,)}),
        ("denied", {"denied": ("/app/data/app.db",)}),
        ("user", {"uid": 0}),
        ("stop", {"stop_seconds": 10.2, "stop_code": 137}),
    ],
)
def test_what_is_lost_is_worse_and_broken(key: str, changes: dict[str, object]) -> None:
    after = started(AFTER, **changes)
    assert effect(key, AFTER, after) == "worse"
    assert is_broken(rows(AFTER, after)) is not None


def test_the_users_own_check_counts() -> None:
    passes, fails = started(AFTER, smoke=Smoke(0, "")), started(AFTER, smoke=Smoke(7, "no"))
    assert effect("smoke", passes, fails) == "worse"
    assert effect("smoke", fails, passes) == "better"


def test_a_404_is_an_answer_and_a_500_is_none_to_be_proud_of() -> None:
    http = AFTER.started.http if AFTER.started is not None else None
    assert http is not None
    missing, broken = (started(AFTER, http=replace(http, status=status)) for status in (404, 500))
    assert effect("http", AFTER, missing) == "same"
    assert effect("http", AFTER, broken) == "worse"


def test_a_side_that_was_not_built_is_compared_by_that_alone() -> None:
    failed = Measured(replace(AFTER.build, ok=False))
    assert [(row.key, row.effect) for row in rows(BEFORE, failed)] == [("build", "worse")]


def test_what_is_not_known_is_not_compared() -> None:
    keys = {row.key for row in rows(replace(AFTER, started=Started()), replace(AFTER, started=Started()))}
    assert not keys & {"user", "capabilities", "process", "ports", "http", "stop", "denied"}


def test_a_refusal_that_names_no_path_is_told_and_counts() -> None:
    after = started(AFTER, denied=(), complaints=("unable to open database file",))
    row = next(row for row in rows(AFTER, after) if row.key == "denied")
    assert (row.before, row.after, row.effect) == ("none", "the log says «unable to open database file»", "worse")


def test_nothing_is_said_of_paths_where_nobody_could_be_asked() -> None:
    after = started(AFTER, denied=None, ended=1)
    assert "denied" not in {row.key for row in rows(AFTER, after)}
