"""The figures of docs/proof.md, from records as tools/prove.py writes them."""

from __future__ import annotations

from typing import Any

import pytest
from proof.figures import changes, lower_bound, rates
from proof.table import between_marks, page


def record(state: str = "ran after", **more: Any) -> dict[str, Any]:
    """A record of what built and ran, or of what did not."""
    told: dict[str, Any] = {
        "repository": "someone/app",
        "dockerfile": "Dockerfile",
        "state": state,
        "rules": ["DF501"],
        "bases": {"before": ["python:3.12"], "after": ["python:3.12-slim"]},
        "before": {"size": 900_000_000, "seconds": 10},
        "after": {"size": 300_000_000, "seconds": 10},
        "ran": "answers",
        "requests": 3,
        "user": [0, 10001],
        "stop": [10.2, 0.4],
        "process": ["sh", "uvicorn"],
    }
    return told | more


@pytest.mark.parametrize(
    ("good", "every", "percent"),
    [
        # R: binom.test(79, 79)$conf.int; (57, 57); (149, 150); (90, 100)
        (79, 79, 95.4),
        (57, 57, 93.7),
        (149, 150, 96.3),
        (90, 100, 82.4),
        (0, 10, 0.0),
        (0, 0, 0.0),
    ],
)
def test_lower_bound_is_the_exact_interval_s(good: int, every: int, percent: float) -> None:
    assert round(100 * lower_bound(good, every), 1) == percent


def test_what_did_not_run_before_is_never_counted_as_right() -> None:
    found = rates([record(), record("not run", ran="fails"), record("not run", why="needs kafka")])
    assert (found["builds"].all, found["runs"].all) == (3, 1)


def test_what_did_not_build_before_is_not_counted_at_all() -> None:
    failed = {"state": "does not build before", "rules": ["DF501"], "repository": "a/b", "dockerfile": "Dockerfile"}
    assert rates([failed])["builds"].all == 0


def test_a_failure_after_the_repairs_counts() -> None:
    found = rates([record(), record("does not run after"), record("does not build after")])
    assert (found["builds"].good, found["builds"].all) == (2, 3)
    assert (found["runs"].good, found["runs"].all) == (1, 2)


def test_size_is_told_of_changed_base_images_alone() -> None:
    same = record(bases={"before": ["python:3.12"], "after": ["python:3.12"]}, after={"size": 1, "seconds": 1})
    size = changes([record(), same])["size"]
    assert (size.count, size.before, size.after) == (1, 900_000_000, 300_000_000)


def test_seconds_to_stop_are_told_where_process_1_is_another() -> None:
    same = record(process=["uvicorn", "uvicorn"], stop=[0.3, 0.3])
    assert changes([record(), same])["stop"].count == 1


def test_page_names_each_failure() -> None:
    failed = record("does not run after", differences=["log: Permission denied: '/data'"], blamed="DF501")
    assert "someone/app `Dockerfile` | does not run after: log: Permission denied: '/data' | DF501" in page([failed])


def test_tables_go_between_the_marks_of_a_page() -> None:
    text = "# T\n<!-- figures: how -->\nold\n<!-- end of figures -->\nrest\n"
    assert between_marks(text, "new\n") == "# T\n<!-- figures: how -->\nnew\n<!-- end of figures -->\nrest\n"


def test_what_was_mended_is_told_and_counted_by_its_last_line() -> None:
    failed = record("does not run after", differences=["GET /: 200 → 500"], blamed="DF501")
    text = page([failed, record()])
    assert "| runs | 1 | 1 |" in text
    assert text.startswith("The figures are those after mending. At first sight 1 failed")
