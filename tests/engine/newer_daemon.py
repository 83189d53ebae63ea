"""A newer Docker daemon, for what the machine's own does not know: heredocs and `COPY --link`.

Debian 12's Docker 20.10 builds with a BuildKit from before both. Debian 13 has Docker 26, whose daemon runs here from a
root file system of its own, in a mount namespace of its own; the `docker` command stays the machine's.
"""

import fcntl
import shutil
import tempfile
from pathlib import Path

from daemon import PrivateDaemon
from debian_roots import cache_folder, run, write_root

RECIPE = 1  # part of the cached file's name: raise it when _make_root changes


def start_newer_daemon(client: str, folder: Path) -> PrivateDaemon:
    """Start Debian 13's dockerd.

    Args:
        client: path of the `docker` command.
        folder: an empty folder for its root file system, which the caller removes.
    Raises:
        NoEngine: the root cannot be made, or the daemon does not start.
    """
    root = folder / "root"
    root.mkdir()
    run("tar", "-C", str(root), "-xf", str(_cached_root()))
    return PrivateDaemon.start(client, root)


def _cached_root() -> Path:
    archive = cache_folder() / f"docker-trixie-{RECIPE}.tar"
    with (cache_folder() / "docker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            with tempfile.TemporaryDirectory(prefix=".docker-", dir=archive.parent) as folder:
                _make_root(Path(folder)).replace(archive)
    return archive


def _make_root(folder: Path) -> Path:
    root, archive = folder / "root", folder / "root.tar"
    root.mkdir()
    write_root("trixie", archive)
    run("tar", "-C", str(root), "-xf", str(archive))
    run("chroot", str(root), "apt-get", "update", "-qq")
    install = ("apt-get", "install", "-qq", "-y", "--no-install-recommends", "docker.io")
    run("chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", *install)
    shutil.rmtree(root / "var/lib/apt/lists")
    run("tar", "--numeric-owner", "-C", str(root), "-cf", str(archive), ".")
    return archive
