"""What one stage makes, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from dockerfix.frozen import frozen
from dockerfix.image.start import StartCommand
from dockerfix.image.state import State
from dockerfix.image.steps import Step
from dockerfix.project.bases.images import BaseImage
from dockerfix.syntax import Instruction, Stage
from dockerfix.syntax.references import ImageReference

__all__ = ["StageImage", "mount_fields", "stages_read"]


@frozen(eq=False)
class StageImage:
    """What one stage makes. `base` is an earlier stage, or None; `reference` the base image as resolved.

    `triggered` are the steps that ONBUILD of the `base` makes, which run first; their instructions stand there.
    """

    stage: Stage
    base: StageImage | None
    reference: ImageReference | None
    facts: BaseImage | None
    platform: str | None
    initial: State
    triggered: tuple[Step, ...]
    steps: tuple[Step, ...]
    start: StartCommand
    ports: tuple[str, ...]
    volumes: tuple[str, ...]
    labels: Mapping[str, str | None]
    healthcheck: tuple[str, ...] | None
    stop_signal: str | None
    triggers: tuple[str, ...]

    @property
    def final(self) -> State:
        """The state that the image is left in."""
        return self.steps[-1].after if self.steps else self.initial

    @property
    def name(self) -> str:
        """The stage name, or its number."""
        return self.stage.name or str(self.stage.index)

    @cached_property
    def last_step(self) -> Step | None:
        """The last of `all_steps`."""
        own = self.triggered + self.steps
        return own[-1] if own else self.base.last_step if self.base is not None else None

    @cached_property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps of the stages this one starts from, what these trigger here, then its own."""
        own = self.triggered + self.steps
        if self.base is None:
            return own
        return self.base.all_steps + own if own else self.base.all_steps

    @cached_property
    def memo(self) -> dict[object, object]:
        """What was worked out from the stage (`dockerfix.memo`)."""
        return {}

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {id(step): number for number, step in enumerate(self.all_steps)}

    def position(self, step: Step) -> int | None:
        """Where a step stands among `all_steps`, from 0; None for a step of another stage."""
        return self._positions.get(id(step))

    def step(self, instruction: Instruction) -> Step:
        """The step of an instruction of this stage."""
        return self.steps[instruction.index - self.stage.start.index - 1]  # one for each instruction behind FROM


def stages_read(step: Step) -> tuple[str, ...]:
    """The stages (name or number) that a step takes files from: `COPY --from`, `RUN --mount=…,from=`."""
    found = [source.origin for source in step.transfer.sources if source.kind == "stage"] if step.transfer else []
    for flag in step.instruction.flags:
        if flag.name == "mount":
            origin = mount_fields(flag.value).get("from")
            found += [origin.lower()] if origin else []
    return tuple(found)


def mount_fields(value: str) -> dict[str, str]:
    """The fields of `RUN --mount=…`; a field without value maps to ""."""
    pairs = (part.partition("=")[::2] for part in value.split(","))
    return {name.strip().lower(): text for name, text in pairs}
