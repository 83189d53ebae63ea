"""The shared tables, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dockerfix.bot.fleet import Bounds, End, Job, Result
from dockerfix.bot.fleet.store import HOUR, Store


def test_an_unfinished_run_is_continued_and_a_finished_one_is_not(database_url: str) -> None:
    store = Store(database_url)
    first = store.begin_run("key", "host", "title", "{}")
    assert store.begin_run("key", "host", "title", "{}") == first
    assert store.begin_run("other", "host", "title", "{}").id != first.id
    store.finish_run(first.id)
    assert store.begin_run("key", "host", "title", "{}").id != first.id


def test_a_continued_run_hears_new_options(database_url: str) -> None:
    store = Store(database_url)
    first = store.begin_run("key", "host", "title", '{"a": 1}')
    assert store.begin_run("key", "host", "title", '{"a": 2}').options == '{"a": 2}'
    assert store.run(first.id).options == '{"a": 2}'


def test_a_fresh_run_gives_up_the_unfinished_one(database_url: str) -> None:
    store = Store(database_url)
    first = store.begin_run("key", "host", "title", "{}")
    second = store.begin_run("key", "host", "title", "{}", fresh=True)
    assert [run.id for run in store.unfinished_runs()] == [second.id]
    assert first.id != second.id


def test_a_repository_that_is_noted_again_keeps_its_result(database_url: str) -> None:
    store = Store(database_url)
    result = Result("o/a", End.OPENED, repairs={"DF401": 2}, files=("Dockerfile",), url="https://forge/o/a/1", number=1)
    store.add("run", ["o/a", "o/b"])
    store.record(Job("run", "host", "o/a"), result)
    store.add("run", ["o/a", "o/c"])
    assert list(store.results("run")) == [result, Result("o/b", End.WAITING), Result("o/c", End.WAITING)]
    assert store.counts("run") == {End.OPENED: 1, End.WAITING: 2}


def test_many_results_are_read_in_order(database_url: str) -> None:
    store = Store(database_url)
    paths = [f"o/r{number:04}" for number in range(1100)]
    store.add("run", paths)
    assert [result.path for result in store.results("run")] == paths


def test_only_silent_workers_are_dead_and_one_alone_adopts(database_url: str) -> None:
    store = Store(database_url)
    store.beat("silent", "host")
    assert store.claim_dead("host", 60) == []
    assert store.claim_dead("another host", -1) == []
    assert store.claim_dead("host", -1) == ["silent"]  # as if time had passed
    assert store.claim_dead("host", 60) == []
    store.forget("silent")
    assert store.claim_dead("host", -1) == []


def test_a_pause_holds_for_all_and_never_gets_shorter(database_url: str) -> None:
    store, other = Store(database_url), Store(database_url)
    store.pause("me", 60)
    store.pause("me", 5)
    assert 50 < other.pause_left("me") <= 60
    assert other.pause_left("somebody else") == 0


def test_turns_to_write_are_a_gap_apart(database_url: str) -> None:
    store = Store(database_url)
    waits = [store.turn_to_write("me", 10) for _ in range(3)]
    assert waits[0] == 0
    assert 9 < waits[1] <= 10
    assert 19 < waits[2] <= 20


def test_threads_never_get_the_same_turn(database_url: str) -> None:
    store = Store(database_url)
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda _: store.turn_to_write("me", 100), range(12)))
    assert [round(wait, -2) for wait in waits] == [100 * number for number in range(12)]


def test_the_limit_of_a_run_counts_each_repository_once(database_url: str) -> None:
    store, bounds = Store(database_url), Bounds(per_run=2)
    answers = [store.may_open(Job("run", "host", path), "me", bounds) for path in ("a", "b", "a", "c")]
    assert answers == [0, 0, 0, None]
    store.not_opened(Job("run", "host", "b"))
    assert store.may_open(Job("run", "host", "c"), "me", bounds) == 0


def test_the_hour_counts_over_all_runs(database_url: str) -> None:
    store, bounds = Store(database_url), Bounds(per_hour=2)
    assert store.may_open(Job("one", "host", "a"), "me", bounds) == 0
    assert store.may_open(Job("two", "host", "b"), "me", bounds) == 0
    wait = store.may_open(Job("two", "host", "c"), "me", bounds)
    assert wait is not None
    assert HOUR - 60 < wait <= HOUR
    assert store.may_open(Job("two", "host", "c"), "another account", bounds) == 0


def test_threads_never_open_more_than_the_run_may(database_url: str) -> None:
    store, bounds = Store(database_url), Bounds(per_run=5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: store.may_open(Job("run", "host", str(n)), "me", bounds), range(20)))
    assert answers.count(0) == 5
    assert answers.count(None) == 15


def test_the_name_of_a_job_is_the_same_everywhere_and_new_in_each_run() -> None:
    assert Job("r1", "github.com", "o/a").id == "pr/github.com/o/a/r1"
    assert Job("r2", "github.com", "o/a").id != Job("r1", "github.com", "o/a").id
