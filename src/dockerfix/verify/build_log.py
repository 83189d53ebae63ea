"""What the plain progress output of a build says of each step: BuildKit's, and Buildah's and Podman's."""

from __future__ import annotations

import re

from dockerfix.verify.engine import BuildStep, StepStatus

__all__ = ["buildah_steps", "buildkit_steps", "last_lines"]

_VERTEX = re.compile(r"#(?P<vertex>\d+) \[\s*(?:(?P<stage>\S+)\s+)?(?P<number>\d+)/\d+\] (?P<instruction>.+)")
_STATE = re.compile(r"#(?P<vertex>\d+) (?P<state>CACHED|DONE|ERROR|CANCELED)\b")
_STATUS: dict[str, StepStatus] = {"CACHED": "cached", "DONE": "ran", "ERROR": "failed", "CANCELED": "unfinished"}
_BUILDAH = re.compile(r"(?:\[(?P<stage>\d+)/\d+\] )?STEP (?P<number>\d+)/\d+: (?P<instruction>.+)")


def buildkit_steps(log: str) -> tuple[BuildStep, ...]:
    """The steps of a `docker build --progress=plain` log, in the order in which it first names them.

    Source: BuildKit, util/progress/progressui (`#N [stage i/n] …`, then `#N CACHED` or `#N DONE 0.1s`).
    """
    named: dict[str, re.Match[str]] = {}
    status: dict[str, StepStatus] = {}
    for line in log.splitlines():
        if (step := _VERTEX.fullmatch(line)) is not None:
            named.setdefault(step["vertex"], step)
        elif (state := _STATE.match(line)) is not None:
            status[state["vertex"]] = _STATUS[state["state"]]
    return tuple(
        BuildStep(step["stage"] or "", int(step["number"]), step["instruction"], status.get(vertex, "unfinished"))
        for vertex, step in named.items()
    )


def buildah_steps(log: str) -> tuple[BuildStep, ...]:
    """The steps of a `buildah build` or `podman build` log.

    Source: Buildah, imagebuildah/stage_executor.go (`STEP i/n: …`, then `--> Using cache ID` or `--> ID`).
    """
    steps: list[BuildStep] = []
    for line in log.splitlines():
        if (found := _BUILDAH.fullmatch(line)) is not None:
            steps = [*steps[:-1], *(_ended(step) for step in steps[-1:])]
            steps.append(BuildStep(found["stage"] or "", int(found["number"]), found["instruction"], "unfinished"))
        elif steps and line.startswith("--> ") and steps[-1].status == "unfinished":
            steps[-1] = _with(steps[-1], "cached" if line.startswith("--> Using cache") else "ran")
        elif steps and line.startswith("Error: "):
            steps[-1] = _with(steps[-1], "failed")
    return tuple(steps)


def _ended(step: BuildStep) -> BuildStep:
    """A step that another one follows is done: FROM and what makes no layer print nothing."""
    return _with(step, "ran") if step.status == "unfinished" else step


def _with(step: BuildStep, status: StepStatus) -> BuildStep:
    return BuildStep(step.stage, step.number, step.instruction, status)


def last_lines(log: str, count: int = 20) -> tuple[str, ...]:
    """The end of a log, for people."""
    return tuple(line for line in log.splitlines() if line.strip())[-count:]
