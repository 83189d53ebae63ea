"""Buildah, through the `buildah` command."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from dockerfix.verify.build_log import buildah_steps
from dockerfix.verify.commands import Commands
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
from dockerfix.verify.engines.buildah_container import BuildahContainer

__all__ = ["Buildah"]


_LIMITS = ("--memory=2g", "--ulimit=nproc=512:512")  # of processes it can only count those of the user


class Buildah:
    """The engine behind `buildah`: it builds, and runs what it built without a daemon."""

    name = "buildah"
    ends_clean = False

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def version(self) -> str:
        if shutil.which("buildah") is None:
            raise EngineError("buildah is not installed")
        done = self._commands.run("buildah", "images", "--quiet")
        if done.code != 0:
            raise EngineError(f"buildah does not work ({(done.text.splitlines() or ['no output'])[-1]})")
        return self._commands.must("buildah", "--version").split()[2]

    def provide(self, reference: str, seconds: float) -> str | None:
        if self._image(reference) is not None:
            return None
        done = self._commands.run("buildah", "pull", "--quiet", reference, seconds=seconds)
        return None if done.code == 0 else (done.text.splitlines() or ["buildah pull failed"])[-1]

    def build(self, order: BuildOrder) -> BuildRun:
        started = time.monotonic()
        code = self._commands.logged(["buildah", *buildah_words(order)], order.log, order.seconds, order.enough)
        seconds = time.monotonic() - started
        reason = "" if code is not None else f"stopped after {order.seconds:.0f} seconds"
        steps = buildah_steps(order.log.read_text(errors="replace"))
        return BuildRun(code == 0, seconds, steps, order.log, reason)

    def steps(self, log: str) -> tuple[BuildStep, ...]:
        return buildah_steps(log)

    def layer_count(self, reference: str) -> int | None:
        image = self._image(reference)
        return None if image is None else len(image["OCIv1"]["rootfs"]["diff_ids"])

    def config(self, tag: str) -> ImageConfig | None:
        image = self._image(tag)
        if image is None:
            return None
        config = (image.get("Docker") or {}).get("config") or {}
        argv = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
        health = (config.get("Healthcheck") or {}).get("Test") or ()
        return ImageConfig(str(image.get("FromImageID") or ""), config.get("User") or "", argv, tuple(health))

    def size(self, tag: str) -> int | None:
        return None

    @contextmanager
    def saved(self, tag: str) -> Iterator[IO[bytes]]:
        with tempfile.TemporaryDirectory(prefix="dockerfix-verify-") as folder:
            archive = Path(folder, "image.tar")
            self._commands.must("buildah", "push", "--quiet", tag, f"docker-archive:{archive}", seconds=600)
            with archive.open("rb") as file:
                yield file

    def start(self, order: StartOrder) -> Running:
        image = self._image(order.tag)
        if image is None:
            raise EngineError(f"{order.tag} is not there to be started")
        # Containers carry no label; their name tells the run.
        name = f"dockerfix-verify-{order.run_id}-{time.monotonic_ns()}"
        capabilities = order.confinement.capabilities if "SETUID" in order.confinement.capabilities else ()
        kept = ("--cap-drop=ALL", *(f"--cap-add={name}" for name in capabilities))
        self._commands.must("buildah", "from", "--pull-never", *_LIMITS, *kept, "--name", name, order.tag)
        return BuildahContainer(self._commands, name, order, image["Docker"]["config"])

    def caches(self) -> Mapping[str, float]:
        done = self._commands.run("buildah", "images", "--all", "--json")
        images = json.loads(done.out or "[]") if done.code == 0 else ()
        return {image["id"]: _seconds(image["createdatraw"]) for image in images or () if not image.get("names")}

    def forget(self, run_id: str, caches: Iterable[str]) -> None:
        mark = f"dockerfix-verify-{run_id}-"
        listed = self._commands.run("buildah", "containers", "--all", "--json").out
        names = [entry["containername"] for entry in json.loads(listed or "[]") or ()]
        mine = [name for name in names if name.startswith(mark)]
        if mine:
            self._commands.run("buildah", "rm", *mine)
        filtered = ("--filter", f"label={LABEL}={run_id}")
        images = self._commands.run("buildah", "images", "--quiet", "--no-trunc", *filtered).out.split()
        wanted = dict.fromkeys([*images, *caches])
        if wanted:
            self._commands.run("buildah", "rmi", "--force", *wanted)

    def _image(self, reference: str) -> dict[str, Any] | None:
        done = self._commands.run("buildah", "inspect", "--type", "image", reference)
        image = json.loads(done.out) if done.code == 0 else None
        return image if isinstance(image, dict) else None


def _seconds(created: str) -> float:
    """`2026-11-25T12:22:49.394073777Z` as seconds since the epoch."""
    return datetime.fromisoformat(f"{created[:19]}+00:00").timestamp()
