"""What a build after an edit runs again, told by the engine's own log; the build itself may be cut short."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockerfix.verify.engine import BuildRun, BuildStep
from dockerfix.verify.measured import Rebuild

__all__ = ["FirstWork", "makes_layer", "rebuilt"]

_WORKING = {"COPY", "ADD", "RUN", "WORKDIR"}


class FirstWork:
    """Watches a log for the first command that runs again: what stands below it in its stage does, too."""

    def __init__(self, steps: Callable[[str], tuple[BuildStep, ...]]) -> None:
        self._steps = steps
        self._before: frozenset[tuple[str, int]] = frozenset()
        self.seen = False

    def is_seen(self, log: str) -> bool:
        """Whether a command is at work that was so at the last look: a cached one is named and done in one breath."""
        running = frozenset(
            (step.stage, step.number)
            for step in self._steps(log)
            if step.status == "unfinished" and step.instruction.upper().startswith("RUN ")
        )
        self.seen = bool(running & self._before)
        self._before = running
        return self.seen


def rebuilt(path: str, run: BuildRun, known: Sequence[BuildStep], *, is_whole: bool) -> Rebuild:
    """What became of a build after an edit.

    Args:
        known: the steps of a whole build; those that one cut short did not reach would have run.
        is_whole: it went to its end.
    """
    steps = [step for step in (run.steps if is_whole else known) if makes_layer(step)]
    cached = {(step.stage, step.number) for step in run.steps if step.status == "cached"}
    ran = tuple(" ".join(step.instruction.split()) for step in steps if (step.stage, step.number) not in cached)
    seconds = round(run.seconds, 2) if is_whole else None
    return Rebuild(path, run.ok or not is_whole, seconds, ran, len(steps) - len(ran))


def makes_layer(step: BuildStep) -> bool:
    """Whether a step has work to do: Buildah and Podman count those that only set something, too."""
    keyword, _, rest = step.instruction.partition(" ")
    return keyword.upper() in _WORKING and (keyword.upper(), rest.strip()) != ("WORKDIR", "/")
