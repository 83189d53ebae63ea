"""What a user may ask of a proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.project.builds.compose_given import ComposeGiven
from dockerfix.verify.engine import Network

__all__ = ["Plan", "Tell"]

Tell = Callable[[str], None]


@frozen
class Plan:
    """How to measure, and the limits.

    Attributes:
        network: of builds. A started container never gets the machine's own: with `host` and `none` it has none.
        smoke: the user's check, a line for `sh`, run inside each container; beside it where the image lacks the
            program.
        bisect: find the repair that broke something, and drop it.
        full: builds from nothing one after the other, and whole rebuilds after a source and after a dependency; else
            both sides are built at the same time, and of a rebuild only is seen what runs again.
        build_seconds: limit for one build; `start_seconds` for a container to answer; `grace` between SIGTERM and
            SIGKILL.
        bytes_limit: for the build context and for an image each.
        health: a check of the started container, as `ImageConfig.health` has it; it takes the place of the image's.
        is_cut_off: started containers have no network but their own, whatever builds have.
        environment: for the containers; `args` are build arguments; `target` is the stage.
    """

    network: Network = "default"
    smoke: str | None = None
    bisect: bool = False
    full: bool = False
    build_seconds: float = 900.0
    start_seconds: float = 30.0
    grace: int = 10
    bytes_limit: int = 8 * 10**9
    environment: tuple[tuple[str, str], ...] = ()
    args: tuple[tuple[str, str], ...] = ()
    target: str | None = None
    is_cut_off: bool = False
    health: tuple[str, ...] = ()

    def with_given(self, given: ComposeGiven | None) -> Plan:
        """The same with what a compose file says, as far as nobody asked for something else."""
        if given is None:
            return self
        return replace(
            self,
            target=self.target if self.target is not None else given.target,
            args=tuple({**dict(given.args), **dict(self.args)}.items()),
            environment=tuple({**dict(given.environment), **dict(self.environment)}.items()),
            health=self.health or given.health,
        )
