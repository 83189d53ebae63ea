"""One way in which somebody starts a container: plain values."""

from __future__ import annotations

from typing import TypeAlias

from dockerfix.frozen import frozen
from dockerfix.project.builds.use import BuildUse, Granted, Mount

__all__ = ["ContainerRun", "Use"]


@frozen
class ContainerRun:
    """A container that a command, a compose file, a platform or a manifest of Kubernetes starts.

    Attributes:
        source: the file that says so; as seen from the build context where `container_runs` gives it, else from the
            repository.
        line: 1-based, in that file; 0 where it is not known.
        name: for people: "the service web", "docker run", "the container app".
        image: what it starts; None where that is not known, "" where the file builds it.
        is_ours: whether that is the context's image; None where it may be.
        entrypoint, command: argument lists that take the place of the image's own; None where it keeps them.
        user: takes the place of the image's own; None where it keeps it.
        environment: variables set at start, with None for a value that is not known.
        service: the name in a compose file or of a platform; empty for anything else.
        target: the stage, as `ComposeService.target` has it.
        is_manifest: Kubernetes starts it.
        is_likely: it is the context's image; or nothing tells whose it is, and the repository has no other Dockerfile.
    """

    source: str
    line: int
    name: str
    image: str | None = None
    is_ours: bool | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    user: str | None = None
    privileged: bool = False
    mounts: tuple[Mount, ...] = ()
    granted: tuple[Granted, ...] = ()
    ports: tuple[int, ...] = ()
    environment: tuple[tuple[str, str | None], ...] = ()
    service: str = ""
    target: str | None = None
    is_manifest: bool = False
    is_likely: bool = False

    @property
    def place(self) -> str:
        """Where it says so, for people: `Makefile:3`."""
        return f"{self.source}:{self.line}" if self.line else self.source


Use: TypeAlias = BuildUse | ContainerRun  # what a command of a script does with an image
