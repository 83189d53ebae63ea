"""Figures of a results file: rates with their lower bounds, medians, counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["Change", "Rate", "changes", "is_failure", "latest", "lower_bound", "mended", "rates"]

Record = dict[str, Any]
_FAILED_BUILD = "does not build after"
_FAILED_RUN = "does not run after"


@dataclass(frozen=True)
class Rate:
    """`good` of `all`; `bound` is the lower end of the 95 % interval."""

    good: int
    all: int

    @property
    def bound(self) -> float:
        """Clopper–Pearson's."""
        return lower_bound(self.good, self.all)


def lower_bound(good: int, every: int, level: float = 0.95) -> float:
    """The lower end of Clopper and Pearson's two-sided interval of a share; 0 where nothing was tried."""
    if every == 0 or good == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_least(good, every, middle) < (1 - level) / 2:
            low = middle
        else:
            high = middle
    return low


def _at_least(good: int, every: int, share: float) -> float:
    """How likely so many or more are good of all, when each is with this share."""
    if share in (0.0, 1.0):
        return share
    logs = (
        math.lgamma(every + 1) - math.lgamma(count + 1) - math.lgamma(every - count + 1)
        + count * math.log(share) + (every - count) * math.log1p(-share)
        for count in range(good, every + 1)
    )  # fmt: skip
    return math.fsum(math.exp(value) for value in logs)


def latest(lines: Iterable[Record]) -> list[Record]:
    """The last line of each Dockerfile."""
    return list({(record["repository"], record["dockerfile"]): record for record in lines}.values())


def is_failure(record: Record) -> bool:
    """Whether a repair broke what worked."""
    return record["state"] in (_FAILED_BUILD, _FAILED_RUN)


def mended(lines: Iterable[Record]) -> list[Record]:
    """The failures of Dockerfiles that a later line says are none any more."""
    told = list(lines)
    good = {(one["repository"], one["dockerfile"]) for one in latest(told) if not is_failure(one)}
    return latest(one for one in told if is_failure(one) and (one["repository"], one["dockerfile"]) in good)


def built(record: Record) -> bool:
    """Whether it was built as it is."""
    return "before" in record and record["state"] not in ("does not build twice", "not measured")


def ran(record: Record) -> bool:
    """Whether it also ran as it is, with everything that it needs."""
    return record.get("ran", "fails") != "fails" and record["state"] in ("ran after", _FAILED_RUN)


def rates(records: Iterable[Record]) -> dict[str, Rate]:
    """`builds`: of those that built, the ones that do repaired; `runs` likewise; `repairs` counts repairs in builds."""
    every = [record for record in records if built(record)]
    running = [record for record in every if ran(record)]
    good = [record for record in every if record["state"] != _FAILED_BUILD]
    answering = [record for record in running if record["ran"] == "answers"]
    return {
        "builds": Rate(len(good), len(every)),
        "runs": Rate(sum(record["state"] != _FAILED_RUN for record in running), len(running)),
        "answers": Rate(sum(record["state"] != _FAILED_RUN for record in answering), len(answering)),
        "repairs": Rate(sum(len(record["rules"]) for record in good), sum(len(record["rules"]) for record in every)),
    }


@dataclass(frozen=True)
class Change:
    """A number before and after, as medians over `count` Dockerfiles."""

    count: int
    before: float
    after: float


def changes(records: Iterable[Record]) -> dict[str, Change]:
    """Medians where a repair is about the number; what nothing was measured of is left out."""
    every = [record for record in records if built(record) and "after" in record]
    slimmed = [record for record in every if record["bases"]["before"] != record["bases"]["after"]]
    ordered = [record for record in every if {"DF201", "DF202"} & {*record["rules"]}]
    told = {
        "size": _medians(slimmed, lambda record: (record["before"]["size"], record["after"]["size"])),
        "rebuild": _medians(ordered, lambda record: _pair(record.get("rebuild"))),
        "stop": _medians(
            [record for record in every if "stop" in record and _is_other_process(record)],
            lambda record: tuple(record["stop"]),
        ),
    }
    return {name: change for name, change in told.items() if change is not None}


def _is_other_process(record: Record) -> bool:
    """Whether another program is process 1, a shell no longer for example, and both were stopped."""
    return None not in record["stop"] and record["process"][0] != record["process"][1]


def _pair(told: Record | None) -> tuple[float, float] | None:
    return None if not told else (told["before"], told["after"])


def _medians(records: list[Record], pair: Callable[[Record], tuple[float, ...] | None]) -> Change | None:
    pairs = [found for record in records if (found := pair(record)) is not None]
    if not pairs:
        return None
    return Change(len(pairs), median(was for was, _ in pairs), median(now for _, now in pairs))
