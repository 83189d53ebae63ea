"""A real Docker engine for tests: build, inspect, run.

Where root may start one, the engine is a daemon of the tests' own, with its own storage: it sees none of the machine's
images and leaves none behind. Elsewhere it is the engine that `docker info` reaches, with real base images only.

Environment:
    DOCKERFIX_ENGINE: `require` turns "no usable engine" from a skip into a failure.
    DOCKERFIX_ENGINE_BASES: `registry` or `stand-in`; else the registry is asked once, and decides.
    DOCKERFIX_ENGINE_MIRROR: the Debian mirror for stand-ins.
"""

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import dockerfile as buildkit
from base_images import DEFAULT_SUITE, BaseImages, NoBaseImage, RealImages, Suite
from build_log import BuildResult, read_steps
from container import Container
from daemon import NoEngine, PrivateDaemon
from stand_ins import StandIns

BUILD_SECONDS = 600.0
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class ImageConfig:
    """The configuration of an image, as `docker inspect` tells it.

    Where nothing sets them, `user` is empty, `working_dir` empty or `/`, `entrypoint` and `cmd` are None.
    `exposed_ports` and `volumes` are as written, with the protocol (`8000/tcp`). `layers` are digests, lowest first.
    """

    user: str
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    working_dir: str
    env: dict[str, str]
    exposed_ports: frozenset[str]
    volumes: frozenset[str]
    labels: dict[str, str]
    layers: tuple[str, ...]

    @classmethod
    def from_inspection(cls, image: dict[str, Any]) -> Self:
        """Read one element of what `docker image inspect` prints."""
        config = image["Config"]
        return cls(
            user=config.get("User") or "",
            entrypoint=_words(config.get("Entrypoint")),
            cmd=_words(config.get("Cmd")),
            working_dir=config.get("WorkingDir") or "",
            env=dict(pair.split("=", 1) for pair in config.get("Env") or ()),
            exposed_ports=frozenset(config.get("ExposedPorts") or ()),
            volumes=frozenset(config.get("Volumes") or ()),
            labels=dict(config.get("Labels") or {}),
            layers=tuple(image["RootFS"]["Layers"]),
        )


class BuildFailed(Exception):
    """`docker build` refused; the message is its log."""


class Engine:
    """A Docker engine. Made by `open_engine`; `close` removes what it built."""

    def __init__(self, client: str, daemon: PrivateDaemon | None) -> None:
        self.client = client
        self.daemon = daemon
        self._built: set[str] = set()

    @cached_property
    def bases(self) -> BaseImages:
        """Where base images come from; the registry is asked on first use.

        Raises:
            NoEngine: no registry answers, and this engine is not ours.
        """
        real = RealImages(self.docker, may_retag=self.daemon is not None)
        wanted = os.environ.get("DOCKERFIX_ENGINE_BASES", "")
        if wanted == "registry" or (wanted != "stand-in" and self._registry_answers()):
            return real
        if self.daemon is None:
            raise NoEngine("no registry answers, and stand-in images are only made for an engine of our own")
        return StandIns(self.docker)

    def build(
        self,
        context: Path,
        *,
        tag: str | None = None,
        dockerfile: str = "Dockerfile",
        suite: Suite = DEFAULT_SUITE,
        arguments: dict[str, str] | None = None,
    ) -> BuildResult:
        """Build an image with BuildKit.

        Args:
            context: the build context.
            tag: its name; one of its own when not given.
            dockerfile: path of the Dockerfile, relative to `context`.
            suite: the Debian that base images stand on whose tag names none.
            arguments: values for ARG.
        Raises:
            BuildFailed: the build failed.
            NoBaseImage: a base image can't be had.
        """
        file = context / dockerfile
        for reference in base_references(file):
            self.bases.provide(reference, suite)
        tag = tag or f"dockerfix-test-{uuid.uuid4().hex[:12]}"
        values = {name: os.environ[name] for name in PROXIES if name in os.environ} | (arguments or {})
        flags = [part for name, value in values.items() for part in ("--build-arg", f"{name}={value}")]
        command = ("build", "--network=host", "--progress=plain", "--tag", tag, "--file", str(file), *flags)
        done = self.docker(*command, str(context), check=False, timeout=BUILD_SECONDS)
        log = done.stdout + done.stderr
        if done.returncode != 0:
            raise BuildFailed(log)
        self._built.add(tag)
        return BuildResult(tag, log, read_steps(log))

    def inspect(self, tag: str) -> ImageConfig:
        """The configuration of an image."""
        return ImageConfig.from_inspection(json.loads(self.docker("image", "inspect", tag).stdout)[0])

    @contextmanager
    def run(self, tag: str, *command: str, env: dict[str, str] | None = None) -> Iterator[Container]:
        """A container of an image, removed at the end of the `with`.

        It has a network of its own without a way out, so that no port of this machine is taken or asked by mistake.

        Args:
            command: replaces the image's CMD when given.
            env: environment variables, as `--env`.
        """
        flags = [part for name, value in (env or {}).items() for part in ("--env", f"{name}={value}")]
        started = self.docker("run", "--detach", "--network=none", *flags, tag, *command)
        container = Container(self.docker, started.stdout.strip())
        try:
            yield container
        finally:
            container.remove()

    def docker(self, *arguments: str, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one `docker` command.

        Args:
            timeout: seconds.
        Raises:
            subprocess.CalledProcessError: it failed and `check` is set; its notes carry what it printed.
        """
        environment = os.environ | {"DOCKER_BUILDKIT": "1"}
        if self.daemon is not None:
            environment["DOCKER_HOST"] = self.daemon.host
            environment.pop("DOCKER_CONTEXT", None)
        done = subprocess.run(
            [self.client, *arguments], check=False, capture_output=True, text=True, env=environment, timeout=timeout
        )
        if check and done.returncode != 0:
            error = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
            error.add_note(done.stderr)
            raise error
        return done

    def close(self) -> None:
        """Remove the built images, or the whole daemon where it is ours."""
        if self.daemon is not None:
            self.daemon.close()
            return
        for tag in self._built:
            self.docker("image", "rm", "--force", tag, check=False)

    def _registry_answers(self) -> bool:
        try:
            return self.docker("pull", "--quiet", "hello-world", check=False, timeout=20).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def open_engine() -> Engine:
    """The engine to test with: a daemon of our own, else the one that `docker info` reaches.

    Raises:
        NoEngine: neither can be used; the message says why.
    """
    client = "/usr/bin/docker" if os.access("/usr/bin/docker", os.X_OK) else shutil.which("docker")
    if client is None:
        raise NoEngine("docker is not installed (Debian: apt-get install docker.io)")
    daemon: PrivateDaemon | None = None
    try:
        daemon = PrivateDaemon.start(client)
    except NoEngine as reason:
        if subprocess.run([client, "info"], check=False, capture_output=True).returncode != 0:
            raise NoEngine(f"{reason}; and `docker info` reaches no engine") from None
    try:
        engine = Engine(client, daemon)
        _try_out(engine)
    except BaseException:
        if daemon is not None:
            daemon.close()
        raise
    return engine


def base_references(dockerfile: Path) -> list[str]:
    """The images that a Dockerfile takes from outside with FROM or `COPY --from`, as written; stages, `scratch` and
    what hangs on a variable are left out."""
    stages: set[str] = {"scratch"}
    references = []
    for command in buildkit.parse_file(str(dockerfile)):
        if command.cmd.upper() == "FROM":
            reference, *name = command.value
        else:
            reference = next((flag[7:] for flag in command.flags if flag.startswith("--from=")), "0")
            name = []
        if reference.lower() not in stages and not reference.isdecimal() and "$" not in reference:
            references.append(reference)
        stages.update(word.lower() for word in name[1:])
    return references


def _try_out(engine: Engine) -> None:
    """A daemon may answer and yet be unable to run anything, inside a container for example."""
    try:
        engine.bases.provide("python:3.12-slim", DEFAULT_SUITE)
    except NoBaseImage as error:
        raise NoEngine(str(error)) from None
    run = engine.docker("run", "--rm", "--network=none", "python:3.12-slim", "python3", "-c", "pass", check=False)
    if run.returncode != 0:
        raise NoEngine(f"the Docker engine runs no container: {run.stderr.strip()}")


def _words(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)
