"""A Docker daemon of the tests' own: own socket, own storage, gone when closed."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# overlay2 shares the layers below; vfs copies the whole tree for every step, but works on any file system.
STORAGE_DRIVERS = ("overlay2", "vfs")
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class NoEngine(Exception):
    """No Docker engine can be used here; the message says why, as the skip reason."""


@dataclass
class PrivateDaemon:
    """A running `dockerd`; `host` is what DOCKER_HOST has to be. Use as a context manager."""

    host: str
    process: subprocess.Popen[bytes]
    folder: Path

    @classmethod
    def start(cls, client: str, root: Path | None = None) -> Self:
        """Start a daemon, with the first storage driver that works.

        Args:
            client: path of the `docker` command that asks whether the daemon is up.
            root: the root file system to start `dockerd` from; the machine's own where not given.
        Raises:
            NoEngine: not root, no `dockerd`, or it ended or stayed silent with every storage driver.
        """
        if os.geteuid() != 0:
            raise NoEngine("a Docker daemon of our own needs root")
        dockerd = shutil.which("dockerd", path="/usr/sbin:/usr/bin") or shutil.which("dockerd")
        if root is not None:
            dockerd = "/usr/sbin/dockerd"
        if dockerd is None:
            raise NoEngine("dockerd is not installed (Debian: apt-get install docker.io)")
        reasons = []
        for driver in STORAGE_DRIVERS:
            folder = Path(tempfile.mkdtemp(prefix="dockerfix-engine-"))
            daemon = cls(f"unix://{folder}/socket", _spawn(dockerd, driver, folder, root), folder)
            if daemon._answers(client):
                return daemon
            reasons.append(f"{driver}: {daemon._last_words()}")
            daemon.close()
        raise NoEngine("dockerd does not start: " + "; ".join(reasons))

    def close(self) -> None:
        """Stop the daemon by its own process id, and remove everything it stored."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for mount in _mounts_below(self.folder):
            subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self, client: str) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            asked = subprocess.run([client, "--host", self.host, "info"], check=False, capture_output=True)
            if asked.returncode == 0:
                return True
            time.sleep(0.2)
        return False

    def _last_words(self) -> str:
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "it printed nothing"


def _spawn(dockerd: str, driver: str, folder: Path, root: Path | None) -> subprocess.Popen[bytes]:
    command = [
        # The daemon must not outlive a test run that is killed.
        *("setpriv", "--pdeathsig", "TERM", *(() if root is None else _inside(root, folder))),
        *(dockerd, "--iptables=false", "--bridge=none", f"--storage-driver={driver}"),
        *(f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"),
        f"--host=unix://{folder}/socket",
    ]
    with (folder / "log").open("wb") as log:
        # A session of its own: Ctrl-C is for pytest, whose fixtures then stop containers first and the daemon last.
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _inside(root: Path, folder: Path) -> tuple[str, ...]:
    """Words before a command that run it in a root file system where the kernel's and the daemon's folders are too.

    The mounts are gone with the process.
    """
    script = """
root=$1 folder=$2; shift 2
mount --bind "$root" "$root"
mkdir -p "$root$folder" "$root/outside"
for place in /proc /sys /dev "$folder"; do mount --rbind "$place" "$root$place"; done
cd "$root"
pivot_root . outside  # and no chroot, in which runc can enter no container
umount --lazy /outside
exec "$@"
"""
    return ("unshare", "--mount", "--propagation=slave", "sh", "-ec", script, "sh", str(root), str(folder))


def _mounts_below(folder: Path) -> list[str]:
    """Mount points below a folder, the deepest first."""
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return sorted((point for point in points if point.startswith(f"{folder}/")), key=len, reverse=True)
