"""Reads the instructions of one stage into the steps and the state that they leave, as BuildKit would."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from dockerfix.image.commands import run_commands
from dockerfix.image.landing import USUAL_FOLDERS
from dockerfix.image.layered import Layered, LayeredNames
from dockerfix.image.made_folders import after_run, may_touch_folders
from dockerfix.image.stages import StageImage
from dockerfix.image.start import StartCommand
from dockerfix.image.state import DEFAULT_SHELL, ROOM, State, absolute, expand, expansion, folders_above
from dockerfix.image.steps import Step, Transfer
from dockerfix.image.transfers import transfer
from dockerfix.project.bases.images import BaseImage, base_image
from dockerfix.project.context.build_context import BaseImages
from dockerfix.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
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

__all__ = ["StageReader"]

# What BuildKit sets where nothing is there. Source: dockerfile2llb, emptyImage.
_SCRATCH_ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
# Distributions whose images have the usual folders; distroless images and their like lack some.
_DISTRIBUTIONS = {"debian", "ubuntu", "alpine", "rhel", "amazon", "azurelinux", "suse", "archlinux"}
_LONGEST_PATH = 4096  # PATH_MAX of Linux; what is longer cannot be made
_MOST_FOLDERS = 1000  # what a stage makes beyond is not known to be there


class StageReader:
    """Asked once, by `read`.

    Args:
        earlier: the stages above, by name and by number.
        args: the ARGs above the first FROM.
        room: how many characters variables may bring into a word (`State.room`).
    """

    def __init__(
        self,
        stage: Stage,
        earlier: Mapping[str, StageImage],
        args: Mapping[str, str | None],
        base_images: BaseImages,
        room: int = ROOM,
    ) -> None:
        self.stage = stage
        self.base_images = base_images
        self.global_args = args
        self.earlier = earlier
        self.state = State(room=room)
        self.previous: Step | None = None
        self.entrypoint: tuple[str, ...] | None = None
        self.cmd: tuple[str, ...] | None = None
        self.cmd_is_own = False
        self.ports: tuple[str, ...] = ()
        self.volumes: tuple[str, ...] = ()
        self.labels: Layered[str | None] = Layered()
        self.healthcheck: tuple[str, ...] | None = None
        self.stop_signal: str | None = None
        self.triggers: list[str] = []

    def read(self) -> StageImage:
        start = self.stage.start
        name = expand(
            start.image.value if start.image else "", State(args=self.global_args, room=self.state.room), start.escape
        )
        base = self.earlier.get(name.lower()) if name is not None and not name.isdigit() else None
        reference = ImageReference.parse(name) if name is not None and base is None else None
        if base is not None:
            facts = base.facts
        else:
            facts = base_image(reference, self.base_images) if reference is not None else None
        platform = start.flag("platform")
        self._begin(base, facts, is_scratch=name == "scratch")
        initial = self.state
        triggered = tuple(self._step(trigger) for trigger in _triggers(base)) if base is not None else ()
        steps = tuple(self._step(instruction) for instruction in self.stage.instructions[1:])
        return StageImage(
            stage=self.stage,
            base=base,
            reference=base.reference if base else reference,
            facts=facts,
            platform=platform.value if platform else None,
            initial=initial,
            triggered=triggered,
            steps=steps,
            start=StartCommand(self.entrypoint, self.cmd),
            ports=self.ports,
            volumes=self.volumes,
            labels=self.labels,
            healthcheck=self.healthcheck,
            stop_signal=self.stop_signal,
            triggers=tuple(self.triggers),
        )

    def _begin(self, base: StageImage | None, facts: BaseImage | None, *, is_scratch: bool) -> None:
        if base is not None:
            self.state = base.final
            self.entrypoint, self.cmd = base.start.entrypoint, base.start.cmd
            self.ports, self.volumes = base.ports, base.volumes
            self.labels, self.healthcheck = Layered.of(base.labels), base.healthcheck
            self.stop_signal = base.stop_signal
            self.previous = base.last_step
            _ = base.all_steps  # one stage after the other, so that no chain is walked by calling oneself
        elif is_scratch:
            self.state = replace(self.state, env=Layered(_SCRATCH_ENV))
            self.entrypoint, self.cmd = (), ()
        elif facts is None:
            # SHELL is hardly ever set in a base image; a backtick escape tells of Windows, where it differs.
            shell = DEFAULT_SHELL if self.stage.start.escape == "\\" else None
            self.state = replace(self.state, workdir=None, user=None, shell=shell, env_complete=False, ground="unknown")
        else:
            self._begin_known(facts)

    def _begin_known(self, facts: BaseImage) -> None:
        workdir = facts.workdir
        usual = facts.distribution in _DISTRIBUTIONS
        self.state = replace(
            self.state,
            workdir=workdir,
            user=facts.default_user,
            shell=tuple(facts.shell) if facts.shell is not None else None,
            env=Layered(facts.default_env),
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
            moved = transfer(instruction, before, self.earlier.keys(), self.previous)
            if moved.destination is not None:
                place = moved.destination if moved.into_folder else posixpath.dirname(moved.destination)
                self._add_folder(place)
        elif isinstance(instruction, Run):
            self._run(instruction)
        else:
            self._apply(instruction)
        self.previous = Step(instruction, before, self.state, moved, self.previous)
        return self.previous

    def _run(self, run: Run) -> None:
        commands = run_commands(run, self.state) if may_touch_folders(run) else ()
        folders = after_run(commands or (), self.state.folders)
        if folders != self.state.folders:
            self.state = replace(self.state, folders=folders)

    def _add_folder(self, path: str) -> None:
        folders = self.state.folders
        if path not in folders and len(folders) < _MOST_FOLDERS and len(path) <= _LONGEST_PATH:
            self.state = replace(self.state, folders=folders | folders_above(path))

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
                path = None if path is not None and len(path) > _LONGEST_PATH else path
                self.state = replace(self.state, workdir=path)
                if path is not None:
                    self._add_folder(path)
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
                self.ports += tuple(port for word in self._words(instruction) for port in word.split())
            case Volume():
                self.volumes += tuple(self._words(instruction))
            case Label():
                found = (
                    (self._expand(name.value, instruction.escape) or name.value, value)
                    for name, value in instruction.pairs
                )
                self.labels = self.labels.with_values(
                    {key: self._expand(value.value, instruction.escape) for key, value in found}
                )
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
            env=Layered.of(state.env).with_values({name: found.value for name, found in values.items()}),
            args=Layered.of(state.args).without(values),
            varying=LayeredNames(state.varying)
            .without(name for name, found in values.items() if not found.varies)
            .with_names(name for name, found in values.items() if found.varies),
        )

    def _arg(self, instruction: Arg) -> None:
        for name, default in instruction.pairs:
            args = Layered.of(self.state.args)
            if default is not None:
                value = self._expand(default.value, instruction.escape)
            else:
                value = self.global_args.get(name, args.get(name))
            varying = LayeredNames(self.state.varying).with_names((name,))
            self.state = replace(self.state, args=args.with_values({name: value}), varying=varying)

    def _process(self, instruction: Cmd | Entrypoint) -> tuple[str, ...] | None:
        if instruction.form == "json":
            return instruction.values
        if self.state.shell is None:
            return None
        return (*self.state.shell, instruction.arguments.text)


def _triggers(base: StageImage) -> list[Instruction]:
    """What ONBUILD of a stage makes a stage run that starts from it."""
    return [onbuild.trigger for onbuild in base.stage.find(Onbuild) if onbuild.trigger is not None]
