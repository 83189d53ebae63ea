"""The image that a Dockerfile describes, worked out without running anything, as BuildKit would."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from dockerfix.frozen import frozen
from dockerfix.image.stage_reader import StageReader
from dockerfix.image.stages import StageImage, mount_fields, stages_read
from dockerfix.image.state import ROOM, State, expand
from dockerfix.image.steps import Step
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BaseImages, BuildContext
from dockerfix.syntax import Dockerfile, From, Instruction

__all__ = ["Image", "StageImage", "Step", "image", "mount_fields", "stages_read"]

_ROOM_OF_ALL = 32 * 1024 * 1024  # characters that variables may bring into all words of a file


@frozen(eq=False)
class Image:
    """All stages; the last one is what a build without `--target` makes."""

    dockerfile: Dockerfile
    context: BuildContext
    stages: tuple[StageImage, ...]

    @property
    def global_args(self) -> Mapping[str, str | None]:
        """The ARGs above the first FROM, with their values, and those that BuildKit predefines."""
        return _global_args(self.dockerfile)

    @property
    def final(self) -> StageImage | None:
        """The final stage; None in a file without FROM."""
        return self.stages[-1] if self.stages else None

    def stage_of(self, instruction: Instruction) -> StageImage | None:
        """The stage of an instruction; None above the first FROM."""
        stage = self.dockerfile.stage_of(instruction)
        return self.stages[stage.index] if stage is not None else None

    def step(self, instruction: Instruction) -> Step | None:
        """The step of an instruction, None for FROM and what stands above it."""
        stage = self.stage_of(instruction)
        if stage is None or isinstance(instruction, From):
            return None
        return stage.step(instruction)

    @cached_property
    def needed_stages(self) -> frozenset[int]:
        """The numbers of the stages that the final one is made from, itself included."""
        needed: set[int] = set()
        queue = [len(self.stages) - 1] if self.stages else []
        names = {stage.name: stage.stage.index for stage in self.stages}
        names |= {str(stage.stage.index): stage.stage.index for stage in self.stages}
        while queue:
            index = queue.pop()
            if index in needed:
                continue
            needed.add(index)
            stage = self.stages[index]
            if stage.base is not None:
                queue.append(stage.base.stage.index)
            steps = stage.triggered + stage.steps
            queue += [names[origin] for step in steps for origin in stages_read(step) if origin in names]
        return frozenset(needed)


@memoised
def image(dockerfile: Dockerfile, context: BuildContext) -> Image:
    """The image model of a file in its context; never raises for a file that `syntax.check` accepts."""
    return Image(dockerfile, context, _stages(dockerfile, context.base_images))


@memoised
def _stages(dockerfile: Dockerfile, base_images: BaseImages) -> tuple[StageImage, ...]:
    """The stages, which are the same in each context: which files a COPY brings is asked later."""
    stages: list[StageImage] = []
    named: dict[str, StageImage] = {}
    room = _room(dockerfile)
    for stage in dockerfile.stages:
        stages.append(StageReader(stage, named, _global_args(dockerfile), base_images, room).read())
        named |= dict.fromkeys((stages[-1].name, str(stage.index)), stages[-1])
    return tuple(stages)


def _room(dockerfile: Dockerfile) -> int:
    """How much variables may bring into one word, so that all words together stay within bounds."""
    return min(ROOM, _ROOM_OF_ALL // max(1, dockerfile.source.count(b"$")))


# BuildKit predefines these; their values depend on where the build runs.
_PLATFORM_ARGS = dict.fromkeys(
    f"{side}{part}" for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


@memoised
def _global_args(dockerfile: Dockerfile) -> Mapping[str, str | None]:
    args: dict[str, str | None] = dict(_PLATFORM_ARGS)
    room = _room(dockerfile)
    for arg in dockerfile.global_args:
        for name, default in arg.pairs:
            state = State(args=args, room=room)
            args[name] = expand(default.value, state, arg.escape) if default is not None else args.get(name)
    return args
