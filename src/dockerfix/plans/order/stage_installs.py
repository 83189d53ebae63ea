"""The dependency installs of each stage, found in one walk along its steps."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from dockerfix.frozen import mutable
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, Step, image
from dockerfix.image.steps import Transfer
from dockerfix.image.transfers import Origin, lay_over, placed_files
from dockerfix.memo import memoised
from dockerfix.plans.order.known_words import with_values
from dockerfix.plans.order.mounts import mounted_files
from dockerfix.plans.order.named import with_named
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.table import install_of, is_known
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Dockerfile, Run

__all__ = ["installs"]


@memoised
def installs(dockerfile: Dockerfile, context: BuildContext) -> Mapping[int, tuple[Install, ...]]:
    """The installs of every RUN that has some, by the index of the instruction.

    A stage ends being read at a COPY whose files cannot be told: below it nothing is known to be there.
    """
    model = image(dockerfile, context)
    walks: dict[int, _Walk] = {}
    found: dict[int, tuple[Install, ...]] = {}
    for stage in model.stages:
        base = walks.get(stage.base.stage.index) if stage.base is not None else None
        walk = walks[stage.stage.index] = base.copy() if base is not None else _Walk(model)
        for step in stage.triggered + stage.steps:
            own = walk.step(step)
            if own:
                found[step.instruction.index] = own
    return found


@mutable
class _Walk:
    """What is in the image by now: copied files, places of files that came another way, settings that were made."""

    model: Image
    placed: dict[str, Origin] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    configured: set[str] = field(default_factory=set)
    known: bool = True

    def copy(self) -> _Walk:
        return _Walk(self.model, dict(self.placed), set(self.made), set(self.configured), self.known)

    def step(self, step: Step) -> tuple[Install, ...]:
        """Takes in one step; the installs that it runs."""
        if step.transfer is not None:
            self._copied(step.transfer)
        if not self.known or not isinstance(step.instruction, Run) or not step.commands:
            return ()
        mounted = mounted_files(step, self.model.context)
        found: list[Install] = []
        for written, item in zip(step.commands, with_values(step.commands, step.before), strict=True):
            install = self._install(item, step, mounted)
            if install is not None:
                found.append(replace(install, command=written.program))
                self.made.update(install.makes)
        return tuple(found)

    def _install(self, item: RunCommand, step: Step, mounted: Mapping[str, str]) -> Install | None:
        program = item.program
        if not is_known(program):
            return None
        if "config" in program.argv[1:3] or program.name == "export":
            self.configured.add(" ".join(value or "" for value in program.argv))
        call = Call(
            item,
            program,
            step,
            self.placed,
            self.model.context,
            mounted,
            frozenset(self.made),
            frozenset(self.configured),
        )
        install = install_of(call)
        return with_named(call, install) if install is not None else None

    def _copied(self, item: Transfer) -> None:
        files = placed_files(item, self.model.context)
        if files is None:
            self.known = False
            return
        lay_over(self.placed, item, files)
        self.made.update(_foreign(item))


def _foreign(item: Transfer) -> Iterator[str]:
    """The places where files of other stages and images land, as far as their names tell."""
    for source in item.sources:
        if source.kind in ("stage", "image", "url") and source.path is not None and item.destination is not None:
            yield item.destination
            yield posixpath.join(item.destination, posixpath.basename(source.path))
