"""The image that a Dockerfile describes, worked out without running anything, as BuildKit would."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from dockerfix.image.commands import RunCommand, run_commands
from dockerfix.image.start import StartCommand
from dockerfix.image.state import DEFAULT_SHELL, State, expand
from dockerfix.image.transfers import Transfer, transfer
from dockerfix.memo import memoised
from dockerfix.project.base_images import BaseImage, base_image
from dockerfix.project.context import BuildContext
from dockerfix.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Label,
    Onbuild,
    Run,
    Shell,
    Stage,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from dockerfix.syntax.references import ImageReference

__all__ = ["Image", "StageImage", "Step", "image"]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One instruction with the state around it.

    `transfer` is set for COPY and ADD. `commands` are those of a RUN, () for others, None when they cannot
    be read.
    """

    instruction: Instruction
    before: State
    after: State
    transfer: Transfer | None = None
    commands: tuple[RunCommand, ...] | None = ()


@dataclass(frozen=True, eq=False)
class StageImage:
    """What one stage makes. `base` is an earlier stage, or None; `reference` the base image as resolved."""

    stage: Stage
    base: StageImage | None
    reference: ImageReference | None
    facts: BaseImage | None
    platform: str | None
    initial: State
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
    def all_steps(self) -> tuple[Step, ...]:
        """The steps of the stages this one starts from, then its own."""
        return (self.base.all_steps if self.base else ()) + self.steps

    def step(self, instruction: Instruction) -> Step:
        """The step of an instruction of this stage."""
        return next(step for step in self.steps if step.instruction is instruction)


@dataclass(frozen=True, eq=False)
class Image:
    """All stages; the last one is what a build without `--target` makes."""

    dockerfile: Dockerfile
    context: BuildContext
    stages: tuple[StageImage, ...]

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
            queue += [names[origin] for step in stage.steps for origin in stages_read(step) if origin in names]
        return frozenset(needed)


def stages_read(step: Step) -> tuple[str, ...]:
    """The stages (name or number) that a step takes files from: `COPY --from`, `RUN --mount=…,from=`."""
    found = [source.origin for source in step.transfer.sources if source.kind == "stage"] if step.transfer else []
    for flag in step.instruction.flags:
        if flag.name == "mount":
            fields = dict(part.partition("=")[::2] for part in flag.value.split(","))
            found += [fields["from"].lower()] if "from" in fields else []
    return tuple(found)


@memoised
def image(dockerfile: Dockerfile, context: BuildContext) -> Image:
    """The image model of a file in its context; never raises for a file that `syntax.check` accepts."""
    stages: list[StageImage] = []
    args = _global_args(dockerfile)
    for stage in dockerfile.stages:
        stages.append(_StageReader(stage, tuple(stages), args, context).read())
    return Image(dockerfile, context, tuple(stages))


# BuildKit predefines these; their values depend on where the build runs.
_PLATFORM_ARGS = dict.fromkeys(
    f"{side}{part}" for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


def _global_args(dockerfile: Dockerfile) -> dict[str, str | None]:
    args: dict[str, str | None] = dict(_PLATFORM_ARGS)
    for arg in dockerfile.global_args:
        for name, default in arg.pairs:
            state = State(args=args)
            args[name] = expand(default.value, state, arg.escape) if default is not None else args.get(name)
    return args


class _StageReader:
    def __init__(
        self, stage: Stage, earlier: tuple[StageImage, ...], args: Mapping[str, str | None], context: BuildContext
    ) -> None:
        self.stage = stage
        self.context = context
        self.global_args = args
        self.earlier = earlier
        self.stage_names = tuple(s.name for s in earlier) + tuple(str(s.stage.index) for s in earlier)
        self.state = State()
        self.entrypoint: tuple[str, ...] | None = None
        self.cmd: tuple[str, ...] | None = None
        self.cmd_is_own = False
        self.ports: list[str] = []
        self.volumes: list[str] = []
        self.labels: dict[str, str | None] = {}
        self.healthcheck: tuple[str, ...] | None = None
        self.stop_signal: str | None = None
        self.triggers: list[str] = []

    def read(self) -> StageImage:
        start = self.stage.start
        text = start.image.value if start.image else ""
        known_args = State(args=self.global_args)
        name = expand(text, known_args, start.escape)
        base = next((s for s in reversed(self.earlier) if name is not None and name.lower() == s.stage.name), None)
        reference = ImageReference.parse(name) if name is not None and base is None else None
        facts = base.facts if base else base_image(reference) if reference is not None else None
        platform = start.flag("platform")
        self._begin(base, facts, is_scratch=name == "scratch")
        initial = self.state
        steps = tuple(self._step(instruction) for instruction in self.stage.instructions[1:])
        return StageImage(
            self.stage,
            base,
            base.reference if base else reference,
            facts,
            platform.value if platform else None,
            initial,
            steps,
            StartCommand(self.entrypoint, self.cmd),
            tuple(self.ports),
            tuple(self.volumes),
            self.labels,
            self.healthcheck,
            self.stop_signal,
            tuple(self.triggers),
        )

    def _begin(self, base: StageImage | None, facts: BaseImage | None, *, is_scratch: bool) -> None:
        if base is not None:
            self.state = replace(base.final, args={})
            self.entrypoint, self.cmd = base.start.entrypoint, base.start.cmd
            self.ports, self.volumes = list(base.ports), list(base.volumes)
            self.labels, self.healthcheck = dict(base.labels), base.healthcheck
            self.stop_signal = base.stop_signal
        elif is_scratch:
            self.entrypoint, self.cmd = (), ()
        elif facts is None:
            # SHELL is hardly ever set in a base image; a backtick escape tells of Windows, where it differs.
            shell = DEFAULT_SHELL if self.stage.start.escape == "\\" else None
            self.state = State(workdir=None, user=None, shell=shell, env_complete=False)
        else:
            self._begin_known(facts)

    def _begin_known(self, facts: BaseImage) -> None:
        env: dict[str, str | None] = dict(facts.default_env) if facts.default_env is not None else {}
        workdir = facts.workdir
        self.state = State(
            workdir=workdir,
            user=facts.default_user,
            shell=tuple(facts.shell) if facts.shell is not None else None,
            env=env,
            env_complete=facts.default_env is not None,
            folders=frozenset({"/"} | ({workdir} if workdir else set())),
        )
        if facts.sets_entrypoint is False:
            self.entrypoint = ()
        elif facts.sets_entrypoint and facts.entrypoint is not None:
            self.entrypoint = tuple(facts.entrypoint)
        self.cmd = tuple(facts.default_cmd) if facts.default_cmd is not None else None

    def _step(self, instruction: Instruction) -> Step:
        before = self.state
        moved: Transfer | None = None
        commands: tuple[RunCommand, ...] | None = ()
        if isinstance(instruction, Copy | Add):
            moved = transfer(instruction, before, self.stage_names)
            if moved.destination is not None and moved.into_folder:
                self.state = replace(before, folders=before.folders | {moved.destination})
        elif isinstance(instruction, Run):
            commands = run_commands(instruction, before)
        else:
            self._apply(instruction)
        return Step(instruction, before, self.state, moved, commands)

    def _expand(self, text: str, escape: str) -> str | None:
        return expand(text, self.state, escape)

    def _apply(self, instruction: Instruction) -> None:
        match instruction:
            case Env():
                self._env(instruction)
            case Arg():
                self._arg(instruction)
            case Workdir():
                self._workdir(instruction)
            case User():
                self.state = replace(self.state, user=self._expand(instruction.arguments.text, instruction.escape))
            case Shell():
                self.state = replace(self.state, shell=instruction.values)
            case Cmd():
                self.cmd, self.cmd_is_own = self._process(instruction), True
            case Entrypoint():
                self.entrypoint = self._process(instruction)
                if not self.cmd_is_own:
                    self.cmd = ()  # an ENTRYPOINT drops the CMD that came with the base
            case _:
                self._metadata(instruction)

    def _metadata(self, instruction: Instruction) -> None:
        match instruction:
            case Expose():
                self.ports += [self._expand(word.value, instruction.escape) or word.value for word in instruction.words]
            case Volume():
                self.volumes += [
                    self._expand(word.value, instruction.escape) or word.value for word in instruction.words
                ]
            case Label():
                for name, value in instruction.pairs:
                    key = self._expand(name.value, instruction.escape) or name.value
                    self.labels[key] = self._expand(value.value, instruction.escape)
            case Healthcheck():
                self.healthcheck = (*(flag.text for flag in instruction.flags), *instruction.values)
            case Stopsignal():
                self.stop_signal = instruction.arguments.text
            case Onbuild():
                self.triggers.append(instruction.arguments.text)

    def _env(self, instruction: Env) -> None:
        state = self.state
        values = {
            expand(name.value, state, instruction.escape) or name.value: expand(value.value, state, instruction.escape)
            for name, value in instruction.pairs
        }
        self.state = replace(state, env={**state.env, **values})

    def _arg(self, instruction: Arg) -> None:
        for name, default in instruction.pairs:
            value = self._expand(default.value, instruction.escape) if default else self.global_args.get(name)
            self.state = replace(self.state, args={**self.state.args, name: value})

    def _workdir(self, instruction: Workdir) -> None:
        text = self._expand(instruction.arguments.text, instruction.escape)
        path: str | None = None
        if text is not None and text.startswith("/"):
            path = posixpath.normpath(text)
        elif text is not None and self.state.workdir is not None:
            path = posixpath.normpath(posixpath.join(self.state.workdir, text))
        folders = self.state.folders | ({path} if path else set())
        self.state = replace(self.state, workdir=path, folders=folders)

    def _process(self, instruction: Cmd | Entrypoint) -> tuple[str, ...] | None:
        if instruction.form == "json":
            return instruction.values
        if self.state.shell is None:
            return None
        return (*self.state.shell, instruction.arguments.text)
