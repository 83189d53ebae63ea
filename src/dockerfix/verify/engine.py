"""What is asked of an engine: build, save, start, stop, and forget what it made. One file each in `engines/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Literal, Protocol

from dockerfix.errors import DockerfixError
from dockerfix.frozen import frozen
from dockerfix.verify.confinement import Confinement

__all__ = [
    "LABEL",
    "NETWORKS",
    "Answer",
    "BuildOrder",
    "BuildRun",
    "BuildStep",
    "Engine",
    "EngineError",
    "ImageConfig",
    "Network",
    "Running",
    "StartOrder",
    "StepStatus",
    "Stopped",
]

LABEL = "org.dockerfix.verify"  # its value is the id of the run that made the image or container

Network = Literal["default", "host", "none"]
NETWORKS: tuple[Network, ...] = ("default", "host", "none")
StepStatus = Literal["cached", "ran", "failed", "unfinished"]


class EngineError(DockerfixError):
    """There is no engine, or it refused something that a proof needs."""


@frozen
class BuildStep:
    """One numbered step of a build log: its instruction with continuations joined, and what became of it."""

    stage: str
    number: int
    instruction: str
    status: StepStatus


@frozen
class BuildOrder:
    """One build. `network` none builds without any; `seconds` is the time limit; `enough` is asked with the log so far
    whether the rest is of no interest, and ends the build with its yes."""

    context: Path
    dockerfile: Path
    tag: str
    run_id: str
    log: Path
    seconds: float
    network: Network = "default"
    use_cache: bool = True
    target: str | None = None
    args: tuple[tuple[str, str], ...] = ()
    enough: Callable[[str], bool] | None = None


@frozen
class BuildRun:
    """How a build went.

    Attributes:
        seconds: from the start of the command to its end.
        reason: why it failed where that is not in the log (the time limit); empty otherwise.
    """

    ok: bool
    seconds: float
    steps: tuple[BuildStep, ...]
    log: Path
    reason: str = ""


@frozen
class StartOrder:
    """One container, started as the image says. Ports are never taken on this machine.

    `watched` are files of the image of which is to be known whether they are read, where the engine can tell.
    """

    tag: str
    run_id: str
    network: Network = "default"
    environment: tuple[tuple[str, str], ...] = ()
    confinement: Confinement = Confinement()
    watched: tuple[str, ...] = ()


@frozen
class ImageConfig:
    """What an image's configuration says of its start: user (empty for root), argument list, health check.

    `health` is as Docker has it: `("CMD", …)`, `("CMD-SHELL", text)`, `("NONE",)`, or empty.
    """

    identity: str
    user: str
    argv: tuple[str, ...]
    health: tuple[str, ...] = ()


@frozen
class Answer:
    """What a command inside a container printed, both streams together, and its exit code."""

    exit_code: int
    output: str


@frozen
class Stopped:
    """How a container ended: seconds from SIGTERM to its end, and the exit code (137: it was killed)."""

    seconds: float
    exit_code: int | None


class Running(Protocol):
    """A started container."""

    def read(self, path: str) -> str | None:
        """A file as process 1 sees it (`/proc/1/status` is its own); None when it cannot be read."""

    def execute(self, *command: str, seconds: float) -> Answer:
        """Run a command inside, as the container's user; exit code 127 when there is no such program."""

    def execute_beside(self, *command: str, seconds: float) -> Answer | None:
        """Run a command of this machine in the container's network; None where that cannot be done."""

    def exit_code(self) -> int | None:
        """None while process 1 runs."""

    def stop(self, grace: int) -> Stopped:
        """SIGTERM (or the image's stop signal) to process 1, SIGKILL after `grace` seconds."""

    def log(self) -> str:
        """All that its processes printed."""

    def written(self) -> tuple[str, ...] | None:
        """Absolute paths that are new or changed in the container; None when the engine cannot tell."""

    def programs(self) -> tuple[str, ...]:
        """The names of its processes now."""

    def opened(self) -> tuple[str, ...]:
        """Those of the watched files that were read."""

    def remove(self) -> None:
        """Stop it at once and forget it."""


class Engine(Protocol):
    """Docker, Podman or Buildah, reached through its command.

    `ends_clean` tells that a build which is ended leaves no container or folder behind.
    """

    name: str
    ends_clean: bool

    def version(self) -> str:
        """Its version; raises EngineError with a sentence when it cannot be used."""

    def provide(self, reference: str, seconds: float) -> str | None:
        """Have a base image here, pulled when it is missing; None when all is well, else why not."""

    def build(self, order: BuildOrder) -> BuildRun:
        """Build an image; a build that fails is an answer, not an error."""

    def steps(self, log: str) -> tuple[BuildStep, ...]:
        """The steps of a log of its builds, of one that is still written, too."""

    def layer_count(self, reference: str) -> int | None:
        """How many layers an image that is here has; None when it is not here."""

    def config(self, tag: str) -> ImageConfig | None:
        """What an image that is here says of its start; None when it is not here."""

    def size(self, tag: str) -> int | None:
        """The bytes of all files of an image that is here; None when the engine does not tell."""

    def saved(self, tag: str) -> AbstractContextManager[IO[bytes]]:
        """The image as a stream of `docker save`'s archive."""

    def start(self, order: StartOrder) -> Running:
        """Start a container in the background."""

    def caches(self) -> Mapping[str, float]:
        """What builds left for later builds: its id, and the seconds since the epoch at which it was made."""

    def forget(self, run_id: str, caches: Iterable[str]) -> None:
        """Remove the images and containers that carry the label of a run, then these caches. Never fails."""
