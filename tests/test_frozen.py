"""A frozen class is a dataclass from its first instance on, and nobody notices that it was none."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, field, is_dataclass, replace
from functools import cached_property

import pytest

from dockerfix.frozen import frozen


@frozen
class Base:
    name: str
    tags: list[str] = field(default_factory=list)

    @cached_property
    def upper(self) -> str:
        return self.name.upper()


@frozen(order=True)
class Pair:
    left: int
    right: int = 0


@frozen(eq=False)
class Child(Base):
    size: int = 1


class Named(Child):
    def __init__(self, name: str) -> None:
        super().__init__(name, size=9)


def test_first_instance_makes_the_class_and_its_bases_dataclasses() -> None:
    @frozen
    class Above:
        one: int

    @frozen
    class Below(Above):
        two: int

    assert not is_dataclass(Above)
    assert repr(Below(1, two=2)).endswith("Below(one=1, two=2)")
    assert is_dataclass(Above)


def test_values_are_equal_ordered_hashed_and_frozen() -> None:
    assert Pair(1) == Pair(1, 0) != Pair(2)
    assert len({Pair(1), Pair(1)}) == 1
    assert sorted([Pair(2), Pair(1, 5)]) == [Pair(1, 5), Pair(2)]
    with pytest.raises(FrozenInstanceError):
        Pair(1).left = 2  # type: ignore[misc]


def test_without_eq_values_are_told_apart_by_identity() -> None:
    @frozen(eq=False)
    class Alone:
        value: int

    assert Alone(1) != Alone(1)


def test_replace_defaults_match_and_cached_properties_work() -> None:
    value = replace(Base("a"), name="b")
    assert (value.upper, value.tags) == ("B", [])
    match Pair(1, 2):
        case Pair(left, right):
            assert (left, right) == (1, 2)


def test_subclass_with_a_constructor_of_its_own() -> None:
    assert (Named("n").name, Named("n").size) == ("n", 9)


def test_wrong_arguments_are_refused_the_first_time_too() -> None:
    @frozen
    class Single:
        value: int

    for _ in range(2):
        with pytest.raises(TypeError, match="value"):
            Single()  # type: ignore[call-arg]
    assert Single(1).value == 1


def test_unpickled_before_any_was_made() -> None:
    from dockerfix.report.model import Failure

    sent = pickle.dumps([Failure("a", "b"), Failure("a", "b")])
    read = f"import pickle; one, other = pickle.loads({sent!r}); print(one == other, one, len({{one, other}}))"
    run = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    assert run.stdout == "True Failure(label='a', message='b', line=None) 1\n"


_THREADS = """
import sys, threading
from dataclasses import is_dataclass
from dockerfix.frozen import freeze_at_once, frozen

def made():
    @frozen
    class Value:
        name: str
    return Value

early = made()
freeze_at_once()
assert is_dataclass(early) and is_dataclass(made())
assert early("a") == early("a")
"""


def test_a_process_with_threads_has_dataclasses_at_once() -> None:
    subprocess.run([sys.executable, "-c", _THREADS], check=True)
