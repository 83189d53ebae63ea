"""The image that a Dockerfile describes, worked out without running anything, as BuildKit would."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from dockerfix.image.commands import RunCommand, run_commands
from dockerfix.image.landing import USUAL_FOLDERS
from dockerfix.image.start import StartCommand
from dockerfix.image.state import DEFAULT_SHELL, State, absolute, expand, expansion, folders_above
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


@dataclass(frozen=True, eq=False)
class Step:
    """One instruction with the state around it; `transfer` is set for COPY and ADD.

    `previous` is the step before it, in the stage that this one starts from too.
    """

    instruction: Instruction
    before: State
    after: State
    transfer: Transfer | None = None
    previous: Step | None = None

    @cached_property
    def commands(self) -> tuple[RunCommand, ...] | None:
        """What a RUN executes, () for other instructions; None when the script cannot be read."""
        return run_commands(self.instruction, self.before)


@dataclass(frozen=True, eq=False)
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
    def all_steps(self) -> tuple[Step, ...]:
        """The steps of the stages this one starts from, what these trigger here, then its own."""
        return (self.base.all_steps if self.base else ()) + self.triggered + self.steps

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


@memoised
def image(dockerfile: Dockerfile, context: BuildContext) -> Image:
    """The image model of a file in its context; never raises for a file that `syntax.check` accepts."""
    stages: list[StageImage] = []
    args = _global_args(dockerfile)
    for stage in dockerfile.stages:
        stages.append(_StageReader(stage, tuple(stages), args, context).read())
    return Image(dockerfile, context, tuple(stages))


# What BuildKit sets where nothing is there. Source: dockerfile2llb, emptyImage.
_SCRATCH_ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
# Distributions whose images have the usual folders; distroless images and their like lack some.
_DISTRIBUTIONS = {"debian", "ubuntu", "alpine", "rhel", "amazon", "azurelinux", "suse", "archlinux"}
# BuildKit predefines these; their values depend on where the build runs.
_PLATFORM_ARGS = dict.fromkeys(
    f"{side}{part}" for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


@memoised
def _global_args(dockerfile: Dockerfile) -> Mapping[str, str | None]:
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
        self.stage_names = frozenset(name for s in earlier for name in (s.name, str(s.stage.index)))
        self.state = State()
        self.previous: Step | None = None
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
        name = expand(start.image.value if start.image else "", State(args=self.global_args), start.escape)
        base = next((s for s in reversed(self.earlier) if name is not None and name.lower() == s.stage.name), None)
        reference = ImageReference.parse(name) if name is not None and base is None else None
        if base is not None:
            facts = base.facts
        else:
            facts = base_image(reference, self.context.base_images) if reference is not None else None
        platform = start.flag("platform")
        self._begin(base, facts, is_scratch=name == "scratch")
        initial = self.state
        triggered = tuple(self._step(trigger) for trigger in _triggers(base)) if base is not None else ()
        steps = tuple(self._step(instruction) for instruction in self.stage.instructions[1:])
        return StageImage(
            self.stage,
            base,
            base.reference if base else reference,
            facts,
            platform.value if platform else None,
            initial,
            triggered,
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
            self.state = base.final
            self.entrypoint, self.cmd = base.start.entrypoint, base.start.cmd
            self.ports, self.volumes = list(base.ports), list(base.volumes)
            self.labels, self.healthcheck = dict(base.labels), base.healthcheck
            self.stop_signal = base.stop_signal
            self.previous = base.all_steps[-1] if base.all_steps else None
        elif is_scratch:
            self.state = State(env=_SCRATCH_ENV)
            self.entrypoint, self.cmd = (), ()
        elif facts is None:
            # SHELL is hardly ever set in a base image; a backtick escape tells of Windows, where it differs.
            shell = DEFAULT_SHELL if self.stage.start.escape == "\\" else None
            self.state = State(workdir=None, user=None, shell=shell, env_complete=False, ground="unknown")
        else:
            self._begin_known(facts)

    def _begin_known(self, facts: BaseImage) -> None:
        workdir = facts.workdir
        usual = facts.distribution in _DISTRIBUTIONS
        self.state = State(
            workdir=workdir,
            user=facts.default_user,
            shell=tuple(facts.shell) if facts.shell is not None else None,
            env=dict(facts.default_env),
            env_complete=False,  # the data names what is known to be set, not all that is
            folders=frozenset({"/", workdir or "/"}) | (USUAL_FOLDERS if usual else frozenset()),
            ground="usual" if usual else "unknown",
        )
        if facts.sets_entrypoint is False:
            self.entrypoint = ()
        elif facts.sets_entrypoint and facts.entrypoint is not None:
            self.entrypoint = tuple(facts.entrypoint)
        self.cmd = tuple(facts.default_cmd) if facts.default_cmd is not None else None

    def _step(self, instruction: Instruction) -> Step:
        before = self.state
        moved: Transfer | None = None
        if isinstance(instruction, Copy | Add):
            moved = transfer(instruction, before, self.stage_names, self.previous)
            if moved.destination is not None:
                place = moved.destination if moved.into_folder else posixpath.dirname(moved.destination)
                self._add_folder(place)
        elif not isinstance(instruction, Run):
            self._apply(instruction)
        self.previous = Step(instruction, before, self.state, moved, self.previous)
        return self.previous

    def _add_folder(self, path: str) -> None:
        if path not in self.state.folders:
            self.state = replace(self.state, folders=self.state.folders | folders_above(path))

    def _expand(self, text: str, escape: str) -> str | None:
        return expand(text, self.state, escape)

    def _apply(self, instruction: Instruction) -> None:
        match instruction:
            case Env():
                self._env(instruction)
            case Arg():
                self._arg(instruction)
            case Workdir():
                text = self._expand(instruction.arguments.text, instruction.escape)
                path = absolute(text, self.state.workdir) if text is not None else None
                self.state = replace(self.state, workdir=path)
                self._add_folder(path or "/")
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
                # Unlike elsewhere, a variable may hold several words.
                self.ports += [port for word in self._words(instruction) for port in word.split()]
            case Volume():
                self.volumes += self._words(instruction)
            case Label():
                for name, value in instruction.pairs:
                    key = self._expand(name.value, instruction.escape) or name.value
                    self.labels[key] = self._expand(value.value, instruction.escape)
            case Healthcheck():
                self.healthcheck = (*(flag.text for flag in instruction.flags), *instruction.values)
            case Stopsignal():
                self.stop_signal = next(iter(self._words(instruction)), None)
            case Onbuild():
                self.triggers.append(instruction.arguments.text)

    def _words(self, instruction: Instruction) -> list[str]:
        """The words of an instruction with variables replaced; as written where one is unknown."""
        found = ((word.value, self._expand(word.value, instruction.escape)) for word in instruction.words)
        return [written if value is None else value for written, value in found]

    def _env(self, instruction: Env) -> None:
        state, escape = self.state, instruction.escape
        values = {
            expand(name.value, state, escape) or name.value: expansion(value.value, state, escape)
            for name, value in instruction.pairs
        }
        self.state = replace(
            state,
            env={**state.env, **{name: found.value for name, found in values.items()}},
            args={name: value for name, value in state.args.items() if name not in values},
            varying=(state.varying - values.keys()) | {name for name, found in values.items() if found.varies},
        )

    def _arg(self, instruction: Arg) -> None:
        for name, default in instruction.pairs:
            args = self.state.args
            if default is not None:
                value = self._expand(default.value, instruction.escape)
            else:
                value = self.global_args.get(name, args.get(name))
            self.state = replace(self.state, args={**args, name: value}, varying=self.state.varying | {name})

    def _process(self, instruction: Cmd | Entrypoint) -> tuple[str, ...] | None:
        if instruction.form == "json":
            return instruction.values
        if self.state.shell is None:
            return None
        return (*self.state.shell, instruction.arguments.text)


def _triggers(base: StageImage) -> list[Instruction]:
    """What ONBUILD of a stage makes a stage run that starts from it."""
    return [onbuild.trigger for onbuild in base.stage.find(Onbuild) if onbuild.trigger is not None]
