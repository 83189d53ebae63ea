"""Podman, through the `podman` command."""

from __future__ import annotations

import json
import resource
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import IO

from dockerfix.verify.build_log import buildah_steps
from dockerfix.verify.commands import Commands
from dockerfix.verify.confinement import Confinement
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
from dockerfix.verify.engines.build_words import buildah_words
from dockerfix.verify.engines.container import Container, config_of, confined, limits

__all__ = ["Podman"]

_FILES = 65_536
_PROCESSES = 16_384


class Podman:
    """The engine behind `podman`; its containers are asked with the same words as Docker's."""

    name = "podman"
    ends_clean = False

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def version(self) -> str:
        if shutil.which("podman") is None:
            raise EngineError("podman is not installed")
        done = self._commands.run("podman", "info", "--format", "{{.Version.Version}}")
        if done.code != 0 or not done.out.strip():
            raise EngineError(f"podman does not work ({(done.text.splitlines() or ['no output'])[-1]})")
        return done.out.strip()

    def provide(self, reference: str, seconds: float) -> str | None:
        if self._commands.run("podman", "image", "exists", reference).code == 0:
            return None
        done = self._commands.run("podman", "pull", "--quiet", reference, seconds=seconds)
        return None if done.code == 0 else (done.text.splitlines() or ["podman pull failed"])[-1]

    def build(self, order: BuildOrder) -> BuildRun:
        started = time.monotonic()
        code = self._commands.logged(["podman", *buildah_words(order)], order.log, order.seconds, order.enough)
        seconds = time.monotonic() - started
        reason = "" if code is not None else f"stopped after {order.seconds:.0f} seconds"
        steps = buildah_steps(order.log.read_text(errors="replace"))
        return BuildRun(code == 0, seconds, steps, order.log, reason)

    def steps(self, log: str) -> tuple[BuildStep, ...]:
        return buildah_steps(log)

    def layer_count(self, reference: str) -> int | None:
        done = self._commands.run("podman", "image", "inspect", "--format", "{{len .RootFS.Layers}}", reference)
        return int(done.out) if done.code == 0 else None

    def config(self, tag: str) -> ImageConfig | None:
        done = self._commands.run("podman", "image", "inspect", "--format", "{{json .}}", tag)
        return config_of(done.out) if done.code == 0 else None

    def size(self, tag: str) -> int | None:
        return None  # its count has the files of the image's own bookkeeping in it

    def saved(self, tag: str) -> AbstractContextManager[IO[bytes]]:
        return self._commands.streamed("podman", "save", "--quiet", "--format", "docker-archive", tag)

    def start(self, order: StartOrder) -> Running:
        network = () if order.network == "default" else ("--network=none",)
        variables = [part for name, value in order.environment for part in ("--env", f"{name}={value}")]
        kept = (*_own_limits(), *limits("k8s-file"), *confined(_without_gifts(order.confinement)))
        words = ("create", f"--label={LABEL}={order.run_id}", *network, *kept, *variables, order.tag)
        return Container.started(
            self._commands, ("podman",), self._commands.must("podman", *words).strip(), order.watched
        )

    def caches(self) -> Mapping[str, float]:
        done = self._commands.run("podman", "images", "--all", "--format", "json")
        images = json.loads(done.out or "[]") if done.code == 0 else ()
        return {image["Id"]: float(image["Created"]) for image in images or () if not image.get("Names")}

    def forget(self, run_id: str, caches: Iterable[str]) -> None:
        mine = f"label={LABEL}={run_id}"
        containers = self._commands.run("podman", "ps", "--all", "--quiet", "--filter", mine).out.split()
        if containers:
            self._commands.run("podman", "rm", "--force", "--volumes", *containers)
        images = self._commands.run("podman", "images", "--quiet", "--no-trunc", "--filter", mine).out.split()
        wanted = dict.fromkeys([*images, *caches])
        if wanted:
            self._commands.run("podman", "rmi", "--force", *wanted)


def _without_gifts(kept: Confinement) -> Confinement:
    """The same, where a user gets nothing: Podman puts what `--cap-add` names into effect for users, too (4.3)."""
    return kept if "SETUID" in kept.capabilities else Confinement((), kept.may_gain)


def _own_limits() -> tuple[str, ...]:
    """Limits no higher than this process's: Podman's defaults may be, which only a mightier root may set."""
    files, processes = resource.getrlimit(resource.RLIMIT_NOFILE)[1], resource.getrlimit(resource.RLIMIT_NPROC)[1]
    wanted = (("nofile", _least(files, _FILES)), ("nproc", _least(processes, _PROCESSES)))
    return tuple(f"--ulimit={name}={number}:{number}" for name, number in wanted)


def _least(own: int, most: int) -> int:
    return most if own == resource.RLIM_INFINITY else min(own, most)
