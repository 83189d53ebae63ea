"""One way in which somebody builds a Dockerfile and starts what comes out of it: plain values."""

from __future__ import annotations

import posixpath
from dataclasses import field
from typing import Literal

from dockerfix.frozen import frozen

__all__ = ["BuildUse", "Granted", "Mount", "Synced", "below", "joined", "relative"]


@frozen
class Mount:
    """Something that is laid over a folder of the image.

    `source` is a volume's name, or the path of a bind mount relative to the context where it lies there ("" is the
    context itself), else as written; None for an anonymous volume. `target` is absolute. In a `BuildUse` the
    repository stands for the context. `place` is "compose.yaml:7", empty where it is not known.
    """

    kind: Literal["bind", "volume", "anonymous", "tmpfs"]
    source: str | None
    target: str
    read_only: bool
    in_context: bool = False
    place: str = field(default="", compare=False)


@frozen
class Synced:
    """What `docker compose watch` keeps up to date in a running container, as its user: `target` is absolute.

    `source` is as written; `place` is as of a mount. Source: Docker documentation, "Use Compose Watch": the user has
    to be able to write to the target path.
    """

    source: str
    target: str
    place: str = field(default="", compare=False)


@frozen
class Granted:
    """What whoever starts a container gives to it besides mounts: `kind` is `device`, `device rule` or `capability`.

    `place` is as of a mount.
    """

    kind: Literal["device", "device rule", "capability"]
    name: str
    place: str = field(default="", compare=False)


@frozen
class BuildUse:
    """One way in which somebody builds a Dockerfile; paths are posix and relative to the repository.

    Attributes:
        source: the file that says so.
        line: 1-based, in that file.
        dockerfile: which exists.
        context: "" for the root; None for a folder that is made for the build, so that nothing is known of it.
        target: the stage; None for the last one, and for one that is only known at build time (then not `certain`).
        args: build arguments, with None for a value that is not known.
        certain: False where something else may be meant as well.
        image: the name that the image gets, where one is given.
        service: what is started, by the name it has in the source; None where nothing tells how the image is started.
        entrypoint, command: argument lists that take the place of the image's own; None where it keeps them.
        user: takes the place of the image's own.
        mounts: what is laid over its folders.
        ports: ports inside the container that are reached from outside.
        environment: variables set at start, with None for a value that is not known.
        granted: devices and capabilities.
    """

    source: str
    line: int
    dockerfile: str
    context: str | None
    target: str | None = None
    args: tuple[tuple[str, str | None], ...] = ()
    certain: bool = True
    image: str | None = None
    service: str | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    user: str | None = None
    privileged: bool = False
    mounts: tuple[Mount, ...] = ()
    ports: tuple[int, ...] = ()
    environment: tuple[tuple[str, str | None], ...] = ()
    granted: tuple[Granted, ...] = ()

    @property
    def place(self) -> str:
        """Where it says so, for people: `compose.yaml:3`."""
        return f"{self.source}:{self.line}"


def joined(folder: str, path: str) -> str | None:
    """A path seen from a folder of the repository, relative to the repository; "" is its root.

    None for an absolute path, one that climbs out, and what is no path here (a URL, an unknown variable).
    """
    if path.startswith(("/", "~")) or "://" in path or "$" in path or "\\" in path or "\0" in path or "{{" in path:
        return None
    found = posixpath.normpath(posixpath.join(folder, path))
    if found == ".." or found.startswith("../"):
        return None
    return "" if found == "." else found


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it; "" is the root."""
    return not folder or path == folder or path.startswith(folder + "/")


def relative(path: str, folder: str) -> str:
    """A path of the repository as seen from a folder of it; "" for the folder itself."""
    found = posixpath.relpath(path or ".", folder or ".")
    return "" if found == "." else found
