"""Docker with BuildKit, through the `docker` command."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import IO

from dockerfix.text import is_number
from dockerfix.verify.build_log import buildkit_steps
from dockerfix.verify.commands import Commands, Done
from dockerfix.verify.engine import (
    LABEL,
    BuildOrder,
    BuildRun,
    BuildStep,
    EngineError,
    ImageConfig,
    Running,
    StartOrder,
)
from dockerfix.verify.engines.container import Container, config_of, confined, limits

__all__ = ["PROXIES", "Docker"]

# Predefined build arguments: they are in no layer and in no cache key.
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Docker:
    """The engine behind `docker`: the daemon that DOCKER_HOST or the current context names."""

    name = "docker"
    ends_clean = True

    def __init__(self, commands: Commands, program: str | None = None) -> None:
        """`program` is the client; None for the one on PATH, or that of the variable DOCKERFIX_DOCKER."""
        self._commands = commands
        self._program = program or os.environ.get("DOCKERFIX_DOCKER") or "docker"

    def version(self) -> str:
        if shutil.which(self._program) is None:
            raise EngineError("docker is not installed")
        done = self._docker_run("version", "--format", "{{.Server.Version}}")
        if done.code != 0 or not done.out.strip():
            raise EngineError(f"docker does not answer ({(done.text.splitlines() or ['no output'])[-1]})")
        return done.out.strip()

    def provide(self, reference: str, seconds: float) -> str | None:
        if self._docker_run("image", "inspect", reference).code == 0:
            return None
        done = self._docker_run("pull", "--quiet", reference, seconds=seconds)
        return None if done.code == 0 else (done.text.splitlines() or ["docker pull failed"])[-1]

    def build(self, order: BuildOrder) -> BuildRun:
        started = time.monotonic()
        code = self._commands.logged([self._program, *_build_words(order)], order.log, order.seconds, order.enough)
        seconds = time.monotonic() - started
        log = order.log.read_text(errors="replace")
        reason = "" if code is not None else f"stopped after {order.seconds:.0f} seconds"
        return BuildRun(code == 0, seconds, buildkit_steps(log), order.log, reason)

    def steps(self, log: str) -> tuple[BuildStep, ...]:
        return buildkit_steps(log)

    def layer_count(self, reference: str) -> int | None:
        done = self._docker_run("image", "inspect", "--format", "{{len .RootFS.Layers}}", reference)
        return int(done.out) if done.code == 0 else None

    def config(self, tag: str) -> ImageConfig | None:
        done = self._docker_run("image", "inspect", "--format", "{{json .}}", tag)
        return config_of(done.out) if done.code == 0 else None

    def size(self, tag: str) -> int | None:
        done = self._docker_run("image", "inspect", "--format", "{{.Size}}", tag)
        return int(done.out) if done.code == 0 and is_number(done.out.strip()) else None

    def saved(self, tag: str) -> AbstractContextManager[IO[bytes]]:
        return self._commands.streamed(self._program, "save", tag)

    def start(self, order: StartOrder) -> Running:
        # The machine's own network is never shared: its ports are taken, and other programs could answer instead.
        network = () if order.network == "default" else ("--network=none",)
        variables = [part for name, value in order.environment for part in ("--env", f"{name}={value}")]
        kept = (*limits("json-file", "max-file=2"), *confined(order.confinement))
        words = ("create", f"--label={LABEL}={order.run_id}", *network, *kept, *variables, order.tag)
        return Container.started(self._commands, (self._program,), self._docker(*words).strip(), order.watched)

    def caches(self) -> Mapping[str, float]:
        done = self._docker_run("system", "df", "-v", "--format", "{{json .BuildCache}}")
        if done.code != 0:
            return {}
        return {entry["ID"]: _seconds(entry["CreatedAt"]) for entry in json.loads(done.out or "[]") or ()}

    def forget(self, run_id: str, caches: Iterable[str]) -> None:
        mine = f"label={LABEL}={run_id}"
        containers = self._docker_run("ps", "--all", "--quiet", "--filter", mine).out.split()
        if containers:
            self._docker_run("rm", "--force", "--volumes", *containers)
        images = self._docker_run("images", "--quiet", "--no-trunc", "--filter", mine).out.split()
        if images:
            self._docker_run("image", "rm", "--force", *dict.fromkeys(images))
        self._forget_caches(list(caches))

    def _forget_caches(self, caches: list[str]) -> None:
        """A record goes once none is built on it, so that those made last go first."""
        while caches:
            for identity in reversed(caches):
                self._docker_run("builder", "prune", "--all", "--force", "--filter", f"id={identity}")
            left = self.caches()
            still = [identity for identity in caches if identity in left]
            if len(still) == len(caches):
                return
            caches = still

    def _docker(self, *words: str, seconds: float = 120) -> str:
        return self._commands.must(self._program, *words, seconds=seconds)

    def _docker_run(self, *words: str, seconds: float = 120) -> Done:
        return self._commands.run(self._program, *words, seconds=seconds)


def _build_words(order: BuildOrder) -> list[str]:
    values = {name: os.environ[name] for name in PROXIES if name in os.environ} | dict(order.args)
    words = ["build", "--progress=plain", f"--tag={order.tag}", f"--label={LABEL}={order.run_id}"]
    words += [f"--file={order.dockerfile}", f"--network={order.network}"]
    words += [] if order.use_cache else ["--no-cache"]
    words += [f"--target={order.target}"] if order.target is not None else []
    return [*words, *(f"--build-arg={name}={value}" for name, value in values.items()), str(order.context)]


def _seconds(created: str) -> float:
    """`2026-11-25 12:22:49.394073777 +0000 UTC` as seconds since the epoch; 0 where it is written in another way."""
    day, time_of_day, zone = [*created.split(" "), "", ""][:3]
    try:
        return datetime.fromisoformat(f"{day}T{time_of_day[:15]}{zone[:3]}:{zone[3:]}").timestamp()
    except ValueError:
        return 0.0
