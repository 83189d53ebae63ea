"""A forge that all workers use as if they were one client: one pause, one queue for writing, one count of openings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from dockerfix.bot.audit import WRITES
from dockerfix.bot.fleet.values import Bounds, Job
from dockerfix.bot.forge import Forge, Repository
from dockerfix.bot.forge_errors import RateLimitedError
from dockerfix.errors import DockerfixError
from dockerfix.frozen import frozen

if TYPE_CHECKING:
    from dockerfix.bot.fleet.store import Store

__all__ = ["Budget", "PostponedError", "StoppedError", "paced"]

_LONGEST_PAUSE = 300.0  # seconds, where the same request is refused again and again whatever the forge says
_LONGEST_NAP = 30.0  # seconds; another worker may have heard in between that the forge wants a longer pause


class PostponedError(DockerfixError):
    """A limit of the run: the repository waits for a later one."""


class StoppedError(DockerfixError):
    """This worker is asked to stop; another one, or the next start, takes the job up again."""


@frozen
class Budget:
    """What one identity may do on one forge, shared by everything that uses the same store.

    Attributes:
        identity: forge and account; what the forge counts requests by.
        stopping: set when this process should end.
    """

    store: Store
    identity: str
    bounds: Bounds
    stopping: threading.Event

    def wait(self) -> None:
        """Until the forge may be asked.

        Raises:
            StoppedError: the process is to end.
        """
        while seconds := self.store.pause_left(self.identity):
            self._nap(min(seconds, _LONGEST_NAP))

    def wait_to_write(self) -> None:
        """Until it is this request's turn to write.

        Raises:
            StoppedError: the process is to end.
        """
        seconds = self.store.turn_to_write(self.identity, self.bounds.write_gap)
        if seconds:
            self._nap(seconds)
        self.wait()

    def wait_to_open(self, job: Job) -> None:
        """Until one more pull request may be opened.

        Raises:
            PostponedError: the run has opened all it may.
            StoppedError: the process is to end.
        """
        while seconds := self.store.may_open(job, self.identity, self.bounds):
            self._nap(min(seconds, _LONGEST_NAP))
        if seconds is None:
            raise PostponedError(f"this run opens {self.bounds.per_run} pull requests, and has opened them")

    def pause(self, error: RateLimitedError, times: int = 0) -> None:
        """Let everybody hear that the forge wants to be left alone.

        Args:
            times: how often it said so before to the same request; then it gets longer and longer pauses.
        """
        self.store.pause(self.identity, max(error.seconds, min(2.0 ** min(times, 20), _LONGEST_PAUSE)))

    def _nap(self, seconds: float) -> None:
        if self.stopping.wait(seconds):
            raise StoppedError("stopped while waiting for the forge's limit")


def paced(forge: Forge, budget: Budget, job: Job | None = None) -> Forge:
    """The same forge, where every call keeps to the budget, and is made again when the forge's limit was reached.

    Args:
        job: the repository that calls are made for; its first commit on a new branch, or its pull request, waits
            until the run and the hour allow one more.
    """
    return cast(Forge, _Paced(forge, budget, job))


class _Paced:
    def __init__(self, forge: Forge, budget: Budget, job: Job | None) -> None:
        self._forge = forge
        self._budget = budget
        self._job = job

    def repositories(self, owner: str) -> Iterator[Repository]:
        """As the forge's, begun again when its limit was reached on the way, without telling one twice."""
        told: set[str] = set()
        for times in count():
            self._budget.wait()
            try:
                for found in self._forge.repositories(owner):
                    if found.path not in told:
                        told.add(found.path)
                        yield found
                return
            except RateLimitedError as error:
                self._budget.pause(error, times)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._forge, name)
        return self._kept(name, found) if callable(found) else found

    def _kept(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def kept(*values: Any, **named: Any) -> Any:
            opens = name == "create" or (name == "commit" and named.get("expected", "") is None)
            if opens and self._job is not None:
                self._budget.wait_to_open(self._job)
            for times in count():
                self._budget.wait_to_write() if name in WRITES else self._budget.wait()
                try:
                    return call(*values, **named)
                except RateLimitedError as error:  # what is refused for it was not carried out
                    self._budget.pause(error, times)
            raise AssertionError("there is always one more try")

        return kept
