"""A Docker engine of this tool's own, and its command."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_START_SECONDS = 30.0
_STOP_SECONDS = 30.0


@dataclass(frozen=True)
class Daemon:
    """Where a daemon listens, and the client that asks it: the one of its own package, which needs no buildx."""

    host: str
    client: str = field(default_factory=lambda: shutil.which("docker", path="/usr/bin") or "docker")

    def run(self, *words: str, check: bool = True, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """One `docker` command.

        Raises:
            RuntimeError: it failed and `check` is set, or its time was up.
        """
        environment = os.environ | {"DOCKER_BUILDKIT": "1", "DOCKER_HOST": self.host}
        try:
            done = subprocess.run(
                [self.client, *words],
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                env=environment,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"docker {' '.join(words[:2])}: no end after {seconds:.0f} s") from error
        if check and done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(words[:2])}: {done.stderr.strip()[-2000:]}")
        return done


@contextmanager
def daemon(folder: Path) -> Iterator[Daemon]:
    """A `dockerd` that stores everything below `folder`; what it stored stays for the next run.

    Raises:
        RuntimeError: it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("dockerd") is None:
        raise RuntimeError("dockerd is not installed (Debian: apt-get install docker.io)")
    words = ("dockerd", "--iptables=false", "--bridge=none", "--storage-driver=overlay2")
    places = (f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid")
    found = Daemon(f"unix://{folder}/socket")
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [*words, *places, f"--host={found.host}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(found, process)
        yield found
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(found: Daemon, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while found.run("info", check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("dockerd does not start; its log tells why")
        time.sleep(0.3)
