"""What travels between the processes of a fleet: plain values that a database row holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum

from dockerfix.frozen import frozen

__all__ = ["Bounds", "End", "Job", "Pace", "Result", "Run"]

FIRST_ENGINE = "fleet-1"
ENGINE_VERSION = FIRST_ENGINE  # raised by hand, when the workflow of `engine.py` takes other steps


class End(Enum):
    """What became of a repository in one run."""

    WAITING = "waiting"  # not looked at yet, or under way
    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # its pull request says what is to be said already
    CLOSED = "closed"  # its pull request had become needless
    CLEAN = "clean"  # nothing to repair
    LEFT_ALONE = "left alone"  # a person's decision: a push, a closed pull request; or archived, empty
    POSTPONED = "postponed"  # a limit of this run
    FAILED = "failed"


@frozen
class Bounds:
    """How much one identity may do on a forge.

    Attributes:
        per_run: pull requests that one run opens; None for any number.
        per_hour: pull requests that are opened within 60 minutes, by all runs together; None for any number.
        write_gap: seconds between two requests that write; GitHub asks for one.
    """

    per_run: int | None = None
    per_hour: int | None = None
    write_gap: float = 1.0


@frozen
class Pace:
    """How often a process looks, in seconds.

    Attributes:
        poll: for new jobs.
        beat: between two signs of life.
        silence: after which a worker counts as dead.
        back_off: before the second attempt; each further one waits twice as long.
    """

    poll: float = 0.25
    beat: float = 5.0
    silence: float = 30.0
    back_off: float = 2.0


@frozen
class Run:
    """One pass over a list of repositories, which may be continued by other processes.

    Attributes:
        id: part of the name of each of its jobs.
        host: the forge's.
        title: what was asked for, for people: "organisation acme", "12 repositories".
        options: what the jobs need to know besides, as JSON; no secret.
        is_listed: all its repositories are known.
        started, finished: seconds since 1970.
    """

    id: str
    host: str
    title: str
    options: str
    is_listed: bool
    started: float
    finished: float | None


@frozen
class Job:
    """One repository of one run."""

    run: str
    host: str
    path: str

    @property
    def id(self) -> str:
        """The same job has the same name in every process; a later run repairs again and has another one.

        A release that takes other steps gives it another one too: DBOS never goes on with a workflow of another
        version, so what that left waiting is begun anew, which looks first for what is there.
        """
        suffix = "" if ENGINE_VERSION == FIRST_ENGINE else f"/{ENGINE_VERSION}"
        return f"pr/{self.host}/{self.path}/{self.run}{suffix}"


@frozen
class Result:
    """What became of one repository.

    Attributes:
        reason: one sentence, for what is not plain from `end`.
        repairs: how often each rule is repaired, by its code.
        files: the files that the repairs change.
        url, number, state: of the pull request, where there is one; `state` is open, merged or closed.
        seconds: that the job took, without waiting for its turn.
        attempts: how often it was tried.
    """

    path: str
    end: End
    reason: str = ""
    repairs: Mapping[str, int] | None = None
    files: tuple[str, ...] = ()
    url: str = ""
    number: int | None = None
    state: str = ""
    seconds: float = 0.0
    attempts: int = 1

    def to_json(self) -> str:
        """As a database row holds it."""
        return json.dumps({**asdict(self), "end": self.end.value})

    @classmethod
    def from_json(cls, text: str) -> Result:
        """The value that `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "end": End(values["end"]), "files": tuple(values["files"])})
