"""What BuildKit's plain progress output says of each step of a build."""

import re
from dataclasses import dataclass
from typing import Literal

Status = Literal["cached", "ran", "failed", "unfinished"]

_STEP = re.compile(r"#(?P<vertex>\d+) \[\s*(?:(?P<stage>\S+)\s+)?(?P<number>\d+)/\d+\] (?P<instruction>.+)")
_STATE = re.compile(r"#(?P<vertex>\d+) (?P<state>CACHED|DONE|ERROR|CANCELED)\b")
_STATUS: dict[str, Status] = {"CACHED": "cached", "DONE": "ran", "ERROR": "failed", "CANCELED": "unfinished"}


@dataclass(frozen=True)
class Step:
    """One numbered step: an instruction that makes a layer, or a FROM.

    `stage` is the stage's name as BuildKit prints it (`stage-1` where it has none), empty in a file of one stage.
    `number` is 1-based within the stage. `instruction` is the text with continuations joined.
    """

    stage: str
    number: int
    instruction: str
    status: Status


@dataclass(frozen=True)
class BuildResult:
    """A build that succeeded: its tag, the whole log, and its steps in the order the log first names them."""

    tag: str
    log: str
    steps: tuple[Step, ...]

    @property
    def executed(self) -> tuple[Step, ...]:
        """The steps that did work. Without FROM, which is never work here and yet is not always printed as cached."""
        return tuple(step for step in self.steps if step.status == "ran" and not step.instruction.startswith("FROM "))

    def step(self, words: str) -> Step:
        """The one step whose instruction holds `words`.

        Raises:
            LookupError: no step holds them, or more than one does.
        """
        found = [step for step in self.steps if words in step.instruction]
        if len(found) != 1:
            raise LookupError(f"{len(found)} steps hold {words!r}, not one:\n{self.log}")
        return found[0]


def read_steps(log: str) -> tuple[Step, ...]:
    """The numbered steps of a `docker build --progress=plain` log, with what became of each.

    Source: BuildKit, util/progress/progressui (vertex lines `#N [stage i/n] …`, then `#N CACHED` or `#N DONE 0.1s`).
    """
    named: dict[str, re.Match[str]] = {}
    status: dict[str, Status] = {}
    for line in log.splitlines():
        if (step := _STEP.fullmatch(line)) is not None:
            named.setdefault(step["vertex"], step)
        elif (state := _STATE.match(line)) is not None:
            status[state["vertex"]] = _STATUS[state["state"]]
    return tuple(
        Step(step["stage"] or "", int(step["number"]), step["instruction"], status.get(vertex, "unfinished"))
        for vertex, step in named.items()
    )
