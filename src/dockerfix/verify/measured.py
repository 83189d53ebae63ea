"""What was measured of one image: plain values, as JSON carries them. None is "not known" or "not measured"."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.verify.contents.archive import Layer, Secret
from dockerfix.verify.engine import BuildStep

__all__ = ["Build", "Contents", "HttpAnswer", "Measured", "Rebuild", "Smoke", "Started"]


@frozen
class Build:
    """A build from nothing: all steps ran, the base image was there.

    Attributes:
        log: the file that holds the whole log; `last_lines` is its end, for a build that failed.
    """

    ok: bool
    seconds: float
    steps: tuple[BuildStep, ...]
    log: str
    last_lines: tuple[str, ...] = ()
    reason: str = ""


@frozen
class Contents:
    """What is in the image: bytes in all, its layers, and the secrets in those above the base image."""

    size: int
    layers: tuple[Layer, ...]
    secrets: tuple[Secret, ...]
    exposed: tuple[str, ...]


@frozen
class Rebuild:
    """A build after one file was touched (newlines were added): what ran again, and what came from the cache.

    `ran` holds the instructions, FROM left out; `cached` counts the others. `seconds` is None where the build was
    ended as soon as it was known what runs.
    """

    touched: str
    ok: bool
    seconds: float | None
    ran: tuple[str, ...]
    cached: int


@frozen
class HttpAnswer:
    """The first answer on a port: its status code, and the seconds from the start of the container."""

    port: int
    status: int
    seconds: float


@frozen
class Smoke:
    """The user's own check: its exit code and the end of what it printed."""

    exit_code: int
    output: str


@frozen
class Started:
    """The image as a running container.

    Attributes:
        uid: effective user of process 1.
        capabilities: effective capabilities of process 1, by name.
        user: the name of that user in the image; None where it has none, or none that could be read.
        argv: of process 1, as the kernel has it; `program` is the name of what it runs.
        ports: listened on at an address that is reached from outside; `loopback_ports` are not.
        ended: process 1 ended by itself before it was asked to, with this exit code.
        stop_seconds: from SIGTERM to the end; `stop_code` is the exit code, 137 where it had to be killed.
        written: paths that the processes wrote.
        denied: paths that the processes wanted to write and could not; None where nobody could be asked, as the
            container had ended.
        health: the health check of the image or of a compose file, at its last asking.
        programs: names of processes that were seen at one look or another.
        opened: of the files that were watched, those that were read.
        home: the home folder of process 1, by its environment.
        complaints: lines of the log that say so of a path that they do not name.
        log: the end of what they printed; `log_file` has it whole.
    """

    uid: int | None = None
    capabilities: tuple[str, ...] | None = None
    argv: tuple[str, ...] | None = None
    program: str | None = None
    ports: tuple[int, ...] | None = None
    loopback_ports: tuple[int, ...] = ()
    http: HttpAnswer | None = None
    http_unknown: str = ""
    ended: int | None = None
    stop_seconds: float | None = None
    stop_code: int | None = None
    written: tuple[str, ...] | None = None
    denied: tuple[str, ...] | None = None
    complaints: tuple[str, ...] = ()
    smoke: Smoke | None = None
    health: Smoke | None = None
    programs: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    home: str | None = None
    log: tuple[str, ...] = ()
    log_file: str = ""
    user: str | None = None


@frozen
class Measured:
    """All that was measured of one side; `context_size` are the bytes of the context that a `COPY . .` brings."""

    build: Build
    context_size: int | None = None
    contents: Contents | None = None
    started: Started | None = None
    source_rebuild: Rebuild | None = None
    dependency_rebuild: Rebuild | None = None
